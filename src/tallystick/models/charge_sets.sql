-- Grain: one row per pair of a dimension set, for the charges of one delivered file.
-- Input: charges (one part).
-- What the set ids of charges stand for, as delivered; tag settings apply later, in dimension_sets.
WITH sets AS (
  SELECT
    x_source_id,
    billing_period,
    x_dimension_set_id AS dimension_set_id,
    ANY_VALUE(tags) AS tags,
    ANY_VALUE(x_cost_categories) AS categories
  FROM charges
  WHERE x_dimension_set_id IS NOT NULL
  GROUP BY x_source_id, billing_period, x_dimension_set_id
), pairs AS (
  SELECT x_source_id, billing_period, dimension_set_id, 'tag' AS kind, entry.key AS key, tags[entry.key] AS value
  FROM sets CROSS JOIN UNNEST(MAP_KEYS(tags)) AS entry(key)
  UNION ALL
  SELECT x_source_id, billing_period, dimension_set_id, 'category', entry.key, categories[entry.key]
  FROM sets CROSS JOIN UNNEST(MAP_KEYS(categories)) AS entry(key)
)
SELECT x_source_id, billing_period, dimension_set_id, kind, key, value
FROM pairs
ORDER BY kind, key, value, dimension_set_id
