-- Grain: one row per point.
-- Inputs: delivered_points (the points of one UTC day), withdrawals (x_file_id, scope_id, begin_at, end_at).
-- The points that count: a withdrawal takes a scope's points of a file out of the periods that it names.
SELECT $point_columns
FROM $delivered_points
WHERE NOT EXISTS (
  SELECT 1
  FROM withdrawals
  WHERE withdrawals.x_file_id = delivered_points.x_file_id
    AND withdrawals.scope_id = delivered_points.scope_id
    AND withdrawals.begin_at <= delivered_points.period_start
    AND withdrawals.end_at > delivered_points.period_start
)
