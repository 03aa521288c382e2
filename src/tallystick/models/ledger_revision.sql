-- Grain: one posting per dimension of the ledger, for what changed after a month was closed.
-- Inputs: derived (the month's postings as its deliveries now give them), booked (the postings of its statement and of
-- later ones, which may hold earlier revisions of it), revision (one row: billing_period to post in, x_revised_period, number).
-- Derived minus booked, posted on the first day of the open period; what is equal leaves nothing.
WITH changes AS (
  SELECT x_source_id, entry, dimension_set_id, x_charge_count, $measures, $rollup_dimensions, $detail_dimensions
  FROM derived
  UNION ALL
  SELECT
    x_source_id, entry, dimension_set_id, -x_charge_count AS x_charge_count, $negated_measures, $rollup_dimensions, $detail_dimensions
  FROM booked CROSS JOIN revision
  WHERE COALESCE(booked.x_revised_period, booked.billing_period) = revision.x_revised_period
), summed AS (
  SELECT
    x_source_id,
    entry,
    dimension_set_id,
    CAST(SUM(x_charge_count) AS BIGINT) AS x_charge_count,
    $measure_sums,
    $rollup_dimensions,
    $detail_dimensions
  FROM changes
  GROUP BY
    x_source_id,
    entry,
    dimension_set_id,
    $rollup_dimensions,
    $detail_dimensions
)
SELECT
  x_source_id,
  revision.billing_period AS billing_period,
  revision.x_revised_period AS x_revised_period,
  entry,
  dimension_set_id,
  revision.number AS revision,
  x_charge_count,
  CAST(revision.billing_period AS TIMESTAMP) AS period_start,
  CAST(revision.billing_period AS TIMESTAMP) + INTERVAL '1' DAY AS period_end,
  $measures,
  $rollup_dimensions,
  $detail_dimensions
FROM summed CROSS JOIN revision
WHERE $any_measure
