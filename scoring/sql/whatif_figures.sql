-- What one client brought and cost in each part of a report (months, or days of one). Indexes: client_month_of_client,
-- document_of_client and the like.
SELECT part.id, f.revenue, f.discount, f.direct_cost, f.orders, f.returns, f.complaints, f.touches
FROM unnest(%(reports)s::bigint[], %(firsts)s::date[], %(ends)s::date[], %(whole)s::bool[]) AS part (id, first, last, whole)
CROSS JOIN LATERAL (
  SELECT revenue, discount, direct_cost, orders, returns, complaints, touches FROM sales_clientmonth
  WHERE part.whole AND client_id = %(client)s AND month = part.first
  UNION ALL
  SELECT sum(revenue), sum(discount), sum(direct_cost), sum(orders), sum(returns), sum(complaints), sum(touches)
  FROM sales_ledgerrow WHERE NOT part.whole AND client_id = %(client)s AND day >= part.first AND day < part.last HAVING count(*) > 0
) f
