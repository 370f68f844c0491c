-- What one client bears of each pool in the parts of a report, worked out anew to the cent from how each pool was spread.
SELECT p.name, sum(sign(p.amount) * (share.cents + (share.rest > 0 AND p.cut_rest IS NOT NULL
    AND (share.rest > p.cut_rest OR share.rest = p.cut_rest AND %(client)s <= p.cut_client))::int)) / 100
FROM ({spreads}) p
CROSS JOIN LATERAL (SELECT
  div(abs(p.amount) * 100 * p.weight, NULLIF(p.total_weight, 0)) AS cents,
  mod(abs(p.amount) * 100 * p.weight, NULLIF(p.total_weight, 0)) AS rest
) share
WHERE p.total_weight > 0
GROUP BY p.name HAVING bool_or(p.weight > 0) ORDER BY p.name
