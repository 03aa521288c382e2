-- Grain: one row per pair of a dimension set, for one partition.
-- Input: charge_sets (the parts of one partition), disabled_keys(kind, key).
-- What reports may group and filter by: disabled keys are left out here, so that enabling one computes only this table.
SELECT DISTINCT charge_sets.x_source_id, billing_period, dimension_set_id, charge_sets.kind, charge_sets.key, value
FROM charge_sets
LEFT JOIN disabled_keys
  ON disabled_keys.x_source_id = charge_sets.x_source_id
  AND disabled_keys.kind = charge_sets.kind
  AND disabled_keys.key = charge_sets.key
WHERE disabled_keys.key IS NULL
ORDER BY charge_sets.kind, charge_sets.key, value, dimension_set_id
