-- Grain: one row per point.
-- Inputs: points (all to be rated, price never NULL) and the rules of a day, by stretches of it without a change of rules:
-- hashmap_aspects(valid_from, valid_until, service, position, aspect): by what rules tell the points of a service apart. An aspect
-- '=...' is what all its points have (the first is the service itself), ':...' is the name of a field to look at.
-- hashmap_scopes(valid_from, service, scope_id): the scopes with rules of their own.
-- hashmap_rules(valid_from, service, position, told, level, group_id, scope_id, standing, kind, cost): a mapping has the text that
-- its aspect must be, a threshold '#' and a level; at position 1 the level is one of the quantity.
-- hashmap_steps(valid_from, service, own_scope, group_id, from_qty, upto_qty, level, kind, cost): the highest level of the quantity
-- that is reached, NULL where none is.
-- Formula (CloudKitty's hashmap): price + the sum over groups of rate * flat * qty, where flat is the highest of the
-- matching flat costs and 0, rate the product of the matching rates. Of all levels of a group that are reached the highest
-- counts, the service's where two are equal. One of a field adds to flat or multiplies rate; one of the service multiplies
-- the subtotal or is added to it. A scope's rule replaces the general one of the same aspect, text or level, and group.
-- Way: series that no rule can tell apart have the same signature, and a signature one tariff: a linear function of qty for
-- each step. So rules are matched once per signature, and a point takes one look-up and one product. Maps are only kept of
-- the first points of each series: those of all would not fit in memory.
SELECT
  $unpriced_columns,
  CAST(price + COALESCE(MUL_SHORT(quantity, unit_price) + fixed_price, 0) AS DECIMAL(38, 18)) AS price
FROM points
LEFT JOIN (
  SELECT quantity, SHORT_OF(quantity, guess) AS quantity_short
  FROM (
    SELECT quantity, GUESS_OF(quantity) AS guess
    FROM (SELECT DISTINCT qty AS quantity FROM points) AS every
    GROUP BY quantity
  ) AS guessed
) AS quantities ON quantity = qty
LEFT JOIN (
  WITH services AS (
    SELECT valid_from, valid_until, service, LIST(aspect ORDER BY position) AS aspects
    FROM hashmap_aspects
    GROUP BY valid_from, valid_until, service
  ), described AS (
    SELECT x_series_id, metric, scope_id, groupby, metadata
    FROM points
    JOIN (
      SELECT x_series_id AS first_series, MIN(COALESCE(x_row_number, 0)) AS first_row
      FROM points
      GROUP BY x_series_id
    ) AS firsts
      ON first_series = x_series_id AND first_row = COALESCE(x_row_number, 0)
  ), signed AS (
    SELECT DISTINCT
      services.valid_from,
      valid_until,
      services.service,
      x_series_id AS series_id,
      COALESCE(hashmap_scopes.scope_id, '') AS own_scope,
      LIST_TRANSFORM(aspects, lambda aspect:
        CASE
          WHEN aspect LIKE ':%' THEN COALESCE(
            '=' || COALESCE(
              MAP_EXTRACT_VALUE(groupby, SUBSTR(aspect, 2)),
              MAP_EXTRACT_VALUE(metadata, SUBSTR(aspect, 2))
            ),
            ''
          )
          ELSE aspect
        END) AS signature
    FROM described
    JOIN services ON services.service = metric
    LEFT JOIN hashmap_scopes
      ON hashmap_scopes.valid_from = services.valid_from
      AND hashmap_scopes.service = metric
      AND hashmap_scopes.scope_id = described.scope_id
  ), told AS (
    SELECT
      signatures.valid_from,
      own_scope,
      signature,
      signatures.service,
      position,
      signature[position] AS text,
      SUBSTR(signature[position], 2) AS value
    FROM (SELECT DISTINCT valid_from, service, own_scope, signature FROM signed) AS signatures
    JOIN hashmap_aspects
      ON hashmap_aspects.valid_from = signatures.valid_from AND hashmap_aspects.service = signatures.service
  ), asked AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      service,
      position,
      told,
      NUMBER_IN(value) AS number
    FROM told CROSS JOIN UNNEST([text, '#']) AS way(told)
  ), matching AS (
    SELECT
      asked.valid_from,
      own_scope,
      signature,
      asked.service,
      group_id,
      level,
      level IS NULL AS mapped,
      level IS NOT NULL AND asked.position > 1 AS of_field,
      MAX(standing) AS standing,
      ARG_MAX(kind, standing) AS kind,
      ARG_MAX(cost, standing) AS cost
    FROM asked
    JOIN hashmap_rules
      ON hashmap_rules.valid_from = asked.valid_from
      AND hashmap_rules.service = asked.service
      AND hashmap_rules.position = asked.position
      AND hashmap_rules.told = asked.told
    WHERE (scope_id IS NULL OR scope_id = own_scope) AND (level IS NULL OR asked.position = 1 OR level <= number)
    GROUP BY asked.valid_from, own_scope, signature, asked.service, group_id, asked.position, asked.told, level
  ), subtotals AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      service,
      group_id,
      GREATEST(COALESCE(MAX(cost) FILTER (WHERE mapped AND kind = 'flat'), 0), 0) AS flat,
      COALESCE(LIST(cost ORDER BY cost) FILTER (WHERE mapped AND kind = 'rate'), CAST([] AS DECIMAL(38, 18)[])) AS rates,
      MAX(level) FILTER (WHERE of_field) AS field_level,
      ARG_MAX(kind, standing) FILTER (WHERE of_field) AS field_kind,
      ARG_MAX(cost, standing) FILTER (WHERE of_field) AS field_cost
    FROM matching
    GROUP BY valid_from, own_scope, signature, service, group_id
  ), stepped AS (
    SELECT
      subtotals.valid_from,
      subtotals.own_scope,
      signature,
      flat,
      rates,
      field_level,
      field_kind,
      field_cost,
      from_qty,
      upto_qty,
      kind AS step_kind,
      cost AS step_cost,
      level IS NOT NULL AND (field_level IS NULL OR level >= field_level) AS by_quantity
    FROM subtotals
    JOIN hashmap_steps
      ON hashmap_steps.valid_from = subtotals.valid_from
      AND hashmap_steps.service = subtotals.service
      AND hashmap_steps.own_scope = subtotals.own_scope
      AND hashmap_steps.group_id = subtotals.group_id
  ), factors AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      from_qty,
      upto_qty,
      rates,
      CAST(CASE WHEN field_kind = 'flat' AND NOT by_quantity THEN flat + field_cost ELSE flat END AS DECIMAL(38, 18)) AS flat,
      CASE WHEN field_kind = 'rate' AND NOT by_quantity THEN field_cost ELSE CAST(1 AS DECIMAL(38, 18)) END AS field_rate,
      CASE WHEN step_kind = 'rate' AND by_quantity THEN step_cost ELSE CAST(1 AS DECIMAL(38, 18)) END AS quantity_rate,
      CASE WHEN step_kind = 'flat' AND by_quantity THEN step_cost ELSE CAST(0 AS DECIMAL(38, 18)) END AS fixed_price
    FROM stepped
  ), summed AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      from_qty,
      upto_qty,
      CAST(
        SUM(LIST_REDUCE(
          LIST_CONCAT(rates, [flat, quantity_rate]),
          lambda left_rate, right_rate: MUL_MONEY(left_rate, right_rate),
          field_rate
        )) AS DECIMAL(38, 18)
      ) AS unit_price,
      CAST(SUM(fixed_price) AS DECIMAL(38, 18)) AS fixed_price
    FROM factors
    GROUP BY valid_from, own_scope, signature, from_qty, upto_qty
  ), tariffs AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      from_qty,
      upto_qty,
      unit_price,
      SHORT_OF(unit_price, unit_price) AS unit_price_short,
      fixed_price
    FROM summed
  )
  SELECT
    signed.valid_from,
    valid_until,
    series_id,
    from_qty,
    upto_qty,
    unit_price,
    unit_price_short,
    fixed_price
  FROM signed
  JOIN tariffs
    ON tariffs.valid_from = signed.valid_from AND tariffs.own_scope = signed.own_scope AND tariffs.signature = signed.signature
) AS prices
  ON series_id = x_series_id
  AND period_start >= valid_from
  AND period_start < valid_until
  AND qty >= from_qty
  AND qty <= upto_qty
