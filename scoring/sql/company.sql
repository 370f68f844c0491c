-- The company's profit in a part of a month, past the rows: straight from the roll-up of a whole month or from the documents of days,
-- less the pools themselves (of days pro rata, as arithmetic._POOLS cuts them). What the sum over all clients has to equal.
-- Indexes: client_month_once; document_by_day, cost_by_day, complaint_by_day; pool_once_a_month.
SELECT COALESCE((SELECT sum(revenue - direct_cost - own_cost) FROM {ledger}), 0)
  - COALESCE((SELECT sum(round(amount * %(to_day)s / %(days)s, 2) - round(amount * %(from_day)s / %(days)s, 2))
      FROM sales_costpool WHERE month = %(month)s), 0)
