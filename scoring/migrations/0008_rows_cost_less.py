"""Writing the rows of a report was mostly writing its indexes and looking up their report for each: both go."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("scoring", "0007_new_and_repeat")]

    operations: ClassVar = [
        migrations.RemoveIndex("profitrow", "profit_row_by_profit"),
        migrations.RemoveIndex("profitrow", "profit_row_by_revenue"),
        migrations.AlterField(
            "profitrow",
            "report",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="scoring.profitreport",
            ),
        ),
    ]
