-- The clients of a report by when they bought first: in its period, before it, or not by its end. Every row of a client
-- stands in one of the three, so that they add up to the report.
-- Indexes: profit_row_once; the key of sales_clientsales. All rows of the report are read.
SELECT CASE WHEN s.first_on < %(first)s THEN 'repeat' WHEN s.first_on < %(end)s THEN 'new' ELSE 'open' END AS bought,
  count(*) AS clients, sum(r.orders) AS orders, sum(r.revenue) AS revenue, sum(r.direct_cost) AS direct_cost,
  sum(r.own_cost + r.pool_cost) AS costs, sum(r.profit) AS profit
FROM scoring_profitrow r LEFT JOIN sales_clientsales s ON s.client_id = r.client_id
WHERE r.report_id = %(report)s AND r.client_id IS NOT NULL {chosen}
GROUP BY 1
