-- What two libraries install, in a form that holds against a session of the application's role. Run after each migration,
-- because migrations with triggers put the library's own back.

-- django-pgtrigger lets a session switch triggers off by setting pgtrigger.ignore. Only the owner of the tables may: a
-- migration, the demo company, and the functions that run as the owner.
CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  asked text := current_setting('pgtrigger.ignore', true);
BEGIN
  IF asked IS NULL OR asked IN ('', '{}') OR NOT trigger_name = ANY (asked::text[]) THEN
    RETURN false;
  END IF;
  RETURN pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'public.accounts_auditentry'::regclass), 'USAGE');
END
$$;

-- django-pghistory writes who is at work into pghistory_context, and overwrites it when the session says something else
-- under the same id. Here the first word stands: later ones only add. The address is for the audit, history goes without.
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS pghistory_context.id%TYPE LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  context uuid := nullif(current_setting('pghistory.context_id', true), '');
  said jsonb := nullif(current_setting('pghistory.context_metadata', true), '')::jsonb - 'ip';
BEGIN
  IF context IS NULL OR said IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO pghistory_context AS kept (id, metadata, created_at, updated_at) VALUES (context, said, now(), now())
  ON CONFLICT (id) DO UPDATE SET metadata = excluded.metadata || kept.metadata, updated_at = now()
    WHERE NOT kept.metadata @> excluded.metadata AND excluded.metadata || kept.metadata <> kept.metadata;
  RETURN context;
END
$$;

-- The doors (functions that run as the owner) are for the application's role alone. Said again here, because a dump that is
-- restored without privileges leaves them open to every role.
DO $$
DECLARE
  door regprocedure;
BEGIN
  FOR door IN
    SELECT oid FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace AND proname <> '_pgh_attach_context'
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', door);
  END LOOP;
END
$$;
