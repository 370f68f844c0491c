"""Reminders follow their client (sql/follow_client.sql), and each next step that stands on a client becomes one."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"

UNDO = """
DROP TRIGGER IF EXISTS reminders_keep_promise ON clients_client;
DROP TRIGGER IF EXISTS reminders_keep_promise_added ON clients_client;
DROP TRIGGER IF EXISTS reminders_follow_client ON clients_client;
DROP FUNCTION IF EXISTS reminders_keep_promise, reminders_follow_client, reminders_wake;
"""

# No row of a client is rewritten: what the trigger would do, in one statement.
PROMISES = """
INSERT INTO reminders_reminderkind (key, name, icon, is_contact, has_length, position, retired)
VALUES ('call_back', '', 'phone', TRUE, FALSE, 10, FALSE) ON CONFLICT (key) DO NOTHING;
INSERT INTO reminders_reminder (uid, client_id, kind_id, subject, note, owner_id, follows_manager, on_day, at_time, time_zone, due_at, repeats, place,
  invites, state, occurrence, stage, fires_at, problem, is_promise, rule_key, closed_because, version, created_at, updated_at)
SELECT gen_random_uuid(), c.id, k.id, c.next_step, '', c.manager_id, TRUE, (c.next_step_at AT TIME ZONE z.zone)::date,
  (c.next_step_at AT TIME ZONE z.zone)::time, z.zone, c.next_step_at, '', '', FALSE,
  CASE WHEN c.archived_at IS NULL THEN 'open' ELSE 'asleep' END, 1,
  CASE WHEN c.next_step_at > now() - interval '1 day' THEN 'due' ELSE '' END,
  CASE WHEN c.archived_at IS NULL AND c.next_step_at > now() - interval '1 day' THEN c.next_step_at END, '', TRUE, '', '', 1, now(), now()
FROM clients_client c
CROSS JOIN (SELECT id FROM reminders_reminderkind WHERE key = 'call_back') k
CROSS JOIN LATERAL (SELECT COALESCE((SELECT u.time_zone FROM accounts_user u WHERE u.id = c.manager_id),
  (SELECT co.time_zone FROM accounts_company co), 'UTC') AS zone) z
WHERE c.next_step_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial"), ("clients", "0011_likeness_beside_standing"), ("accounts", "0003_team_head")]

    operations = [
        migrations.RunSQL((SQL / "follow_client.sql").read_text(), UNDO),
        migrations.RunSQL(PROMISES, migrations.RunSQL.noop),
    ]
