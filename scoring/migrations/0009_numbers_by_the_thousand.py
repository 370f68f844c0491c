"""Rows of reports come by the million: a thousand of their numbers are taken at once."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("scoring", "0008_rows_cost_less")]

    operations: ClassVar = [
        migrations.RunSQL(
            "ALTER TABLE scoring_profitrow ALTER id SET CACHE 1000",
            "ALTER TABLE scoring_profitrow ALTER id SET CACHE 1",
        ),
    ]
