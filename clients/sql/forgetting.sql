-- The two ways in which words leave the history of clients, as accounts/sql/audit.sql begins them.

-- Blanks the words in what history says of clients; the columns are those of clients.services.lifecycle.PERSONAL. Called
-- within the functions below: the application's role itself may change no event.
CREATE OR REPLACE FUNCTION seraph_blank_events(clients bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE clients_clientevent SET
    full_name = '', short_name = '', former_names = '', tax_number = '', external_id = '', birth_date = NULL, phones = '{}',
    emails = '{}', website = '', address = '', city = '', region = '', postal_code = '', went_well = '', went_wrong = '',
    stands_now = '', next_step = '', archived_reason = '', custom = '{}'
  WHERE pgh_obj_id = ANY (clients)
$$;

-- The right to be forgotten: blanks what the history of an erased client says, and leaves a line in the audit.
CREATE OR REPLACE FUNCTION seraph_forget_client(client bigint, by_whom bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET pgtrigger.ignore = '{}' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM clients_client WHERE id = client AND erased_at IS NOT NULL) THEN
    RAISE EXCEPTION 'client % has not been erased', client;
  END IF;
  PERFORM seraph_open_history('clients_clientevent', 'clients_contactevent', 'clients_touchevent');
  PERFORM seraph_blank_events(ARRAY[client]);
  DELETE FROM clients_contactevent WHERE client_id = client;
  UPDATE clients_touchevent SET note = '', next_step = '', no_next_step_because = '' WHERE client_id = client;
  INSERT INTO accounts_auditentry (at, by_id, action, about, object_id, details, ip)
  VALUES (
    now(), by_whom, 'erased', 'client', client, '{}',
    (nullif(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'ip')::inet
  );
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_forget_client FROM PUBLIC;

-- The undo of an import: takes out for good clients which that import added and which its undo is about to take back.
-- Their last state stays in history as "removed", without its words.
CREATE OR REPLACE FUNCTION seraph_remove_imported(clients bigint[], run bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET pgtrigger.ignore = '{}' AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(clients) AS asked
    WHERE NOT EXISTS (
      SELECT FROM clients_importedrow r JOIN clients_importrun i ON i.id = r.run_id
      WHERE r.run_id = run AND r.object_id = asked AND coalesce(r.before, 'null') = 'null' AND i.state = 'undoing'
    )
  ) THEN
    RAISE EXCEPTION 'import % is not being undone, or did not add all of these clients', run;
  END IF;
  PERFORM seraph_open_history('clients_client', 'clients_clientevent', 'clients_contactevent');
  DELETE FROM clients_client WHERE id = ANY (clients);
  PERFORM seraph_blank_events(clients);
  DELETE FROM clients_contactevent WHERE client_id = ANY (clients);
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_remove_imported FROM PUBLIC;
