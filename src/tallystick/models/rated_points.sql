-- Grain: one row per point that counts, with its price.
-- Inputs: delivered_points, withdrawals, and what the rating reads.
-- A point that was delivered with a price keeps it; the others are rated, by a SELECT that reads points. It reads them more
-- than once, each time other columns, so that keeping them in between would cost more than reading them again.
WITH counted_points AS NOT MATERIALIZED ($counted_points),
points AS NOT MATERIALIZED ($unrated_points),
priced AS NOT MATERIALIZED ($rating)
SELECT $point_columns FROM priced
UNION ALL
SELECT $point_columns FROM counted_points WHERE price IS NOT NULL
