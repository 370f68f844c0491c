-- Profit by who the clients are: one pass, one set of rows for each dimension (`grouping` tells which).
SELECT grouping(c.source_id, c.industry_id, c.manager_id, c.line_of_business_id, s.size) AS which,
  COALESCE(c.source_id, c.industry_id, c.manager_id, c.line_of_business_id, s.size) AS id,
  count(*) AS clients, sum(r.revenue) AS revenue, sum(r.profit) AS profit, count(*) FILTER (WHERE r.verdict = 'demon') AS demons
FROM scoring_profitrow r JOIN clients_client c ON c.id = r.client_id
CROSS JOIN LATERAL (SELECT (CASE
  WHEN c.employees IS NULL THEN NULL WHEN c.employees < 10 THEN 0 WHEN c.employees < 50 THEN 10 WHEN c.employees < 250 THEN 50 ELSE 250
END)::bigint AS size) s
WHERE r.report_id = %(report)s {chosen}
GROUP BY GROUPING SETS ((c.source_id), (c.industry_id), (c.manager_id), (c.line_of_business_id), (s.size))
