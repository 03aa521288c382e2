-- Grain: one row per point.
-- Inputs: points (all to be rated, price never NULL); the rules that apply in stretches of time without a change of rules:
-- hashmap_epochs(epoch, epoch_end, and the date tags of its day), hashmap_mappings and hashmap_thresholds(epoch, service,
-- field, value or level, group_id, scope_id, kind, cost), where a NULL field stands for the service itself.
-- Formula (CloudKitty's hashmap): price + the sum over groups of rate * flat * qty, where flat is the highest of the
-- matching flat costs and 0, rate the product of the matching rates. Of all matching levels of a group the highest above -1
-- counts, the service's where two are equal. One of a field adds to flat or multiplies rate. One of the service multiplies
-- the subtotal or is added to it. A scope's rule replaces the general one of the same field, value or level, and group.
-- Way: points that no rule can tell apart have the same signature, and a signature one tariff: a piecewise linear function
-- of qty. So rules are matched once per signature, and a point takes one look-up and one product.
WITH rule_fields AS (
  SELECT epoch, service, field FROM hashmap_mappings
  UNION
  SELECT epoch, service, field FROM hashmap_thresholds
), field_positions AS (
  SELECT epoch, service, field, ROW_NUMBER() OVER (PARTITION BY epoch, service ORDER BY field) AS position
  FROM rule_fields
  WHERE field IS NOT NULL
), services AS (
  SELECT epoch, service, COALESCE(LIST(field ORDER BY field) FILTER (WHERE field IS NOT NULL), CAST([] AS VARCHAR[])) AS fields
  FROM rule_fields
  GROUP BY epoch, service
), scopes_with_rules AS (
  SELECT epoch, service, scope_id FROM hashmap_mappings WHERE scope_id IS NOT NULL
  UNION
  SELECT epoch, service, scope_id FROM hashmap_thresholds WHERE scope_id IS NOT NULL
), described AS (
  SELECT
    metric,
    COALESCE(scope_id, '') AS scope_key,
    COALESCE(x_dimension_set_id, '') AS set_key,
    ANY_VALUE(groupby) AS groupby,
    ANY_VALUE(metadata) AS metadata
  FROM points
  WHERE metric IN (SELECT service FROM services)
  GROUP BY metric, COALESCE(scope_id, ''), COALESCE(x_dimension_set_id, '')
), told AS (
  SELECT
    services.epoch,
    hashmap_epochs.epoch_end,
    metric,
    scope_key,
    set_key,
    COALESCE(scopes_with_rules.scope_id, '') AS own_scope,
    LIST_TRANSFORM(fields, lambda field:
      COALESCE('=' || CASE field
        WHEN 'week_of_the_year' THEN week_of_the_year
        WHEN 'day_of_the_year' THEN day_of_the_year
        WHEN 'month' THEN month_of_the_year
        WHEN 'year' THEN calendar_year
        ELSE COALESCE(MAP_EXTRACT_VALUE(groupby, field), MAP_EXTRACT_VALUE(metadata, field))
      END, '')) AS told_values
  FROM described
  JOIN services ON services.service = described.metric
  JOIN hashmap_epochs ON hashmap_epochs.epoch = services.epoch
  LEFT JOIN scopes_with_rules
    ON scopes_with_rules.epoch = services.epoch
    AND scopes_with_rules.service = described.metric
    AND scopes_with_rules.scope_id = described.scope_key
), signatures AS (
  SELECT
    epoch,
    metric,
    own_scope,
    told_values,
    ROW_NUMBER() OVER (ORDER BY epoch, metric, own_scope, told_values) AS signature
  FROM told
  GROUP BY epoch, metric, own_scope, told_values
), aspects AS (
  SELECT signature, signatures.epoch, metric, own_scope, field, told_values[position] AS told_value
  FROM signatures
  JOIN field_positions ON field_positions.epoch = signatures.epoch AND field_positions.service = signatures.metric
  UNION ALL
  SELECT signature, epoch, metric, own_scope, '', '' FROM signatures
), matching AS (
  SELECT
    signature,
    group_id,
    kind,
    cost,
    ROW_NUMBER() OVER (PARTITION BY signature, group_id, aspects.field, told_value ORDER BY scope_id NULLS LAST) AS choice
  FROM aspects
  JOIN hashmap_mappings AS rule
    ON rule.epoch = aspects.epoch
    AND rule.service = aspects.metric
    AND COALESCE(rule.field, '') = aspects.field
    AND CASE WHEN rule.field IS NULL THEN '' ELSE '=' || rule.value END = aspects.told_value
  WHERE scope_id IS NULL OR scope_id = own_scope
), subtotals AS (
  SELECT
    signature,
    group_id,
    GREATEST(COALESCE(MAX(cost) FILTER (WHERE kind = 'flat'), 0), 0) AS flat,
    LIST(cost ORDER BY cost) FILTER (WHERE kind = 'rate') AS rates
  FROM matching
  WHERE choice = 1
  GROUP BY signature, group_id
), numbers AS (
  SELECT
    signature,
    epoch,
    metric,
    own_scope,
    field,
    CASE
      WHEN told_value = '=True' THEN CAST(1 AS DECIMAL(38, 18))
      WHEN told_value = '=False' THEN CAST(0 AS DECIMAL(38, 18))
      WHEN REGEXP_MATCHES(told_value, '^=[ ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ ]*$$')
        THEN TRY_CAST(TRIM(SUBSTR(told_value, 2)) AS DECIMAL(38, 18))
    END AS number
  FROM aspects
), field_levels AS (
  SELECT
    signature,
    group_id,
    level,
    kind,
    cost,
    ROW_NUMBER() OVER (PARTITION BY signature, group_id ORDER BY level DESC, rule.field, scope_id NULLS LAST) AS choice
  FROM numbers
  JOIN hashmap_thresholds AS rule
    ON rule.epoch = numbers.epoch AND rule.service = numbers.metric AND rule.field = numbers.field AND rule.level <= numbers.number
  WHERE level > -1 AND (scope_id IS NULL OR scope_id = own_scope)
), service_levels AS (
  SELECT
    signature,
    group_id,
    level,
    kind,
    cost,
    ROW_NUMBER() OVER (PARTITION BY signature, group_id, level ORDER BY scope_id NULLS LAST) AS choice
  FROM signatures
  JOIN hashmap_thresholds AS rule ON rule.epoch = signatures.epoch AND rule.service = signatures.metric AND rule.field IS NULL
  WHERE level > -1 AND (scope_id IS NULL OR scope_id = own_scope)
), steps AS (
  SELECT signature, group_id, level, kind, cost, LEAD(level) OVER (PARTITION BY signature, group_id ORDER BY level) AS next_level
  FROM service_levels
  WHERE choice = 1
), touched AS (
  SELECT signature, group_id FROM subtotals
  UNION
  SELECT signature, group_id FROM field_levels
  UNION
  SELECT signature, group_id FROM service_levels
), bounds AS (
  SELECT signature, CAST('-99999999999999999999.999999999999999999' AS DECIMAL(38, 18)) AS from_qty FROM touched
  UNION
  SELECT signature, level FROM service_levels
), factors AS (
  SELECT
    bounds.signature,
    from_qty,
    touched.group_id,
    CAST(COALESCE(flat, 0) + CASE WHEN field_levels.kind = 'flat' AND steps.level IS NULL THEN field_levels.cost ELSE 0 END AS DECIMAL(38, 18)) AS flat,
    COALESCE(rates, CAST([] AS DECIMAL(38, 18)[])) AS rates,
    CASE WHEN field_levels.kind = 'rate' AND steps.level IS NULL THEN field_levels.cost ELSE CAST(1 AS DECIMAL(38, 18)) END AS field_rate,
    CASE WHEN steps.kind = 'rate' THEN steps.cost ELSE CAST(1 AS DECIMAL(38, 18)) END AS service_rate,
    CASE WHEN steps.kind = 'flat' THEN steps.cost ELSE CAST(0 AS DECIMAL(38, 18)) END AS fixed_price
  FROM bounds
  JOIN touched ON touched.signature = bounds.signature
  LEFT JOIN subtotals ON subtotals.signature = touched.signature AND subtotals.group_id = touched.group_id
  LEFT JOIN field_levels
    ON field_levels.signature = touched.signature AND field_levels.group_id = touched.group_id AND field_levels.choice = 1
  LEFT JOIN steps
    ON steps.signature = touched.signature
    AND steps.group_id = touched.group_id
    AND from_qty >= steps.level
    AND (steps.next_level IS NULL OR from_qty < steps.next_level)
    AND (field_levels.level IS NULL OR steps.level >= field_levels.level)
), rated AS (
  SELECT
    signature,
    from_qty,
    flat,
    service_rate,
    fixed_price,
    LIST_REDUCE(rates, lambda left_rate, right_rate: MUL_MONEY(left_rate, right_rate), field_rate) AS rate
  FROM factors
), priced AS (
  SELECT signature, from_qty, fixed_price, service_rate, MUL_MONEY(rate, flat) AS price_of_unit FROM rated
), tariffs AS (
  SELECT
    signature,
    from_qty,
    CAST(SUM(MUL_MONEY(price_of_unit, service_rate)) AS DECIMAL(38, 18)) AS unit_price,
    CAST(SUM(fixed_price) AS DECIMAL(38, 18)) AS fixed_price
  FROM priced
  GROUP BY signature, from_qty
), pieces AS (
  SELECT
    signature,
    from_qty,
    COALESCE(
      LEAD(from_qty) OVER (PARTITION BY signature ORDER BY from_qty) - CAST('0.000000000000000001' AS DECIMAL(38, 18)),
      CAST('99999999999999999999.999999999999999999' AS DECIMAL(38, 18))
    ) AS upto_qty,
    WHOLE_OF(unit_price) AS unit_whole,
    FRACTION_OF(unit_price) AS unit_fraction,
    fixed_price
  FROM tariffs
), prices AS (
  SELECT
    told.epoch,
    epoch_end,
    told.metric AS priced_metric,
    scope_key,
    set_key,
    from_qty,
    upto_qty,
    unit_whole,
    unit_fraction,
    fixed_price
  FROM told
  JOIN signatures
    ON signatures.epoch = told.epoch
    AND signatures.metric = told.metric
    AND signatures.own_scope = told.own_scope
    AND signatures.told_values = told.told_values
  JOIN pieces ON pieces.signature = signatures.signature
), quantities AS (
  SELECT qty AS quantity, WHOLE_OF(qty) AS qty_whole, FRACTION_OF(qty) AS qty_fraction
  FROM (SELECT DISTINCT qty FROM points)
)
SELECT
  $unpriced_columns,
  CAST(
    price + COALESCE(PRODUCT_OF_PARTS(qty_whole, qty_fraction, unit_whole, unit_fraction) + fixed_price, 0) AS DECIMAL(38, 18)
  ) AS price
FROM points
LEFT JOIN quantities ON quantity = qty
LEFT JOIN prices
  ON priced_metric = metric
  AND scope_key = COALESCE(scope_id, '')
  AND set_key = COALESCE(x_dimension_set_id, '')
  AND period_start >= epoch
  AND period_start < epoch_end
  AND qty >= from_qty
  AND qty <= upto_qty
