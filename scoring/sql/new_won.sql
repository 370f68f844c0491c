-- How many clients were won in the period, by where they came from and the month of their first sale.
-- Index: that of sales_clientsales.first_on; the key of clients_client.
SELECT c.source_id, date_trunc('month', s.first_on)::date, count(*)
FROM sales_clientsales s JOIN clients_client c ON c.id = s.client_id
WHERE s.first_on >= %(first)s AND s.first_on < %(end)s {chosen}
GROUP BY 1, 2
