-- Grain: one row per point.
-- Inputs: the points to be rated, price never NULL; delivered_points (those of the same UTC day as they were delivered),
-- earlier_points (those of the month's earlier days), withdrawals, and the ladders in force, cut at changes:
-- tiers(begin_at, end_at, service, scope_id, from_qty, cost). Those of a scope replace the general ones, whose scope_id is NULL.
-- Formula: price + ladder(used + qty) - ladder(used). Used is the quantity of the scope and metric in all points of the
-- calendar month that come before and were delivered without a price; ladder(q) is the sum over tiers of what of q is in the
-- tier times its cost. So the prices of a month add up to ladder(its quantity) to the last digit, wherever it is cut.
SELECT
  $unpriced_columns,
  CAST(price + COALESCE(ladder_price, 0) AS DECIMAL(38, 18)) AS price
FROM ($rated_before) AS rated
LEFT JOIN (
  WITH services AS (
    SELECT DISTINCT service FROM tiers
  ), owners AS (
    SELECT DISTINCT begin_at, end_at, service, scope_id AS own_scope FROM tiers WHERE scope_id IS NOT NULL
  ), bounded AS (
    SELECT
      begin_at,
      end_at,
      service,
      COALESCE(scope_id, '') AS of_scope,
      from_qty,
      cost,
      LEAD(from_qty) OVER (PARTITION BY begin_at, service, scope_id ORDER BY from_qty) AS upto_qty
    FROM tiers
  ), whole_tiers AS (
    SELECT *, MUL_MONEY(width, cost) AS tier_price
    FROM (SELECT *, upto_qty - from_qty AS width FROM bounded) AS measured
  ), ladders AS (
    SELECT
      begin_at,
      end_at,
      service,
      of_scope,
      from_qty,
      COALESCE(upto_qty, CAST('99999999999999999999.999999999999999999' AS DECIMAL(38, 18))) AS upto_qty,
      cost,
      CAST(
        COALESCE(
          SUM(tier_price) OVER (
            PARTITION BY begin_at, service, of_scope ORDER BY from_qty ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ),
          0
        ) AS DECIMAL(38, 18)
      ) AS price_below
    FROM whole_tiers
  ), used_earlier AS (
    SELECT metric, COALESCE(scope_id, '') AS scope_key, CAST(SUM(qty) AS DECIMAL(38, 18)) AS quantity
    FROM ($earlier_points) AS counted
    JOIN services ON service = metric
    WHERE price IS NULL
    GROUP BY metric, COALESCE(scope_id, '')
  ), running AS (
    SELECT
      x_file_id,
      x_row_number,
      period_start,
      metric,
      COALESCE(scope_id, '') AS scope_key,
      qty,
      SUM(qty) OVER (
        PARTITION BY metric, COALESCE(scope_id, '')
        ORDER BY period_start, COALESCE(x_dimension_set_id, ''), x_file_id, x_row_number
        ROWS UNBOUNDED PRECEDING
      ) AS quantity
    FROM ($delivered_points) AS counted
    JOIN services ON service = metric
    WHERE price IS NULL
  ), reached AS (
    SELECT
      x_file_id,
      x_row_number,
      period_start,
      running.metric AS metric,
      COALESCE(own_scope, '') AS of_scope,
      GREATEST(COALESCE(used_earlier.quantity, 0) + running.quantity - qty, 0) AS used_before,
      GREATEST(COALESCE(used_earlier.quantity, 0) + running.quantity, 0) AS used_after
    FROM running
    LEFT JOIN used_earlier ON used_earlier.metric = running.metric AND used_earlier.scope_key = running.scope_key
    LEFT JOIN owners
      ON owners.service = running.metric
      AND own_scope = running.scope_key
      AND period_start >= owners.begin_at
      AND period_start < owners.end_at
  ), placed AS (
    SELECT
      x_file_id,
      x_row_number,
      lower_tier.price_below AS price_below_before,
      CAST(used_before - lower_tier.from_qty AS DECIMAL(38, 18)) AS within_before,
      lower_tier.cost AS cost_before,
      upper_tier.price_below AS price_below_after,
      CAST(used_after - upper_tier.from_qty AS DECIMAL(38, 18)) AS within_after,
      upper_tier.cost AS cost_after
    FROM reached
    JOIN ladders AS lower_tier
      ON lower_tier.service = metric
      AND lower_tier.of_scope = reached.of_scope
      AND period_start >= lower_tier.begin_at
      AND period_start < lower_tier.end_at
      AND used_before >= lower_tier.from_qty
      AND used_before < lower_tier.upto_qty
    JOIN ladders AS upper_tier
      ON upper_tier.service = metric
      AND upper_tier.of_scope = reached.of_scope
      AND period_start >= upper_tier.begin_at
      AND period_start < upper_tier.end_at
      AND used_after >= upper_tier.from_qty
      AND used_after < upper_tier.upto_qty
  )
  SELECT
    x_file_id AS priced_file,
    x_row_number AS priced_row,
    price_below_after + MUL_MONEY(within_after, cost_after)
      - price_below_before - MUL_MONEY(within_before, cost_before) AS ladder_price
  FROM placed
) AS prices ON priced_file = x_file_id AND priced_row = x_row_number
