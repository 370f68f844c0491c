-- The company's profit before pools, straight from the roll-up of whole months and the documents of broken ones: what the
-- sum over all clients has to equal.
SELECT COALESCE((SELECT sum(revenue - direct_cost - own_cost) FROM sales_clientmonth WHERE month = ANY (%(whole)s)), 0)
  + COALESCE((SELECT sum(r.revenue - r.direct_cost - r.own_cost)
      FROM unnest(%(firsts)s::date[], %(ends)s::date[]) AS part (first, last)
      CROSS JOIN LATERAL (SELECT * FROM sales_ledgerrow WHERE day >= part.first AND day < part.last) r), 0)
