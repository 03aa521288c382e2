-- $points metered points of a day: 24 hours, 100 projects, 5 metrics; every 24 points are the hours of one resource.
SELECT
  'bench' AS x_source_id,
  DATE '2026-10-01' AS billing_period,
  'file' AS x_file_id,
  MD5('set-' || resource) AS x_dimension_set_id,
  MD5('series-' || resource) AS x_series_id,
  n AS x_row_number,
  TIMESTAMP '2026-10-01 00:00:00' + INTERVAL 1 HOUR * hour AS period_start,
  TIMESTAMP '2026-10-01 01:00:00' + INTERVAL 1 HOUR * hour AS period_end,
  MD5('project-' || project) AS scope_id,
  ['instance', 'volume.size', 'image.size', 'network.outgoing.bytes', 'ip.floating'][kind] AS metric,
  ['instance', 'GiB', 'MiB', 'MB', 'ip'][kind] AS unit,
  CAST(CASE kind
    WHEN 2 THEN 10 * (1 + resource % 60)
    WHEN 3 THEN CAST(resource % 4000 AS DECIMAL(38, 18)) * CAST(0.25 AS DECIMAL(3, 2))
    WHEN 4 THEN CAST(n * 7919 % 100003 AS DECIMAL(38, 18)) * CAST(0.001 AS DECIMAL(4, 3))
    ELSE 1
  END AS DECIMAL(38, 18)) AS qty,
  CAST(0 AS DECIMAL(38, 18)) AS price,
  MD5('resource-' || resource) AS resource_id,
  CAST(NULL AS VARCHAR) AS description,
  MAP {
    'id': MD5('resource-' || resource), 'project_id': MD5('project-' || project), 'user_id': MD5('user-' || resource % 999)
  } AS groupby,
  MAP {
    'name': 'name-' || resource,
    'flavor_name': 'flavor-' || resource // 100 % 12,
    'vcpus': CAST(1 + resource // 100 % 16 AS VARCHAR),
    'volume_type': ['ssd', 'hdd', 'nvme'][1 + resource // 100 % 3]
  } AS metadata
FROM (
  SELECT n, hour, resource, resource % 100 AS project, 1 + resource // 100 % 5 AS kind
  FROM (SELECT range AS n, range // (($points + 23) // 24) AS hour, range % (($points + 23) // 24) AS resource FROM range($points))
)
