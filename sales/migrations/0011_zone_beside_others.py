"""Whoever reads the ledger by its days may do so in two processes: the time zone of the company can be asked in each."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [("sales", "0010_rollup_without_indexes")]

    operations = [migrations.RunSQL((SQL / "touches.sql").read_text(), migrations.RunSQL.noop)]
