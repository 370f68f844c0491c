-- How reminders go when their client goes: with an import that is undone, or because it is to be forgotten.

-- A client goes for good only with the undo of the import that brought it (seraph_remove_imported, which runs as the owner):
-- what rules and the next step made of it goes along, with what was told and done. Index: reminder_of_client_closed.
CREATE OR REPLACE FUNCTION reminders_go_with_client() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  theirs bigint[];
BEGIN
  SELECT array_agg(id) FROM reminders_reminder WHERE client_id = OLD.id INTO theirs;
  IF theirs IS NOT NULL THEN
    DELETE FROM reminders_invitation WHERE reminder_id = ANY (theirs);
    DELETE FROM reminders_notice WHERE reminder_id = ANY (theirs);
    DELETE FROM reminders_delivery WHERE reminder_id = ANY (theirs);
    DELETE FROM reminders_reminderact WHERE reminder_id = ANY (theirs);
    DELETE FROM reminders_reminder WHERE id = ANY (theirs);
  END IF;
  RETURN OLD;
END $$;
DROP TRIGGER IF EXISTS reminders_go_with_client ON clients_client;
CREATE TRIGGER reminders_go_with_client BEFORE DELETE ON clients_client FOR EACH ROW EXECUTE FUNCTION reminders_go_with_client();

-- The right to be forgotten: takes the words out of what was done with the reminders of an erased client. Times and people
-- stay. Called by clients.forgetting's sweep; the application's role itself may change no act. Index: reminder_act_of.
CREATE OR REPLACE FUNCTION seraph_forget_reminder_acts(client bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET pgtrigger.ignore = '{}' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM clients_client WHERE id = client AND erased_at IS NOT NULL) THEN
    RAISE EXCEPTION 'client % has not been erased', client;
  END IF;
  PERFORM seraph_open_history('reminders_reminderact');
  UPDATE reminders_reminderact SET facts = facts - 'reason' - 'because'
  WHERE reminder_id IN (SELECT id FROM reminders_reminder r WHERE r.client_id = client) AND facts ?| ARRAY['reason', 'because'];
END
$$;
REVOKE EXECUTE ON FUNCTION seraph_forget_reminder_acts FROM PUBLIC;
