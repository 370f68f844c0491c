"""Figures that are kept hold own costs by category from now on: those without are summed up again when somebody looks."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scoring", "0004_credit_of_earlier_months")]

    operations = [migrations.RunSQL("UPDATE scoring_profitreport SET figures = '{}' WHERE figures <> '{}'", migrations.RunSQL.noop)]
