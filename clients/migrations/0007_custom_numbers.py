"""Numbers of custom fields, read so that one odd value breaks no filter (clients/sql/custom_fields.sql)."""

from pathlib import Path

from django.db import migrations

FUNCTIONS = (Path(__file__).parent.parent / "sql" / "custom_fields.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("clients", "0006_imports")]

    operations = [migrations.RunSQL(FUNCTIONS, "DROP FUNCTION IF EXISTS seraph_number(jsonb)")]
