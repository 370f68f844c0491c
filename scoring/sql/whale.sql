-- The whale curve: clients by profit, highest first, and the profit of all up to each. Of many clients, so many points that
-- the curve is drawn well, and always its peak (the last client that adds), its first and its last one.
WITH curve AS (
  SELECT client_id, profit, row_number() OVER w AS place, sum(profit) OVER w AS up_to, count(*) OVER () AS clients
  FROM scoring_profitrow r WHERE report_id = %(report)s AND verdict <> '' {chosen}
  WINDOW w AS (ORDER BY profit DESC, client_id)
)
SELECT c.place, c.client_id, c.profit, c.up_to FROM curve c
WHERE c.clients <= %(points)s OR c.place = 1 OR c.place = c.clients OR c.place = (SELECT max(place) FROM curve WHERE profit > 0)
  OR c.place * %(points)s / c.clients <> (c.place - 1) * %(points)s / c.clients
ORDER BY c.place
