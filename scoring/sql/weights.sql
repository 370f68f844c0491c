-- The weight of each client in each pool of the month. Money without a client bears no share.
WITH of_figures AS (
  SELECT p.id AS pool_id, f.client_id, ({weight})::numeric AS weight
  FROM part_pools p JOIN part_figures f ON f.client_id IS NOT NULL
  WHERE p.driver NOT IN ('by_hand', 'credit_days')
)
SELECT pool_id, client_id, weight FROM of_figures WHERE weight > 0
UNION ALL
SELECT w.pool_id, w.client_id, sum(w.weight) FROM part_pools p JOIN sales_poolweight w ON w.pool_id = p.id
WHERE p.driver = 'by_hand' GROUP BY w.pool_id, w.client_id HAVING sum(w.weight) > 0
UNION ALL
SELECT p.id, c.client_id, c.weight
FROM part_pools p CROSS JOIN scoring_credit_days(%(first)s, %(until)s) c WHERE p.driver = 'credit_days' AND c.weight > 0
