-- The weight of each client in each pool of the month. Money without a client bears no share.
WITH pools AS (SELECT * FROM part_pools),
of_figures AS (
  SELECT p.id AS pool_id, f.client_id,
    CASE p.driver
      WHEN 'revenue' THEN GREATEST(f.revenue, 0)  -- who gave back more than was bought has no share, not a negative one
      WHEN 'orders' THEN f.orders
      WHEN 'lines' THEN f.lines
      WHEN 'touches' THEN f.touches
      WHEN 'touch_minutes' THEN f.touch_minutes
      WHEN 'complaints' THEN f.complaints
      WHEN 'equal' THEN CASE WHEN f.orders + f.returns + f.complaints + f.touches > 0 OR f.own_cost <> 0 THEN 1 ELSE 0 END
    END::numeric AS weight
  FROM pools p JOIN part_figures f ON f.client_id IS NOT NULL
  WHERE p.driver NOT IN ('by_hand', 'credit_days')
),
by_hand AS (
  SELECT w.pool_id, w.client_id, w.weight FROM pools p JOIN sales_poolweight w ON w.pool_id = p.id WHERE p.driver = 'by_hand'
),
-- Σ amount owed × days on which it was owed: what was invoiced counts from its day, a payment or a credit note takes away
-- from its own. Documents that were settled before count for nothing. Index: document_by_settled.
credit AS (
  SELECT d.client_id, GREATEST(0, sum(
    d.home_amount * (%(until)s::date - GREATEST(d.day, %(first)s::date))
    - COALESCE((SELECT sum(round(y.amount * d.rate, 2) * (%(until)s::date - GREATEST(y.day, %(first)s::date)))
        FROM sales_payment y WHERE y.document_id = d.id AND y.day < %(until)s), 0)
    + COALESCE((SELECT sum(r.home_amount * (%(until)s::date - GREATEST(r.day, %(first)s::date)))
        FROM sales_document r WHERE r.reverses_id = d.id AND r.day < %(until)s), 0)
  )) AS weight
  FROM sales_document d
  WHERE EXISTS (SELECT FROM pools WHERE driver = 'credit_days')
    AND d.kind = 'sale' AND d.due_on IS NOT NULL AND d.reverses_id IS NULL AND d.client_id IS NOT NULL
    AND d.day < %(until)s AND (d.settled_on IS NULL OR d.settled_on > %(first)s)
  GROUP BY d.client_id
)
SELECT pool_id, client_id, weight FROM of_figures WHERE weight > 0
UNION ALL
SELECT pool_id, client_id, weight FROM by_hand WHERE weight > 0
UNION ALL
SELECT p.id, c.client_id, c.weight FROM pools p CROSS JOIN credit c WHERE p.driver = 'credit_days' AND c.weight > 0
