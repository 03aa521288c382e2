-- Grain: one posting per UTC day and every dimension, the resource included.
-- Input: charges (one part).
-- A charge is posted on the UTC day on which its charge period starts (FOCUS ChargePeriodStart); a fee for a whole
-- term stands on its first day, as billed.
SELECT
  x_source_id,
  billing_period,
  CAST(NULL AS DATE) AS x_revised_period,
  'billed' AS entry,
  x_dimension_set_id AS dimension_set_id,
  0 AS revision,
  COUNT(*) AS x_charge_count,
  DATE_TRUNC('DAY', charge_period_start) AS period_start,
  DATE_TRUNC('DAY', charge_period_start) + INTERVAL '1' DAY AS period_end,
  $measure_sums,
  $rollup_dimensions,
  $detail_dimensions
FROM charges
GROUP BY
  x_source_id,
  billing_period,
  x_dimension_set_id,
  DATE_TRUNC('DAY', charge_period_start),
  $rollup_dimensions,
  $detail_dimensions
