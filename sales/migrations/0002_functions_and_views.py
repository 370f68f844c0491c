"""What the triggers of the ledger call, the views that everything is summed up from, and the marks of touches."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial")]

    operations = [
        migrations.RunSQL((SQL / f"{name}.sql").read_text(), migrations.RunSQL.noop) for name in ("functions", "touches", "ledger_rows")
    ]
