-- Σ amount owed × days on which it was owed, from `first` up to but without `until`, of each client (or of one): what was
-- invoiced counts from its day, a payment or a credit note takes away from its own. What was settled before counts for
-- nothing. Index: document_by_settled, or document_of_client for one.
CREATE OR REPLACE FUNCTION scoring_credit_days(first date, until date, of_client bigint DEFAULT NULL)
RETURNS TABLE (client_id bigint, weight numeric) LANGUAGE sql STABLE AS $$
  SELECT d.client_id, GREATEST(0, sum(
    d.home_amount * (until - GREATEST(d.day, first))
    - COALESCE((SELECT sum(round(y.amount * d.rate, 2) * (until - GREATEST(y.day, first)))
        FROM sales_payment y WHERE y.document_id = d.id AND y.day < until), 0)
    + COALESCE((SELECT sum(r.home_amount * (until - GREATEST(r.day, first)))
        FROM sales_document r WHERE r.reverses_id = d.id AND r.day < until), 0)
  ))
  FROM sales_document d
  WHERE d.kind = 'sale' AND d.due_on IS NOT NULL AND d.reverses_id IS NULL AND d.client_id IS NOT NULL
    AND (of_client IS NULL OR d.client_id = of_client)
    AND d.day < until AND (d.settled_on IS NULL OR d.settled_on > first)
  GROUP BY d.client_id
$$;
