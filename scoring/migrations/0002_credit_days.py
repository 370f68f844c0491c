"""The driver "credit days", asked for all clients and for one."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scoring", "0001_initial"), ("sales", "0002_functions_and_views")]

    operations = [migrations.RunSQL((Path(__file__).parent.parent / "sql" / "functions.sql").read_text(), migrations.RunSQL.noop)]
