-- Grain: one posting per entry, revision, UTC day and rollup dimension.
-- Input: ledger (the parts of one partition).
-- The ledger summed over resource, SKU and the other detail dimensions.
SELECT
  x_source_id,
  billing_period,
  x_revised_period,
  entry,
  dimension_set_id,
  revision,
  CAST(SUM(x_charge_count) AS BIGINT) AS x_charge_count,
  period_start,
  period_end,
  $measure_sums,
  $rollup_dimensions
FROM ledger
GROUP BY
  x_source_id,
  billing_period,
  x_revised_period,
  entry,
  dimension_set_id,
  revision,
  period_start,
  period_end,
  $rollup_dimensions
ORDER BY period_start
