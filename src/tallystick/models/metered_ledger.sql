-- Grain: one posting per metered point and its own period.
-- Inputs: those of rated_points, rating_terms (one row: billing_currency).
SELECT
  x_source_id,
  CAST(DATE_TRUNC('MONTH', billing_period) AS DATE) AS billing_period,
  CAST(NULL AS DATE) AS x_revised_period,
  'rated' AS entry,
  x_dimension_set_id AS dimension_set_id,
  0 AS revision,
  1 AS x_charge_count,
  period_start,
  period_end,
  price AS billed_cost,
  price AS effective_cost,
  price AS list_cost,
  price AS contracted_cost,
  qty AS pricing_quantity,
  qty AS consumed_quantity,
  qty AS x_usage_quantity,
  $absent_measures,
  'Private cloud' AS provider_name,
  scope_id AS sub_account_id,
  rating_terms.billing_currency AS billing_currency,
  'Usage' AS charge_category,
  'Usage-Based' AS charge_frequency,
  metric AS service_name,
  unit AS pricing_unit,
  unit AS consumed_unit,
  resource_id,
  description AS charge_description,
  $absent_dimensions
FROM ($rated_points) AS rated_points CROSS JOIN rating_terms
ORDER BY sub_account_id, service_name, period_start
