-- Grain: one row per point that counts and was delivered without a price.
-- Input: counted_points.
-- What the first rating module gets.
SELECT $unpriced_columns, CAST(0 AS DECIMAL(38, 18)) AS price
FROM counted_points
WHERE price IS NULL
