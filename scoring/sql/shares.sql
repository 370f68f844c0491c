-- Spread each pool over its weights by the largest remainder: shares rounded down to the cent, and the cents that are left
-- one each to those with the largest rests (equal rests: the lowest number first). They add up to the pool exactly.
WITH sums AS (SELECT pool_id, sum(weight) AS total FROM part_weights GROUP BY pool_id),
exact AS (
  SELECT w.pool_id, w.client_id,
    div(abs(p.amount) * 100 * w.weight, s.total) AS cents,
    mod(abs(p.amount) * 100 * w.weight, s.total) AS rest
  FROM part_weights w JOIN sums s USING (pool_id) JOIN part_pools p ON p.id = w.pool_id
)
SELECT e.pool_id, e.client_id, e.cents, e.rest,
  row_number() OVER (PARTITION BY e.pool_id ORDER BY e.rest DESC, e.client_id) AS place,
  (abs(p.amount) * 100 - sum(e.cents) OVER (PARTITION BY e.pool_id))::bigint AS left_over,
  sign(p.amount) AS sign
FROM exact e JOIN part_pools p ON p.id = e.pool_id
