-- The two ways in which words leave the history of clients, as accounts/sql/audit.sql begins them.

-- Blanks the words in what history says of clients; the columns are those of clients.services.lifecycle.PERSONAL. Called
-- within the functions below: the application's role itself may change no event.
CREATE OR REPLACE FUNCTION seraph_blank_events(clients bigint[]) RETURNS void LANGUAGE sql AS $$
  UPDATE clients_clientevent SET
    full_name = '', short_name = '', former_names = '', tax_number = '', external_id = '', birth_date = NULL, phones = '{}',
    emails = '{}', website = '', address = '', city = '', region = '', postal_code = '', went_well = '', went_wrong = '',
    stands_now = '', next_step = '', archived_reason = '', custom = '{}', fact_dates = '{}', facts_confirmed_by_id = NULL
  WHERE pgh_obj_id = ANY (clients)
$$;

-- The client, and those that it was ever part of: whom it was merged into, and whom these were merged into. Believed is
-- what the audit has a line of, because rows of merges can be written by the application's role (audit_of_object).
CREATE OR REPLACE FUNCTION seraph_was_part_of(client bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  WITH RECURSIVE whole (id) AS (
    SELECT client
    UNION
    SELECT line.object_id FROM whole JOIN clients_clientmerge AS done ON done.other_id = whole.id
    JOIN accounts_auditentry AS line ON line.about = 'client' AND line.object_id = done.survivor_id
      AND line.action = 'merged' AND line.details @> jsonb_build_object('other', done.other_id)
  )
  SELECT id FROM whole
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
  -- by the contact and the touch too: while a client is merged, they are another's; one that was taken off then is gone
  DELETE FROM clients_contactevent
  WHERE client_id IN (SELECT seraph_was_part_of(client))
    AND pgh_obj_id IN (SELECT pgh_obj_id FROM clients_contactevent WHERE client_id = client);
  UPDATE clients_touchevent SET note = '', next_step = '', no_next_step_because = ''
  WHERE client_id IN (SELECT seraph_was_part_of(client))
    AND pgh_obj_id IN (SELECT pgh_obj_id FROM clients_touchevent WHERE client_id = client);
  INSERT INTO accounts_auditentry (at, by_id, action, about, object_id, details, ip)
  VALUES (
    now(), by_whom, 'erased', 'client', client, '{}',
    (nullif(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'ip')::inet
  );
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_forget_client FROM PUBLIC;

-- A merge that was undone, and whose other client, or one that was part of it, is erased: blanks, in what history says of
-- the survivor while they were one, the words that the merge wrote. How long that was the audit says.
CREATE OR REPLACE FUNCTION seraph_forget_undone_merge(merge bigint, client bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET pgtrigger.ignore = '{}' AS $$
DECLARE
  since timestamptz;
  until timestamptz;
BEGIN
  SELECT min(line.at) FILTER (WHERE line.action = 'merged'), max(line.at) FILTER (WHERE line.action = 'unmerged') INTO since, until
  FROM clients_clientmerge AS done
  JOIN accounts_auditentry AS line ON line.about = 'client' AND line.object_id = done.survivor_id
    AND line.details @> jsonb_build_object('other', done.other_id)
  WHERE done.id = merge AND done.undone_at IS NOT NULL AND done.other_id IN (SELECT seraph_was_part_of(client))
    AND EXISTS (SELECT FROM clients_client WHERE id = client AND erased_at IS NOT NULL);
  IF since IS NULL OR until IS NULL THEN
    RAISE EXCEPTION 'merge % was not undone, or client % has not been erased or had no part in it', merge, client;
  END IF;
  PERFORM seraph_open_history('clients_clientevent');
  UPDATE clients_clientevent AS event SET
    full_name = CASE WHEN done.after ? 'full_name' THEN '' ELSE event.full_name END,
    short_name = CASE WHEN done.after ? 'short_name' THEN '' ELSE event.short_name END,
    former_names = CASE WHEN done.after ? 'former_names' THEN '' ELSE event.former_names END,
    tax_number = CASE WHEN done.after ? 'tax_number' THEN '' ELSE event.tax_number END,
    external_id = CASE WHEN done.after ? 'external_id' THEN '' ELSE event.external_id END,
    birth_date = CASE WHEN done.after ? 'birth_date' THEN NULL ELSE event.birth_date END,
    phones = CASE WHEN done.after ? 'phones' THEN '{}' ELSE event.phones END,
    emails = CASE WHEN done.after ? 'emails' THEN '{}' ELSE event.emails END,
    website = CASE WHEN done.after ? 'website' THEN '' ELSE event.website END,
    address = CASE WHEN done.after ? 'address' THEN '' ELSE event.address END,
    city = CASE WHEN done.after ? 'city' THEN '' ELSE event.city END,
    region = CASE WHEN done.after ? 'region' THEN '' ELSE event.region END,
    postal_code = CASE WHEN done.after ? 'postal_code' THEN '' ELSE event.postal_code END,
    went_well = CASE WHEN done.after ? 'went_well' THEN '' ELSE event.went_well END,
    went_wrong = CASE WHEN done.after ? 'went_wrong' THEN '' ELSE event.went_wrong END,
    stands_now = CASE WHEN done.after ? 'stands_now' THEN '' ELSE event.stands_now END,
    next_step = CASE WHEN done.after ? 'next_step' THEN '' ELSE event.next_step END,
    archived_reason = CASE WHEN done.after ? 'archived_reason' THEN '' ELSE event.archived_reason END,
    custom = CASE WHEN done.after ? 'custom' THEN '{}' ELSE event.custom END
  FROM clients_clientmerge AS done
  WHERE done.id = merge AND event.pgh_obj_id = done.survivor_id AND event.pgh_created_at BETWEEN since AND until
    AND event.pgh_id > (done.moved #>> '{history,0}')::bigint AND event.pgh_id <= (done.moved #>> '{history,1}')::bigint;
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_forget_undone_merge FROM PUBLIC;

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
