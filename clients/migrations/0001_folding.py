"""The functions behind search and sorting (clients/sql/folding.sql) and the extensions that they use."""

from pathlib import Path

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

FOLDING = (Path(__file__).parent.parent / "sql" / "folding.sql").read_text()


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(FOLDING, migrations.RunSQL.noop),
    ]
