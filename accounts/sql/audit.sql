-- History is closed: append_only triggers refuse every change, and the application's role lacks the privilege besides
-- (docs/decisions/0023). The functions named seraph_forget_… run as the owner of the tables and are the only doors. Each
-- takes something away and writes nothing that its caller chose. The clause SET pgtrigger.ignore ends what is opened here
-- with the function.
CREATE OR REPLACE FUNCTION seraph_open_history(VARIADIC tables regclass[]) RETURNS void LANGUAGE sql AS $$
  SELECT set_config('pgtrigger.ignore', coalesce(array_agg(tgname)::text, '{}'), true) FROM pg_trigger
  WHERE tgrelid = ANY (tables) AND tgname ~ '^pgtrigger_(append_only|never_deleted)_'
$$;

-- Lines of the audit lose the address that they came from, never before a month is over.
CREATE OR REPLACE FUNCTION seraph_forget_addresses(months integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET pgtrigger.ignore = '{}' AS $$
BEGIN
  PERFORM seraph_open_history('accounts_auditentry');
  UPDATE accounts_auditentry SET ip = NULL WHERE ip IS NOT NULL AND at < now() - make_interval(months => greatest(months, 1));
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_forget_addresses FROM PUBLIC;
