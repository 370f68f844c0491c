-- Who has another verdict than in the period before, those whose profit changed most first. Index: profit_row_once.
SELECT n.client_id, b.verdict, n.verdict, b.profit, n.profit, row_number() OVER (PARTITION BY n.profit > b.profit ORDER BY abs(n.profit - b.profit) DESC, n.client_id) AS place
FROM scoring_profitrow n JOIN scoring_profitrow b ON b.client_id = n.client_id AND b.report_id = %(before)s
WHERE n.report_id = %(report)s AND n.verdict <> '' AND b.verdict <> '' AND n.verdict <> b.verdict {chosen}
