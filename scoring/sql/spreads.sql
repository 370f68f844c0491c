-- How each pool of a part was spread: over how much weight, and whose rest was the last to get one of the cents that were left.
SELECT p.*, sign(p.amount)::int AS sign, t.total, cut.rest AS cut_rest, cut.client_id AS cut_client
FROM part_pools p
LEFT JOIN part_totals t ON t.pool_id = p.id
LEFT JOIN (SELECT pool_id, sum(cents) AS cents FROM part_shares GROUP BY pool_id) given ON given.pool_id = p.id
CROSS JOIN LATERAL (SELECT (abs(p.amount) * 100 - given.cents)::bigint AS cents) left_over
LEFT JOIN LATERAL (
  SELECT s.rest, s.client_id FROM part_shares s WHERE s.pool_id = p.id AND left_over.cents > 0
  ORDER BY s.rest DESC, s.client_id OFFSET GREATEST(left_over.cents, 1) - 1 LIMIT 1
) cut ON TRUE
