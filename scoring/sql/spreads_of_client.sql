-- How each pool of each part of a report was spread (scoring.models.PoolSpread), with the weight of one client in it.
-- Indexes: pool_spread_once, client_month_of_client, pool_weight_of_client, document_of_client.
SELECT part.id, p.pool_id, p.name, p.driver, p.amount, p.total_weight, p.cut_rest, p.cut_client, COALESCE(CASE
  WHEN p.driver = 'by_hand' THEN (SELECT sum(weight) FROM sales_poolweight w WHERE w.pool_id = p.pool_id AND w.client_id = %(client)s)
  WHEN p.driver = 'credit_days' THEN (
    SELECT weight FROM scoring_credit_days(r.first, GREATEST(r.first, LEAST(r.end, r.as_of + 1)), %(client)s))
  ELSE {weight}
END, 0)::numeric AS weight
FROM scoring_poolspread p
JOIN scoring_profitreport r ON r.id = p.report_id
JOIN unnest(%(reports)s::bigint[], %(whole)s::bool[]) AS part (id, whole) ON part.id = r.id
LEFT JOIN LATERAL (
  SELECT revenue, orders, returns, lines, complaints, touches, touch_minutes, own_cost FROM sales_clientmonth
  WHERE part.whole AND client_id = %(client)s AND month = r.first
  UNION ALL
  SELECT sum(revenue), sum(orders), sum(returns), sum(lines), sum(complaints), sum(touches), sum(touch_minutes), sum(own_cost)
  FROM sales_ledgerrow WHERE NOT part.whole AND client_id = %(client)s AND day >= r.first AND day < r.end HAVING count(*) > 0
) f ON TRUE
