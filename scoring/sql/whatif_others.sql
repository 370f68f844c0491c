-- What all others get of some pools of one part when the sum of weights is another one: their whole cents, and how many of
-- them stand before the client by the largest remainder. One pass over the weights of the part; nothing is written.
WITH part_pools AS (
  SELECT * FROM unnest(%(pools)s::bigint[], %(drivers)s::text[], %(amounts)s::numeric[], %(totals)s::numeric[], %(rests)s::numeric[])
    AS p (id, driver, amount, total, rest)
),
part_figures AS ({figures}),
part_weights AS ({weights}),
exact AS (
  SELECT w.pool_id, w.client_id, p.rest AS own_rest,
    div(abs(p.amount) * 100 * w.weight, p.total) AS cents, mod(abs(p.amount) * 100 * w.weight, p.total) AS rest
  FROM part_weights w JOIN part_pools p ON p.id = w.pool_id WHERE w.client_id <> %(client)s
)
SELECT pool_id, sum(cents)::bigint, count(*) FILTER (WHERE rest > own_rest OR rest = own_rest AND client_id < %(client)s)
FROM exact GROUP BY pool_id
