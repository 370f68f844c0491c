-- Own costs of clients by category in a period, the largest first, of all or of those that a filter chose: of whole months from
-- the roll-up, of days within one from the rows. Money spent on nobody in particular is not theirs.
-- OFFSET 0 keeps the days of each part a question of their own: joined, the view would be read as a whole.
-- Indexes: client_month_cost_once, cost_by_day, complaint_by_day.
SELECT category_id, sum(amount) AS amount FROM (
  SELECT client_id, category_id, amount FROM sales_clientmonthcost WHERE month = ANY (%(whole)s) AND client_id IS NOT NULL
  UNION ALL
  SELECT c.client_id, c.category_id, c.amount FROM unnest(%(firsts)s::date[], %(ends)s::date[]) AS part (first, last)
  CROSS JOIN LATERAL (SELECT * FROM sales_ledgercost WHERE day >= part.first AND day < part.last AND client_id IS NOT NULL OFFSET 0) c
) AS r WHERE TRUE {chosen}
GROUP BY category_id HAVING sum(amount) <> 0 ORDER BY sum(amount) DESC, category_id
