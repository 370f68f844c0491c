-- What was spent on winning clients, by where they came from: costs of the categories that win clients, up to and including
-- the day of the first sale, however long ago, of those won in the period; within the period, of those who never bought.
-- `in_first_month` is what the calendar month of the first sale already bears of it; `new_in_period` and `open_in_period`
-- what the period itself bears. Indexes: cost_of_category, complaint_by_day; the keys of sales_clientsales and clients_client.
SELECT c.source_id,
  COALESCE(sum(l.amount) FILTER (WHERE s.first_on < %(end)s), 0) AS on_won,
  COALESCE(sum(l.amount) FILTER (WHERE s.first_on IS NULL), 0) AS on_open,
  count(DISTINCT l.client_id) FILTER (WHERE s.first_on IS NULL) AS open_clients,
  COALESCE(sum(l.amount) FILTER (WHERE s.first_on < %(end)s AND l.day >= date_trunc('month', s.first_on)), 0) AS in_first_month,
  COALESCE(sum(l.amount) FILTER (WHERE s.first_on < %(end)s AND l.day >= %(first)s), 0) AS new_in_period,
  COALESCE(sum(l.amount) FILTER (WHERE COALESCE(s.first_on >= %(end)s, TRUE)), 0) AS open_in_period
FROM sales_ledgercost l
JOIN clients_client c ON c.id = l.client_id
LEFT JOIN sales_clientsales s ON s.client_id = l.client_id
WHERE l.category_id = ANY (%(winning)s) AND l.day < %(end)s
  AND (COALESCE(s.first_on >= %(end)s, TRUE) AND l.day >= %(first)s
    OR s.first_on >= %(first)s AND s.first_on < %(end)s AND l.day <= s.first_on)
  {chosen}
GROUP BY c.source_id
