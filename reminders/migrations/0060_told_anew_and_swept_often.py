"""Who gets a reminder back that was told of already hears of it again; and the tables of the engine are swept often."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import Q

SQL = Path(__file__).parent.parent / "sql"

# A fifth of a million rows, the default, is too much to leave behind: the engine looks at the low end of an index, where
# what it has fired lies dead. Room in each page keeps the marks of notices and deliveries out of the indexes (HOT).
SWEEP = """
ALTER TABLE reminders_reminder SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
  autovacuum_analyze_scale_factor = 0.02, fillfactor = 90);
ALTER TABLE reminders_delivery SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, fillfactor = 90);
ALTER TABLE reminders_notice SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, fillfactor = 90);
ALTER TABLE reminders_reminderpulse SET (autovacuum_vacuum_threshold = 200, fillfactor = 50);
"""
UNDO = """
ALTER TABLE reminders_reminder RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor, fillfactor);
ALTER TABLE reminders_delivery RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, fillfactor);
ALTER TABLE reminders_notice RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, fillfactor);
ALTER TABLE reminders_reminderpulse RESET (autovacuum_vacuum_threshold, fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0002_follow_client")]

    operations = [
        migrations.RunSQL((SQL / "follow_client.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(SWEEP, UNDO),
        migrations.AddIndex("reminder", models.Index("series", condition=Q(series__isnull=False), name="reminder_in_series")),
    ]
