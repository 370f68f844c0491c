-- The same of days within a month. Indexes: document_by_day, cost_by_day, complaint_by_day.
SELECT client_id, sum(revenue) AS revenue, sum(discount) AS discount, sum(direct_cost) AS direct_cost, sum(own_cost) AS own_cost,
  sum(purchases) AS purchases, sum(orders)::int AS orders, sum(returns)::int AS returns, sum(lines)::int AS lines,
  sum(complaints)::int AS complaints, sum(touches)::int AS touches, sum(touch_minutes)::int AS touch_minutes
FROM sales_ledgerrow WHERE day >= %(first)s AND day < %(end)s GROUP BY client_id
