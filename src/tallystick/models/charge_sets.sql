-- Grain: one row per pair of a dimension set, for the charges of one delivered file or the points of one day.
-- Input: $set_rows.
-- What the set ids of rows stand for, as delivered; tag settings apply later, in dimension_sets.
WITH sets AS (
  SELECT
    x_source_id,
    CAST(DATE_TRUNC('MONTH', billing_period) AS DATE) AS billing_period,
    x_dimension_set_id AS dimension_set_id,
    ANY_VALUE($set_tags) AS tags,
    ANY_VALUE($set_others) AS others
  FROM $set_rows
  WHERE x_dimension_set_id IS NOT NULL
  GROUP BY x_source_id, CAST(DATE_TRUNC('MONTH', billing_period) AS DATE), x_dimension_set_id
), pairs AS (
  SELECT x_source_id, billing_period, dimension_set_id, 'tag' AS kind, entry.key AS key, tags[entry.key] AS value
  FROM sets CROSS JOIN UNNEST(MAP_KEYS(tags)) AS entry(key)
  UNION ALL
  SELECT x_source_id, billing_period, dimension_set_id, '$set_others_kind', entry.key, others[entry.key]
  FROM sets CROSS JOIN UNNEST(MAP_KEYS(others)) AS entry(key)
)
SELECT x_source_id, billing_period, dimension_set_id, kind, key, value
FROM pairs
ORDER BY kind, key, value, dimension_set_id
