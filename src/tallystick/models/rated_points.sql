-- Grain: one row per point that counts, with its price.
-- Inputs: delivered_points, withdrawals, and what the rating reads.
-- A point that was delivered with a price keeps it; the others are rated, by a SELECT that reads points.
WITH counted_points AS ($counted_points), points AS ($unrated_points), priced AS ($rating)
SELECT $point_columns FROM priced
UNION ALL
SELECT $point_columns FROM counted_points WHERE price IS NOT NULL
