-- How many clients were registered in the period (days of the company), by where they came from; one that was merged into
-- another is no second one. Read whole in a large base: client_by_registered leaves out those who are archived by now.
SELECT c.source_id, count(*) FROM clients_client c
WHERE c.created_at >= %(from)s AND c.created_at < %(until)s AND c.merged_into_id IS NULL {chosen}
GROUP BY c.source_id
