"""The indexes by which a document finds what became of its lines and payments."""

from django.db import migrations

TABLES = ("sales_documentlineevent", "sales_paymentevent")


class Migration(migrations.Migration):
    dependencies = [("sales", "0006_indexes_of_lists")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX IF NOT EXISTS {table}_document ON {table} (document_id)", f"DROP INDEX IF EXISTS {table}_document"
        )
        for table in TABLES
    ]
