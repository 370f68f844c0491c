-- Reminders follow their client, whoever writes it: a service, a bulk change, an import, a merge or a hand in SQL.

-- The next step that stands on a client is an open reminder (`is_promise`): made, moved and ended with it, so that no
-- promise stands there of which nobody would hear. Index: reminder_one_promise.
CREATE OR REPLACE FUNCTION reminders_keep_promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kind bigint;
  zone text;
  wall timestamp;
  awake boolean := NEW.archived_at IS NULL;
  -- what had been due for over a day when it was entered is shown as late; nobody is called for it
  rings boolean := NEW.next_step_at > clock_timestamp() - interval '1 day';
BEGIN
  IF NEW.next_step_at IS NULL THEN
    WITH ended AS (
      UPDATE reminders_reminder SET state = 'cancelled', fires_at = NULL, closed_at = clock_timestamp(), version = version + 1,
        updated_at = clock_timestamp()
      WHERE client_id = NEW.id AND is_promise AND state IN ('open', 'asleep') RETURNING id)
    UPDATE reminders_notice n SET withdrawn_at = clock_timestamp() FROM ended WHERE n.reminder_id = ended.id AND n.withdrawn_at IS NULL;
    RETURN NULL;
  END IF;
  SELECT COALESCE((SELECT u.time_zone FROM accounts_user u WHERE u.id = NEW.manager_id), (SELECT c.time_zone FROM accounts_company c), 'UTC') INTO zone;
  wall := NEW.next_step_at AT TIME ZONE zone;
  -- the same time: only what is to be done may have changed
  UPDATE reminders_reminder SET subject = NEW.next_step, version = version + 1, updated_at = clock_timestamp()
  WHERE client_id = NEW.id AND is_promise AND state IN ('open', 'asleep') AND due_at = NEW.next_step_at AND subject <> NEW.next_step;
  PERFORM FROM reminders_reminder WHERE client_id = NEW.id AND is_promise AND state IN ('open', 'asleep') AND due_at = NEW.next_step_at;
  IF FOUND THEN
    RETURN NULL;
  END IF;
  WITH moved AS (
    UPDATE reminders_reminder SET subject = NEW.next_step, due_at = NEW.next_step_at, on_day = wall::date, at_time = wall::time, time_zone = zone,
      occurrence = occurrence + 1, stage = CASE WHEN rings THEN 'due' ELSE '' END,
      fires_at = CASE WHEN awake AND rings THEN NEW.next_step_at END, fired_at = NULL, escalated_at = NULL, problem = '',
      version = version + 1, updated_at = clock_timestamp()
    WHERE client_id = NEW.id AND is_promise AND state IN ('open', 'asleep') RETURNING id)
  UPDATE reminders_notice n SET withdrawn_at = clock_timestamp() FROM moved WHERE n.reminder_id = moved.id AND n.withdrawn_at IS NULL;
  PERFORM FROM reminders_reminder WHERE client_id = NEW.id AND is_promise AND state IN ('open', 'asleep');
  IF FOUND THEN
    RETURN NULL;
  END IF;
  SELECT id FROM reminders_reminderkind WHERE key = 'call_back' INTO kind;
  IF kind IS NULL THEN  -- the shipped kinds come after the migrations
    INSERT INTO reminders_reminderkind (key, name, icon, is_contact, has_length, position, retired)
    VALUES ('call_back', '', 'phone', TRUE, FALSE, 10, FALSE)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id INTO kind;
  END IF;
  INSERT INTO reminders_reminder (uid, client_id, kind_id, subject, note, owner_id, follows_manager, on_day, at_time, time_zone, due_at, repeats, place,
    invites, state, occurrence, stage, fires_at, problem, is_promise, rule_key, closed_because, version, created_at, updated_at)
  VALUES (gen_random_uuid(), NEW.id, kind, NEW.next_step, '', NEW.manager_id, TRUE, wall::date, wall::time, zone, NEW.next_step_at, '', '',
    FALSE, CASE WHEN awake THEN 'open' ELSE 'asleep' END, 1, CASE WHEN rings THEN 'due' ELSE '' END,
    CASE WHEN awake AND rings THEN NEW.next_step_at END, '', TRUE, '', '', 1, clock_timestamp(), clock_timestamp());
  RETURN NULL;
END $$;

-- What belongs to whoever is in charge goes with the client, and is told anew where it was told already; what belongs to
-- an archived client sleeps until it is brought back. Index: reminder_of_client.
CREATE OR REPLACE FUNCTION reminders_follow_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.manager_id IS DISTINCT FROM NEW.manager_id THEN
    WITH moved AS (
      UPDATE reminders_reminder r SET owner_id = NEW.manager_id, stands_in_for_id = NULL,
        due_at = CASE WHEN r.at_time IS NULL AND u.id IS NOT NULL THEN (r.on_day + u.work_from) AT TIME ZONE u.time_zone ELSE r.due_at END,
        time_zone = CASE WHEN r.at_time IS NULL AND u.id IS NOT NULL THEN u.time_zone ELSE r.time_zone END,
        fires_at = CASE WHEN r.state <> 'open' THEN NULL WHEN r.fired_at IS NOT NULL THEN clock_timestamp()
                        WHEN r.at_time IS NULL AND u.id IS NOT NULL AND r.stage = 'due' AND r.fires_at IS NOT NULL
                          THEN (r.on_day + u.work_from) AT TIME ZONE u.time_zone ELSE r.fires_at END,
        stage = CASE WHEN r.state = 'open' AND r.fired_at IS NOT NULL THEN 'due' ELSE r.stage END,
        -- told anew is another occurrence: who gets it back hears of it as well
        occurrence = r.occurrence + CASE WHEN r.state = 'open' AND r.fired_at IS NOT NULL THEN 1 ELSE 0 END,
        fired_at = NULL, version = r.version + 1, updated_at = clock_timestamp()
      FROM (SELECT 1) one LEFT JOIN accounts_user u ON u.id = NEW.manager_id
      WHERE r.client_id = NEW.id AND r.follows_manager AND r.state IN ('open', 'asleep') RETURNING r.id)
    UPDATE reminders_notice n SET withdrawn_at = clock_timestamp() FROM moved
    WHERE n.reminder_id = moved.id AND n.withdrawn_at IS NULL AND n.stage <> 'escalation' AND n.recipient_id IS DISTINCT FROM NEW.manager_id;
  END IF;
  IF OLD.archived_at IS NULL AND NEW.archived_at IS NOT NULL THEN
    WITH asleep AS (
      UPDATE reminders_reminder SET state = 'asleep', fires_at = NULL, version = version + 1, updated_at = clock_timestamp()
      WHERE client_id = NEW.id AND state = 'open' RETURNING id)
    UPDATE reminders_notice n SET withdrawn_at = clock_timestamp() FROM asleep WHERE n.reminder_id = asleep.id AND n.withdrawn_at IS NULL;
  ELSIF OLD.archived_at IS NOT NULL AND NEW.archived_at IS NULL THEN
    PERFORM reminders_wake(NEW.id);
  END IF;
  RETURN NULL;
END $$;

-- Let the sleeping reminders of a client wait for their time again. What came due meanwhile stands there as late.
CREATE OR REPLACE FUNCTION reminders_wake(whose bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE reminders_reminder SET state = 'open',
    stage = CASE WHEN due_at > clock_timestamp() - interval '1 day' AND fired_at IS NULL THEN 'due' ELSE '' END,
    fires_at = CASE WHEN due_at > clock_timestamp() - interval '1 day' AND fired_at IS NULL THEN due_at END,
    version = version + 1, updated_at = clock_timestamp()
  WHERE client_id = whose AND state = 'asleep'
$$;

DROP TRIGGER IF EXISTS reminders_keep_promise ON clients_client;
DROP TRIGGER IF EXISTS reminders_keep_promise_added ON clients_client;
DROP TRIGGER IF EXISTS reminders_follow_client ON clients_client;
CREATE TRIGGER reminders_keep_promise_added AFTER INSERT ON clients_client FOR EACH ROW
  WHEN (NEW.next_step_at IS NOT NULL) EXECUTE FUNCTION reminders_keep_promise();
CREATE TRIGGER reminders_keep_promise AFTER UPDATE OF next_step, next_step_at ON clients_client FOR EACH ROW
  EXECUTE FUNCTION reminders_keep_promise();
CREATE TRIGGER reminders_follow_client AFTER UPDATE OF manager_id, archived_at ON clients_client FOR EACH ROW
  WHEN (OLD.manager_id IS DISTINCT FROM NEW.manager_id OR (OLD.archived_at IS NULL) <> (NEW.archived_at IS NULL))
  EXECUTE FUNCTION reminders_follow_client();
