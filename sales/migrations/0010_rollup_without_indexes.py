"""A rebuild of the roll-up writes into bare tables and makes their indexes once all rows are there; the
time zone of touches is read once, not for each of them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [("sales", "0009_settled_under_lock")]

    operations = [
        migrations.RunSQL((SQL / "functions.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "ledger_rows.sql").read_text(), migrations.RunSQL.noop),
    ]
