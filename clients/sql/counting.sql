-- Count anew the tables that this transaction has written many rows of, for a role that owns none. Till autovacuum comes round
-- the planner would take a table that was empty yesterday for empty: it then checks each reference, and looks up each row, by
-- walking through an index from end to end.
CREATE OR REPLACE FUNCTION seraph_count_anew() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  written regclass;
BEGIN
  FOR written IN
    SELECT s.relid FROM pg_stat_xact_user_tables s JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname = 'public' AND s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 1000 + GREATEST(c.reltuples, 0) / 10
    ORDER BY s.relid
  LOOP
    EXECUTE format('ANALYZE %s', written);
  END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_count_anew FROM PUBLIC;
