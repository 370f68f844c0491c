"""Reminders follow their client (sql/follow_client.sql), go with it (sql/ties.sql), and each next step that stands on a client becomes one."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"

UNDO = """
DROP TRIGGER IF EXISTS reminders_keep_promise ON clients_client;
DROP TRIGGER IF EXISTS reminders_keep_promise_added ON clients_client;
DROP TRIGGER IF EXISTS reminders_follow_client ON clients_client;
DROP TRIGGER IF EXISTS reminders_go_with_client ON clients_client;
DROP FUNCTION IF EXISTS reminders_keep_promise, reminders_follow_client, reminders_wake, reminders_go_with_client, seraph_forget_reminder_acts;
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


# A fifth of a million rows, the default, is too much to leave behind: the engine looks at the low end of an index, where
# what it has fired lies dead. Room in each page keeps the marks of notices and deliveries out of the indexes (HOT).
SWEEP = """
ALTER TABLE reminders_reminder SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
  autovacuum_analyze_scale_factor = 0.02, fillfactor = 90);
ALTER TABLE reminders_delivery SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, fillfactor = 90);
ALTER TABLE reminders_notice SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, fillfactor = 90);
ALTER TABLE reminders_reminderpulse SET (autovacuum_vacuum_threshold = 200, fillfactor = 50);
"""
UNDO_SWEEP = """
ALTER TABLE reminders_reminder RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor, fillfactor);
ALTER TABLE reminders_delivery RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, fillfactor);
ALTER TABLE reminders_notice RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, fillfactor);
ALTER TABLE reminders_reminderpulse RESET (autovacuum_vacuum_threshold, fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial"), ("clients", "0011_likeness_beside_standing"), ("accounts", "0003_team_head_and_mail_parts")]

    operations = [
        migrations.RunSQL((SQL / "follow_client.sql").read_text() + (SQL / "ties.sql").read_text(), UNDO),
        migrations.RunSQL(SWEEP, UNDO_SWEEP),
        migrations.RunSQL(PROMISES, migrations.RunSQL.noop),
    ]
