-- Campaigns of the period: costs without a client that name a source, or are of a category that wins clients.
-- Index: cost_of_client (those of no client stand together in it, by day).
SELECT source_id, sum(home_amount) FROM sales_cost
WHERE client_id IS NULL AND day >= %(first)s AND day < %(end)s AND (source_id IS NOT NULL OR category_id = ANY (%(winning)s))
GROUP BY source_id
