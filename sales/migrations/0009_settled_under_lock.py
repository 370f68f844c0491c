"""Totals are summed up under a lock and keep their sign; an index that was there twice goes, payments get one by day."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql"

# What counts as settled only because its sign was lost: paid back where something was to come in, or the other way round.
SETTLE = """
SELECT seraph_settle(ARRAY(
  SELECT id FROM sales_document WHERE settled_on IS NOT NULL AND sign(amount) * (amount + credited - paid) > 0
));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0008_weights_go_over_as_rows'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='document',
            name='document_purchase_by_day',
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(models.F('day'), name='payment_by_day'),
        ),
        migrations.RunSQL((SQL / "functions.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
    ]
