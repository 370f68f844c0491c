-- The own costs of one client in each part of a report, by category. Indexes: client_month_cost_of_client, cost_of_client,
-- complaint_of_client.
SELECT part.id, c.category_id, c.amount
FROM unnest(%(reports)s::bigint[], %(firsts)s::date[], %(ends)s::date[], %(whole)s::bool[]) AS part (id, first, last, whole)
CROSS JOIN LATERAL (
  SELECT category_id, amount FROM sales_clientmonthcost WHERE part.whole AND client_id = %(client)s AND month = part.first
  UNION ALL
  SELECT category_id, sum(amount) FROM sales_ledgercost
  WHERE NOT part.whole AND client_id = %(client)s AND day >= part.first AND day < part.last GROUP BY category_id
) c
