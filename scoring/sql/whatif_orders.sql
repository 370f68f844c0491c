-- The orders of one client in each part of a report: how many are below an amount, and Σ amount × days agreed to pay in, with
-- Σ amount, of those that may be paid later. Index: document_of_client.
SELECT part.id,
  count(*) FILTER (WHERE d.home_amount < %(below)s),
  COALESCE(sum(d.home_amount * (d.due_on - d.day)) FILTER (WHERE d.due_on IS NOT NULL), 0),
  COALESCE(sum(d.home_amount) FILTER (WHERE d.due_on IS NOT NULL), 0)
FROM unnest(%(reports)s::bigint[], %(firsts)s::date[], %(ends)s::date[]) AS part (id, first, last)
CROSS JOIN LATERAL (
  SELECT home_amount, due_on, day FROM sales_document
  WHERE client_id = %(client)s AND kind = 'sale' AND amount > 0 AND day >= part.first AND day < part.last
) d
GROUP BY part.id
