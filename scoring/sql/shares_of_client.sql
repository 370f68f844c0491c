-- What one client bears of each pool in the parts of a report, worked out anew to the cent from how each pool was spread
-- (scoring.models.PoolSpread). Indexes: pool_spread_once, client_month_of_client, pool_weight_of_client, document_of_client.
SELECT p.name, sum(sign(p.amount) * (share.cents + (share.rest > 0 AND p.cut_rest IS NOT NULL
    AND (share.rest > p.cut_rest OR share.rest = p.cut_rest AND %(client)s <= p.cut_client))::int)) / 100
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
CROSS JOIN LATERAL (SELECT COALESCE(CASE
  WHEN p.driver = 'by_hand' THEN (SELECT sum(weight) FROM sales_poolweight w WHERE w.pool_id = p.pool_id AND w.client_id = %(client)s)
  WHEN p.driver = 'credit_days' THEN (
    SELECT weight FROM scoring_credit_days(r.first, GREATEST(r.first, LEAST(r.end, r.as_of + 1)), %(client)s))
  ELSE {weight}
END, 0)::numeric AS weight) own
CROSS JOIN LATERAL (SELECT
  div(abs(p.amount) * 100 * own.weight, p.total_weight) AS cents, mod(abs(p.amount) * 100 * own.weight, p.total_weight) AS rest
) share
WHERE p.total_weight > 0
GROUP BY p.name HAVING bool_or(own.weight > 0) ORDER BY p.name
