-- A touch is a driver of cost pools: its month has to be worked out anew.

CREATE OR REPLACE FUNCTION seraph_company_zone() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT COALESCE((SELECT time_zone FROM accounts_company LIMIT 1), 'UTC')
$$;

CREATE OR REPLACE FUNCTION sales_mark_touches() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE zone text := seraph_company_zone();
BEGIN
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO sales_ledgermark (client_id, month) SELECT DISTINCT client_id, date_trunc('month', at AT TIME ZONE zone)::date FROM now_touches;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO sales_ledgermark (client_id, month) SELECT DISTINCT client_id, date_trunc('month', at AT TIME ZONE zone)::date FROM was_touches;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER sales_touches_added AFTER INSERT ON clients_touch
  REFERENCING NEW TABLE AS now_touches FOR EACH STATEMENT EXECUTE FUNCTION sales_mark_touches();
CREATE OR REPLACE TRIGGER sales_touches_changed AFTER UPDATE ON clients_touch
  REFERENCING OLD TABLE AS was_touches NEW TABLE AS now_touches FOR EACH STATEMENT EXECUTE FUNCTION sales_mark_touches();
CREATE OR REPLACE TRIGGER sales_touches_removed AFTER DELETE ON clients_touch
  REFERENCING OLD TABLE AS was_touches FOR EACH STATEMENT EXECUTE FUNCTION sales_mark_touches();
