"""The company's profit is kept with each part of a period: a longer one adds up those of its parts. Reports of before know none,
and are worked out anew."""

from decimal import Decimal
from typing import ClassVar

from django.db import migrations

import sales.models.money


class Migration(migrations.Migration):
    dependencies: ClassVar = [("scoring", "0009_numbers_by_the_thousand")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="profitreport",
            name="company_profit",
            field=sales.models.money.MoneyField(decimal_places=2, default=Decimal(0), max_digits=16),
        ),
        migrations.RunSQL("UPDATE scoring_profitreport SET settings_revision = 0", migrations.RunSQL.noop),
    ]
