-- What the triggers of the ledger call (sales/models/marking.py).

-- Refuse a statement that touches a closed period; `first_day` is the earliest day of its rows, null for none.
CREATE OR REPLACE FUNCTION seraph_ledger_is_open(first_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE locked date;
BEGIN
  IF first_day IS NULL THEN RETURN; END IF;
  -- Locked, so that whoever closes a period waits for those who are just writing in it, and they see it closed.
  SELECT locked_before INTO locked FROM sales_ledgersettings WHERE id = 1 FOR SHARE;
  IF first_day < locked THEN
    RAISE EXCEPTION 'the ledger is closed before %', locked USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_period_closed';
  END IF;
END $$;

-- A document that has lines is the sum of them. Index: document_line_once.
CREATE OR REPLACE FUNCTION seraph_sum_up(documents bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(documents) = 0 THEN RETURN; END IF;  -- an UPDATE of no row fires triggers of statements too
  -- Locked by a statement of its own, so that the next one sums up what whoever held them before us has committed: an UPDATE
  -- that waits for a row does not read anew what it joins. Not FOR UPDATE: that would wait for the foreign keys of two who
  -- write rows of one document at once, each for the other's.
  PERFORM FROM sales_document WHERE id = ANY (documents) ORDER BY id FOR NO KEY UPDATE;
  UPDATE sales_document AS d
  SET line_count = t.lines,
    amount = CASE WHEN t.lines > 0 THEN t.amount ELSE d.amount END,
    discount = CASE WHEN t.lines > 0 THEN t.discount ELSE d.discount END,
    direct_cost = CASE WHEN t.lines > 0 THEN t.direct_cost ELSE d.direct_cost END
  FROM (
    SELECT one.id, count(l.id) AS lines, sum(l.amount) AS amount, sum(l.discount) AS discount, sum(l.direct_cost) AS direct_cost
    FROM unnest(documents) AS one (id) LEFT JOIN sales_documentline l ON l.document_id = one.id
    GROUP BY one.id
  ) AS t
  WHERE d.id = t.id
    AND (d.line_count <> t.lines OR t.lines > 0 AND (d.amount, d.discount, d.direct_cost) IS DISTINCT FROM (t.amount, t.discount, t.direct_cost));
END $$;

-- How much of a document is paid and credited, and since when nothing is owed any more. Indexes: payment_of_document, document_reverses.
CREATE OR REPLACE FUNCTION seraph_settle(documents bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(documents) = 0 THEN RETURN; END IF;
  PERFORM FROM sales_document WHERE id = ANY (documents) ORDER BY id FOR NO KEY UPDATE;  -- as in seraph_sum_up
  UPDATE sales_document AS d SET paid = t.paid, credited = t.credited, settled_on = t.settled_on
  FROM (
    SELECT d.id, p.paid, c.credited,
      CASE WHEN d.amount = 0 OR sign(d.amount) * (d.amount + c.credited - p.paid) <= 0 THEN GREATEST(d.day, p.last_day, c.last_day) END AS settled_on
    FROM sales_document d
    CROSS JOIN LATERAL (SELECT COALESCE(sum(amount), 0) AS paid, max(day) AS last_day FROM sales_payment WHERE document_id = d.id) p
    CROSS JOIN LATERAL (SELECT COALESCE(sum(amount), 0) AS credited, max(day) AS last_day FROM sales_document r WHERE r.reverses_id = d.id) c
    WHERE d.id = ANY (documents)
  ) AS t
  WHERE d.id = t.id AND (d.paid, d.credited, d.settled_on) IS DISTINCT FROM (t.paid, t.credited, t.settled_on);
END $$;

-- Doors for the application, which may not TRUNCATE or create indexes: what is worked out goes, to be worked out anew as a whole.
-- Until seraph_index_rollup, in the same transaction, the tables are bare: rows are written into them much faster so.
CREATE OR REPLACE FUNCTION seraph_empty_rollup() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  -- in the order in which a report reads them
  TRUNCATE public.sales_ledgermark, public.sales_clientmonth, public.sales_clientmonthcost;
  DROP INDEX public.client_month_once, public.client_month_of_client;
  DROP INDEX public.client_month_cost_once, public.client_month_cost_of_client;
END $$;

CREATE OR REPLACE FUNCTION seraph_index_rollup() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
SET maintenance_work_mem = '256MB' AS $$
BEGIN
  CREATE UNIQUE INDEX client_month_once ON public.sales_clientmonth (month, client_id) NULLS NOT DISTINCT;
  CREATE INDEX client_month_of_client ON public.sales_clientmonth (client_id, month);
  CREATE UNIQUE INDEX client_month_cost_once ON public.sales_clientmonthcost (month, client_id, category_id) NULLS NOT DISTINCT;
  CREATE INDEX client_month_cost_of_client ON public.sales_clientmonthcost (client_id, month);
END $$;
