-- The figures of a report, of all clients or of those that a filter chose: sums, and how many angels, demons and the rest.
-- Index: profit_row_once; all rows of the report are read.
SELECT
  count(*) FILTER (WHERE client_id IS NOT NULL) AS clients,
  count(*) FILTER (WHERE verdict <> '') AS judged,
  COALESCE(sum(revenue) FILTER (WHERE client_id IS NOT NULL), 0) AS revenue,
  COALESCE(sum(discount) FILTER (WHERE client_id IS NOT NULL), 0) AS discount,
  COALESCE(sum(direct_cost) FILTER (WHERE client_id IS NOT NULL), 0) AS direct_cost,
  COALESCE(sum(own_cost) FILTER (WHERE client_id IS NOT NULL), 0) AS own_cost,
  COALESCE(sum(pool_cost) FILTER (WHERE client_id IS NOT NULL), 0) AS pool_cost,
  COALESCE(sum(profit) FILTER (WHERE client_id IS NOT NULL), 0) AS profit,
  COALESCE(sum(purchases) FILTER (WHERE client_id IS NOT NULL), 0) AS purchases,
  COALESCE(sum(orders) FILTER (WHERE client_id IS NOT NULL), 0) AS orders,
  COALESCE(sum(profit) FILTER (WHERE verdict <> ''), 0) AS judged_profit,
  COALESCE(sum(revenue) FILTER (WHERE client_id IS NULL), 0) AS nobody_revenue,
  COALESCE(sum(direct_cost) FILTER (WHERE client_id IS NULL), 0) AS nobody_direct_cost,
  COALESCE(sum(own_cost) FILTER (WHERE client_id IS NULL), 0) AS nobody_own_cost,
  COALESCE(sum(profit) FILTER (WHERE client_id IS NULL), 0) AS nobody_profit,
  count(*) FILTER (WHERE verdict <> '' AND profit < 0) AS losing,
  count(*) FILTER (WHERE verdict = 'angel') AS angels, COALESCE(sum(profit) FILTER (WHERE verdict = 'angel'), 0) AS angels_profit,
  count(*) FILTER (WHERE verdict = 'between') AS between_, COALESCE(sum(profit) FILTER (WHERE verdict = 'between'), 0) AS between_profit,
  count(*) FILTER (WHERE verdict = 'demon') AS demons, COALESCE(sum(profit) FILTER (WHERE verdict = 'demon'), 0) AS demons_profit
FROM scoring_profitrow r WHERE report_id = %(report)s {chosen}
