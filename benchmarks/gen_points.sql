-- $rows rated points of October 2026: 720 hours, 100 scopes, 5 metrics, a resource each with four attributes.
SELECT
  TIMESTAMPTZ '2026-10-01 00:00:00+00' + INTERVAL 1 HOUR * (n % 720) AS "begin",
  TIMESTAMPTZ '2026-10-01 01:00:00+00' + INTERVAL 1 HOUR * (n % 720) AS "end",
  'project-' || slot % 100 AS scope_id,
  ['instance', 'volume', 'image', 'network', 'ip'][1 + slot // 100 % 5] AS metric,
  ['instance', 'GiB', 'MiB', 'MB', 'ip'][1 + slot // 100 % 5] AS unit,
  CAST(1 + n % 97 AS DECIMAL(38, 18)) AS qty,
  CAST(n % 99991 || '.000000000000000625' AS DECIMAL(38, 18)) AS price,
  MAP {'id': 'resource-' || slot, 'project_id': 'project-' || slot % 100, 'flavor': 'flavor-' || slot % 12} AS groupby,
  MAP {'name': 'name-' || slot} AS metadata
FROM (SELECT range AS n, range // 720 AS slot FROM range($rows))
