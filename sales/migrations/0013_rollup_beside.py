"""A rebuild of the roll-ups makes new tables, which several processes can read for, in the place of emptying the old ones."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [("sales", "0012_rollup_without_keys")]

    operations = [
        migrations.RunSQL((SQL / "functions.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL("DROP FUNCTION IF EXISTS seraph_empty_rollup(), seraph_index_rollup()", migrations.RunSQL.noop),
    ]
