-- What a client costs line by line, beside the middle of its peers: shares of revenue in percent, and how it orders, pays
-- and complains. A peer without a cost counts with zero; one that paid nothing has no lateness. The period is of whole
-- months. Indexes: profit_row_once, client_month_of_client, client_month_cost_of_client.
WITH figures AS (
  SELECT r.client_id, r.client_id = %(client)s AS own, r.revenue, r.discount, r.direct_cost, r.pool_cost,
    m.orders, m.complaints, m.paid, m.late_days
  FROM unnest(%(clients)s::bigint[]) AS peer (client_id)
  CROSS JOIN LATERAL (SELECT * FROM scoring_profitrow WHERE report_id = %(report)s AND client_id = peer.client_id LIMIT 1) r
  LEFT JOIN LATERAL (
    SELECT sum(orders) AS orders, sum(complaints) AS complaints, sum(paid) AS paid, sum(late_days) AS late_days
    FROM sales_clientmonth WHERE client_id = r.client_id AND month >= %(first)s AND month < %(end)s
  ) m ON TRUE
),
costs AS (
  SELECT f.client_id, k.category_id, k.amount FROM figures f CROSS JOIN LATERAL (
    SELECT category_id, sum(amount) AS amount FROM sales_clientmonthcost
    WHERE client_id = f.client_id AND month >= %(first)s AND month < %(end)s GROUP BY category_id
  ) k
),
lines AS (
  SELECT own, 'direct_cost' AS line, 100 * direct_cost / revenue AS value FROM figures WHERE revenue > 0
  UNION ALL SELECT own, 'discount', 100 * discount / (revenue + discount) FROM figures WHERE revenue > 0 AND revenue + discount > 0
  UNION ALL SELECT own, 'pools', 100 * pool_cost / revenue FROM figures WHERE revenue > 0
  UNION ALL
  SELECT f.own, 'category-' || k.category_id, 100 * COALESCE(c.amount, 0) / f.revenue
  FROM figures f CROSS JOIN (SELECT DISTINCT category_id FROM costs) k
  LEFT JOIN costs c ON c.client_id = f.client_id AND c.category_id = k.category_id
  WHERE f.revenue > 0
  UNION ALL SELECT own, 'days_late', late_days / paid FROM figures WHERE paid > 0
  UNION ALL SELECT own, 'order_size', revenue / orders FROM figures WHERE orders > 0
  UNION ALL SELECT own, 'complaints', 100.0 * complaints / orders FROM figures WHERE orders > 0
)
SELECT line, round(max(value) FILTER (WHERE own), 2),
  round((percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FILTER (WHERE NOT own))::numeric, 2),
  round((percentile_cont(0.25) WITHIN GROUP (ORDER BY value) FILTER (WHERE NOT own))::numeric, 2),
  round((percentile_cont(0.75) WITHIN GROUP (ORDER BY value) FILTER (WHERE NOT own))::numeric, 2)
FROM lines GROUP BY line
