-- Spread each pool over its weights by the largest remainder: shares rounded down to the cent, and what rests of each.
-- OFFSET 0: divided once, not again for the rest.
SELECT w.pool_id, w.client_id, share.cents::bigint AS cents, p.cents * w.weight - share.cents * p.total AS rest
FROM part_weights w
JOIN (SELECT pool_id, abs(amount) * 100 AS cents, total FROM part_totals JOIN part_pools ON id = pool_id) p USING (pool_id)
CROSS JOIN LATERAL (SELECT div(p.cents * w.weight, p.total) AS cents OFFSET 0) share
