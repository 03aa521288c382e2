-- Grain: one row per point.
-- Inputs: points (all to be rated, price never NULL) and the rules of a day, by stretches of it without a change of rules:
-- hashmap_aspects(valid_from, valid_until, service, position, aspect): by what rules tell the points of a service apart. An aspect
-- '=...' is what all its points have (the first is the service itself), ':...' is the name of a field to look at.
-- hashmap_scopes(valid_from, service, scope_id): the scopes with rules of their own.
-- hashmap_rules(valid_from, service, position, told, level, group_id, scope_id, kind, cost): a mapping has the text that its
-- aspect must be, a threshold '#' and a level; at position 1 the level is one of the quantity.
-- Formula (CloudKitty's hashmap): price + the sum over groups of rate * flat * qty, where flat is the highest of the
-- matching flat costs and 0, rate the product of the matching rates. Of all levels of a group that are reached the highest
-- counts, the service's where two are equal. One of a field adds to flat or multiplies rate; one of the service multiplies
-- the subtotal or is added to it. A scope's rule replaces the general one of the same aspect, text or level, and group.
-- Way: points that no rule can tell apart have the same signature, and a signature one tariff: a piecewise linear function
-- of qty. So rules are matched once per signature, and a point takes one look-up and one product. Maps are only kept of
-- one point of each metric, scope and dimension set, which is found by its place: those of all would not fit in memory.
SELECT
  $unpriced_columns,
  CAST(
    price + COALESCE(PRODUCT_OF_PARTS(quantity, unit_price) + fixed_price, 0) AS DECIMAL(38, 18)
  ) AS price
FROM points
LEFT JOIN (
  SELECT quantity, PARTS_OF(quantity)
  FROM (SELECT DISTINCT qty AS quantity FROM points) AS every
) AS quantities ON quantity = qty
LEFT JOIN (
  WITH services AS (
    SELECT valid_from, valid_until, service, LIST(aspect ORDER BY position) AS aspects
    FROM hashmap_aspects
    GROUP BY valid_from, valid_until, service
  ), described AS (
    SELECT
      metric,
      COALESCE(scope_id, '') AS scope_key,
      COALESCE(x_dimension_set_id, '') AS set_key,
      ANY_VALUE(groupby) AS groupby,
      ANY_VALUE(metadata) AS metadata
    FROM points
    JOIN (
      SELECT
        MIN(COALESCE(x_file_id, '')) AS first_file,
        ARG_MIN(COALESCE(x_row_number, 0), COALESCE(x_file_id, '')) AS first_row
      FROM points
      GROUP BY metric, COALESCE(scope_id, ''), COALESCE(x_dimension_set_id, '')
    ) AS firsts
      ON first_file = COALESCE(x_file_id, '') AND first_row = COALESCE(x_row_number, 0)
    GROUP BY metric, COALESCE(scope_id, ''), COALESCE(x_dimension_set_id, '')
  ), signed AS (
    SELECT
      services.valid_from,
      valid_until,
      metric,
      scope_key,
      set_key,
      COALESCE(scope_id, '') AS own_scope,
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
      ON hashmap_scopes.valid_from = services.valid_from AND hashmap_scopes.service = metric AND hashmap_scopes.scope_id = scope_key
  ), told AS (
    SELECT signatures.valid_from, own_scope, signature, service, position, signature[position] AS text
    FROM (SELECT DISTINCT valid_from, metric, own_scope, signature FROM signed) AS signatures
    JOIN hashmap_aspects ON hashmap_aspects.valid_from = signatures.valid_from AND service = metric
  ), asked AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      service,
      position,
      told,
      CASE
        WHEN text = '=True' THEN CAST(1 AS DECIMAL(38, 18))
        WHEN text = '=False' THEN CAST(0 AS DECIMAL(38, 18))
        WHEN REGEXP_MATCHES(text, '^=[ ]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ ]*$$')
          THEN TRY_CAST(TRIM(SUBSTR(text, 2)) AS DECIMAL(38, 18))
      END AS number
    FROM told CROSS JOIN UNNEST([text, '#']) AS way(told)
  ), matching AS (
    SELECT
      asked.valid_from,
      own_scope,
      signature,
      group_id,
      level,
      kind,
      cost,
      level IS NULL AS mapped,
      level IS NOT NULL AND asked.position = 1 AS of_service,
      ROW_NUMBER() OVER (
        PARTITION BY asked.valid_from, own_scope, signature, group_id, asked.position, asked.told, level ORDER BY scope_id NULLS LAST
      ) AS choice,
      ROW_NUMBER() OVER (
        PARTITION BY asked.valid_from, own_scope, signature, group_id, level IS NULL, asked.position = 1
        ORDER BY level DESC, asked.position, scope_id NULLS LAST
      ) AS standing
    FROM asked
    JOIN hashmap_rules
      ON hashmap_rules.valid_from = asked.valid_from
      AND hashmap_rules.service = asked.service
      AND hashmap_rules.position = asked.position
      AND hashmap_rules.told = asked.told
    WHERE (scope_id IS NULL OR scope_id = own_scope) AND (level IS NULL OR asked.position = 1 OR level <= number)
  ), subtotals AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      group_id,
      GREATEST(COALESCE(MAX(cost) FILTER (WHERE mapped AND kind = 'flat'), 0), 0) AS flat,
      COALESCE(LIST(cost ORDER BY cost) FILTER (WHERE mapped AND kind = 'rate'), CAST([] AS DECIMAL(38, 18)[])) AS rates,
      MAX(level) FILTER (WHERE standing = 1 AND NOT mapped AND NOT of_service) AS field_level,
      MAX(kind) FILTER (WHERE standing = 1 AND NOT mapped AND NOT of_service) AS field_kind,
      MAX(cost) FILTER (WHERE standing = 1 AND NOT mapped AND NOT of_service) AS field_cost,
      COALESCE(LIST(level ORDER BY level) FILTER (WHERE of_service), CAST([] AS DECIMAL(38, 18)[])) AS levels,
      COALESCE(LIST(kind ORDER BY level) FILTER (WHERE of_service), CAST([] AS VARCHAR[])) AS kinds,
      COALESCE(LIST(cost ORDER BY level) FILTER (WHERE of_service), CAST([] AS DECIMAL(38, 18)[])) AS costs
    FROM matching
    WHERE choice = 1
    GROUP BY valid_from, own_scope, signature, group_id
  ), steps AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      group_id,
      flat,
      rates,
      field_kind,
      field_cost,
      from_qty,
      MAP_EXTRACT_VALUE(MAP(levels, kinds), from_qty) AS step_kind,
      MAP_EXTRACT_VALUE(MAP(levels, costs), from_qty) AS step_cost,
      from_qty > -1 AND (field_level IS NULL OR from_qty >= field_level) AS by_quantity
    FROM subtotals
    CROSS JOIN UNNEST(
      LIST_CONCAT([CAST('-99999999999999999999.999999999999999999' AS DECIMAL(38, 18))], levels)
    ) AS step(from_qty)
  ), factors AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      group_id,
      from_qty,
      CAST(CASE WHEN field_kind = 'flat' AND NOT by_quantity THEN flat + field_cost ELSE flat END AS DECIMAL(38, 18)) AS flat,
      LIST_REDUCE(
        rates,
        lambda left_rate, right_rate: MUL_MONEY(left_rate, right_rate),
        CASE WHEN field_kind = 'rate' AND NOT by_quantity THEN field_cost ELSE CAST(1 AS DECIMAL(38, 18)) END
      ) AS rate,
      CASE WHEN step_kind = 'rate' AND by_quantity THEN step_cost ELSE CAST(1 AS DECIMAL(38, 18)) END AS quantity_rate,
      CASE WHEN step_kind = 'flat' AND by_quantity THEN step_cost ELSE CAST(0 AS DECIMAL(38, 18)) END AS fixed_price
    FROM steps
  ), priced AS (
    SELECT *, MUL_MONEY(rate, flat) AS plain_price FROM factors
  ), changes AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      from_qty,
      unit_price - COALESCE(LAG(unit_price) OVER (PARTITION BY valid_from, own_scope, signature, group_id ORDER BY from_qty), 0)
        AS unit_change,
      fixed_price - COALESCE(LAG(fixed_price) OVER (PARTITION BY valid_from, own_scope, signature, group_id ORDER BY from_qty), 0)
        AS fixed_change
    FROM (SELECT *, MUL_MONEY(plain_price, quantity_rate) AS unit_price FROM priced) AS graded
  ), summed AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      from_qty,
      CAST(SUM(unit_change) AS DECIMAL(38, 18)) AS unit_change,
      CAST(SUM(fixed_change) AS DECIMAL(38, 18)) AS fixed_change
    FROM changes
    GROUP BY valid_from, own_scope, signature, from_qty
  ), tariffs AS (
    SELECT
      valid_from,
      own_scope,
      signature,
      from_qty,
      COALESCE(
        LEAD(from_qty) OVER (PARTITION BY valid_from, own_scope, signature ORDER BY from_qty)
          - CAST('0.000000000000000001' AS DECIMAL(38, 18)),
        CAST('99999999999999999999.999999999999999999' AS DECIMAL(38, 18))
      ) AS upto_qty,
      CAST(
        SUM(unit_change) OVER (PARTITION BY valid_from, own_scope, signature ORDER BY from_qty ROWS UNBOUNDED PRECEDING)
        AS DECIMAL(38, 18)
      ) AS unit_price,
      CAST(
        SUM(fixed_change) OVER (PARTITION BY valid_from, own_scope, signature ORDER BY from_qty ROWS UNBOUNDED PRECEDING)
        AS DECIMAL(38, 18)
      ) AS fixed_price
    FROM summed
  )
  SELECT
    signed.valid_from,
    valid_until,
    metric AS priced_metric,
    scope_key,
    set_key,
    from_qty,
    upto_qty,
    PARTS_OF(unit_price),
    fixed_price
  FROM signed
  JOIN tariffs
    ON tariffs.valid_from = signed.valid_from AND tariffs.own_scope = signed.own_scope AND tariffs.signature = signed.signature
) AS prices
  ON priced_metric = metric
  AND scope_key = COALESCE(scope_id, '')
  AND set_key = COALESCE(x_dimension_set_id, '')
  AND period_start >= valid_from
  AND period_start < valid_until
  AND qty >= from_qty
  AND qty <= upto_qty
