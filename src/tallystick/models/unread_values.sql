-- Grain: one row per metric and field with thresholds: the points that they did not count for, as its value is no number.
-- Inputs: delivered_points, withdrawals, field_thresholds (service, field, scope_id, start_at, end_at), asked (since): one row.
-- What a number is, says hashmap; a point without the field is not looked at, one that was delivered with a price neither.
WITH counted_points AS NOT MATERIALIZED ($counted_points),
looked_at AS (
  SELECT
    metric,
    field,
    scope_id,
    period_start,
    COALESCE(MAP_EXTRACT_VALUE(groupby, field), MAP_EXTRACT_VALUE(metadata, field)) AS value
  FROM counted_points
  JOIN asked ON period_start >= since
  JOIN (SELECT DISTINCT service, field FROM field_thresholds) AS fields ON service = metric
  WHERE price IS NULL
), unread AS (
  SELECT *
  FROM looked_at
  WHERE value IS NOT NULL AND NUMBER_IN(value) IS NULL
)
SELECT metric, field, COUNT(*) AS points, COUNT(DISTINCT scope_id) AS scopes, MIN(value) AS example
FROM unread
WHERE EXISTS (
  SELECT 1
  FROM field_thresholds
  WHERE field_thresholds.service = unread.metric
    AND field_thresholds.field = unread.field
    AND (field_thresholds.scope_id IS NULL OR field_thresholds.scope_id = unread.scope_id)
    AND field_thresholds.start_at <= unread.period_start
    AND (field_thresholds.end_at IS NULL OR field_thresholds.end_at > unread.period_start)
)
GROUP BY metric, field
