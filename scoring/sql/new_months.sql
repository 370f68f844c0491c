-- What the clients won in the period brought in each of their months (1: the calendar month of the first sale), from the kept
-- reports of these months. Indexes: profit_row_once, that of sales_clientsales.first_on.
SELECT c.source_id, n.number, sum(r.revenue) AS revenue, sum(r.profit) AS profit
FROM unnest(%(reports)s::bigint[], %(months)s::date[]) AS followed (report_id, month)
JOIN scoring_profitrow r ON r.report_id = followed.report_id
JOIN sales_clientsales s ON s.client_id = r.client_id AND s.first_on >= %(first)s AND s.first_on < %(end)s
JOIN clients_client c ON c.id = s.client_id
CROSS JOIN LATERAL (SELECT ((EXTRACT(year FROM followed.month) - EXTRACT(year FROM s.first_on)) * 12
  + EXTRACT(month FROM followed.month) - EXTRACT(month FROM s.first_on))::int + 1 AS number) n
WHERE n.number BETWEEN 1 AND %(followed)s {chosen}
GROUP BY 1, 2
