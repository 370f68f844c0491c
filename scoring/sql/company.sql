-- The company's profit, past the rows: straight from the roll-up of whole months and the documents of broken ones, less the
-- pools themselves (of broken months pro rata, as arithmetic._POOLS cuts them). What the sum over all clients has to equal.
-- OFFSET 0 keeps the days of each part a question of their own: joined, the view would be read as a whole.
-- Indexes: client_month_once, document_by_day, cost_by_day, complaint_by_day, pool_once_a_month.
SELECT COALESCE((SELECT sum(revenue - direct_cost - own_cost) FROM sales_clientmonth WHERE month = ANY (%(whole)s)), 0)
  + COALESCE((SELECT sum(r.revenue - r.direct_cost - r.own_cost)
      FROM unnest(%(firsts)s::date[], %(ends)s::date[]) AS part (first, last)
      CROSS JOIN LATERAL (SELECT * FROM sales_ledgerrow WHERE day >= part.first AND day < part.last OFFSET 0) r), 0)
  - COALESCE((SELECT sum(amount) FROM sales_costpool WHERE month = ANY (%(whole)s)), 0)
  - COALESCE((SELECT sum(round(p.amount * (part.last - m.month) / m.days, 2) - round(p.amount * (part.first - m.month) / m.days, 2))
      FROM unnest(%(firsts)s::date[], %(ends)s::date[]) AS part (first, last)
      CROSS JOIN LATERAL (SELECT date_trunc('month', part.first)::date AS month,
        EXTRACT(day FROM date_trunc('month', part.first) + interval '1 month' - interval '1 day')::int AS days) m
      JOIN sales_costpool p ON p.month = m.month), 0)
