-- What each client bears of the pools of a part: its shares, and a cent of what was left where its rest is among the largest
-- (equal rests: the lowest number first). They add up to the pool exactly.
SELECT s.client_id, sum(p.sign * (s.cents
  + COALESCE(s.rest > p.cut_rest OR s.rest = p.cut_rest AND s.client_id <= p.cut_client, FALSE)::int)) / 100 AS share
FROM part_shares s JOIN part_spreads p ON p.id = s.pool_id GROUP BY s.client_id
