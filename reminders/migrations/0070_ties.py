"""Reminders go with their client (sql/ties.sql), and find their promise again after a merge (sql/follow_client.sql)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"

UNDO = """
DROP TRIGGER IF EXISTS reminders_go_with_client ON clients_client;
DROP FUNCTION IF EXISTS reminders_go_with_client, seraph_forget_reminder_acts;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0002_follow_client")]

    operations = [
        migrations.RunSQL((SQL / "follow_client.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "ties.sql").read_text(), UNDO),
    ]
