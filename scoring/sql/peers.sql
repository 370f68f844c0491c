-- Clients that one may be compared with in a period: those of a like revenue (a third to three times as much) and the same
-- industry, else of a like revenue, else all that bought; the nearest by revenue, at most %(most)s. Of a large report the
-- choice is among a sample: blocks of clients spread over the numbers, and the first of the same industry.
-- Indexes: profit_row_once, client_of_industry.
WITH own AS (
  SELECT r.client_id, r.revenue, c.industry_id FROM scoring_profitrow r JOIN clients_client c ON c.id = r.client_id
  WHERE r.report_id = %(report)s AND r.client_id = %(client)s AND r.revenue > 0
),
ends AS (
  SELECT (SELECT min(client_id) FROM scoring_profitrow WHERE report_id = %(report)s) AS first,
    (SELECT max(client_id) FROM scoring_profitrow WHERE report_id = %(report)s) + 1 AS after_last
),
blocks AS (
  SELECT first + (after_last - first) * n / %(blocks)s AS first, first + (after_last - first) * (n + 1) / %(blocks)s AS after_last
  FROM ends CROSS JOIN generate_series(0, %(blocks)s - 1) AS n
),
candidates AS (
  SELECT s.client_id FROM blocks b CROSS JOIN LATERAL (
    SELECT client_id FROM scoring_profitrow WHERE report_id = %(report)s AND client_id >= b.first AND client_id < b.after_last
    ORDER BY client_id LIMIT %(block)s
  ) s
  UNION
  SELECT s.id FROM own CROSS JOIN LATERAL (
    SELECT id FROM clients_client c WHERE c.industry_id = own.industry_id AND c.archived_at IS NULL ORDER BY sort_name, id LIMIT %(like)s
  ) s
),
likened AS (
  SELECT r.client_id, abs(ln(r.revenue / own.revenue)) AS distance,
    r.revenue BETWEEN own.revenue / 3 AND own.revenue * 3 AS near,
    c.industry_id IS NOT DISTINCT FROM own.industry_id AND own.industry_id IS NOT NULL AS alike
  FROM candidates k CROSS JOIN own
  -- LIMIT 1 keeps each a look-up by key: the planner thinks of one candidate and would compare all of them with all clients
  CROSS JOIN LATERAL (SELECT * FROM scoring_profitrow WHERE report_id = %(report)s AND client_id = k.client_id LIMIT 1) r
  CROSS JOIN LATERAL (SELECT industry_id FROM clients_client WHERE id = k.client_id LIMIT 1) c
  WHERE r.verdict <> '' AND r.revenue > 0 AND r.client_id <> own.client_id
),
level AS (
  SELECT CASE WHEN count(*) FILTER (WHERE near AND alike) >= %(enough)s THEN 'alike'
    WHEN count(*) FILTER (WHERE near) >= %(enough)s THEN 'near' ELSE 'all' END AS level
  FROM likened
)
SELECT level, client_id FROM likened CROSS JOIN level
WHERE CASE level WHEN 'alike' THEN near AND alike WHEN 'near' THEN near ELSE TRUE END
ORDER BY distance, client_id LIMIT %(most)s
