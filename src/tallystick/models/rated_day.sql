-- Grain: one row per point that counts, with its price.
-- Inputs: those of rated_points, rating_problems (scope_id, period_start, problem).
SELECT
  $undated_columns,
  CAST(DATE_TRUNC('MONTH', rated.period_start) AS DATE) AS billing_period,
  rating_problems.problem AS x_problem
FROM ($rated_points) AS rated
LEFT JOIN rating_problems
  ON rating_problems.scope_id = rated.scope_id
  AND rating_problems.period_start = rated.period_start
ORDER BY scope_id, metric, period_start
