"""Tables that an import filled are counted at its end."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [("clients", "0012_by_full_name")]

    operations = [migrations.RunSQL((SQL / "counting.sql").read_text(), migrations.RunSQL.noop)]
