-- Indexes of custom fields, for a role that owns no table: see clients/custom_indexes.py, whose expressions these are. What
-- is built is read from the field's own row; a caller chooses no SQL. Whoever waits longer than two seconds for the table
-- gives up and is tried again by the clock, so that nobody stands in a queue behind it.
CREATE OR REPLACE FUNCTION seraph_build_custom_index(field bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  asked record;
  expression text;
BEGIN
  SELECT key, kind INTO STRICT asked FROM clients_customfield WHERE id = field AND NOT retired;
  expression := CASE asked.kind
    WHEN 'number' THEN format('seraph_number(custom -> %L)', asked.key)
    WHEN 'date' THEN format('(custom ->> %L)', asked.key)
    WHEN 'text' THEN format('seraph_sortable(custom ->> %L)', asked.key)
  END;
  EXECUTE format(
    'CREATE INDEX %I ON clients_client ((%s), sort_name, id) WHERE archived_at IS NULL AND (%s) IS NOT NULL',
    'client_custom_field_' || field, expression, expression
  );
  ANALYZE clients_client;
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_build_custom_index FROM PUBLIC;

CREATE OR REPLACE FUNCTION seraph_drop_custom_index(field bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
  EXECUTE format('DROP INDEX IF EXISTS %I', 'client_custom_field_' || field);
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_drop_custom_index FROM PUBLIC;
