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

-- Month and client as one number (40 bits for the client, 0 for none), and back: most rows of a sort have their month in common, and
-- going on to a second column for each comparison costs a fifth of it.
CREATE OR REPLACE FUNCTION seraph_month_key(day date, client_id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ((date_trunc('month', day::timestamp)::date - date '2000-01-01')::bigint << 40) + COALESCE(client_id, 0)
$$;
CREATE OR REPLACE FUNCTION seraph_key_month(key bigint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date '2000-01-01' + (key >> 40)::int
$$;
CREATE OR REPLACE FUNCTION seraph_key_client(key bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT NULLIF(key & ((1::bigint << 40) - 1), 0)
$$;

-- Put a table in the place of another that has the same columns, with what the other one had: what may be null, defaults, numbers of
-- its own, indexes and rights. For whoever owns both.
CREATE OR REPLACE FUNCTION seraph_replace(old regclass, new regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name CONSTANT text := old::text;
  rules text; indexes text[]; rights text[]; most bigint; statement text;
BEGIN
  SELECT string_agg(
    concat_ws(', ',
      CASE WHEN a.attnotnull THEN format('ALTER %I SET NOT NULL', a.attname) END,
      'ALTER ' || quote_ident(a.attname) || ' SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)), ', ')
  INTO rules FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = old AND a.attnum > 0 AND NOT a.attisdropped AND (a.attnotnull OR a.atthasdef);
  SELECT array_agg(pg_get_indexdef(indexrelid)) INTO indexes FROM pg_index WHERE indrelid = old;
  SELECT array_agg(format('GRANT %s ON %s TO %s', privilege_type, name, grantee::regrole)) INTO rights
  FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) WHERE oid = old;
  EXECUTE format('SELECT COALESCE(max(id), 0) FROM %s', new) INTO most;

  EXECUTE format('DROP TABLE %s', old);  -- from here on readers wait
  EXECUTE format('ALTER TABLE %s RENAME TO %s', new, name);
  EXECUTE format('ALTER TABLE %s %s', name, rules);
  -- Nobody looks for a row by its number: a thousand are taken at once.
  EXECUTE format('ALTER TABLE %s ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START %s CACHE 1000)', name, most + 1);
  FOREACH statement IN ARRAY indexes || rights LOOP EXECUTE statement; END LOOP;
END $$;

-- A door for the application, which may not create tables: both roll-ups are worked out anew beside those that are there, whose places
-- they take. CREATE TABLE AS may read in several processes, which INSERT may not: one has the months before the middle of the ledger,
-- one has those from there on, each from reading to adding up, and a third one writes. (They would rather share each table: hence the
-- size from which that is allowed.)
CREATE OR REPLACE FUNCTION seraph_rebuild_rollup() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
SET max_parallel_workers_per_gather = 2 SET parallel_leader_participation = off SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0
-- Most groups have a row or two: sorted, each is added up as it comes by; hashed, all of them would want room at once. Months
-- come together, as reports read them. All rows are read, which an index would only scatter.
SET work_mem = '256MB' SET maintenance_work_mem = '256MB' SET enable_hashagg = off SET enable_indexscan = off
SET min_parallel_table_scan_size = '5TB'
AS $$
DECLARE middle date;
BEGIN
  SELECT date_trunc('month', COALESCE(percentile_disc(0.5) WITHIN GROUP (ORDER BY day), CURRENT_DATE)::timestamp) INTO middle
  FROM sales_document TABLESAMPLE SYSTEM (1);

  CREATE TABLE public.rebuilt_months AS
  WITH keyed AS NOT MATERIALIZED (SELECT *, seraph_month_key(day, client_id) AS key, day < middle AS early FROM sales_ledgerrow),
  one AS NOT MATERIALIZED (
    SELECT key, early, sum(revenue)::numeric(16, 2) AS revenue, sum(discount)::numeric(16, 2) AS discount,
      sum(direct_cost)::numeric(16, 2) AS direct_cost, sum(own_cost)::numeric(16, 2) AS own_cost,
      sum(purchases)::numeric(16, 2) AS purchases, sum(paid)::numeric(16, 2) AS paid, sum(late_days)::numeric(20, 2) AS late_days,
      sum(orders)::int AS orders, sum(returns)::int AS returns, sum(lines)::int AS lines, sum(complaints)::int AS complaints,
      sum(touches)::int AS touches, sum(touch_minutes)::int AS touch_minutes
    FROM keyed GROUP BY key, early
  )
  SELECT row_number() OVER () AS id, seraph_key_month(key) AS month, revenue, discount, direct_cost, own_cost, purchases, paid, late_days,
    orders, returns, lines, complaints, touches, touch_minutes, seraph_key_client(key) AS client_id
  FROM (SELECT * FROM one WHERE early UNION ALL SELECT * FROM one WHERE NOT early) both_halves;

  CREATE TABLE public.rebuilt_costs AS
  WITH keyed AS NOT MATERIALIZED (SELECT *, seraph_month_key(day, client_id) AS key, day < middle AS early FROM sales_ledgercost),
  one AS NOT MATERIALIZED (SELECT key, early, category_id, sum(amount)::numeric(16, 2) AS amount FROM keyed GROUP BY key, early, category_id)
  SELECT row_number() OVER () AS id, seraph_key_month(key) AS month, amount, seraph_key_client(key) AS client_id, category_id
  FROM (SELECT * FROM one WHERE early UNION ALL SELECT * FROM one WHERE NOT early) both_halves;

  SET LOCAL min_parallel_table_scan_size = '8MB';  -- indexes are sorted in parts
  PERFORM seraph_replace('public.sales_clientmonth', 'public.rebuilt_months');
  PERFORM seraph_replace('public.sales_clientmonthcost', 'public.rebuilt_costs');
END $$;
REVOKE EXECUTE ON FUNCTION seraph_rebuild_rollup FROM PUBLIC;
