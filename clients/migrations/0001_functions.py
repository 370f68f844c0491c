"""The functions behind search and sorting, the importer's comparisons and custom fields (clients/sql/), and their extensions.

Before the tables: generated columns and indexes stand on them.
"""

from pathlib import Path

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        *(migrations.RunSQL((SQL / f"{name}.sql").read_text(), migrations.RunSQL.noop) for name in ("folding", "imports", "custom_fields")),
    ]
