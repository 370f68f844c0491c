"""Writing the rows of a report was mostly writing its indexes: two that the others stand in for go."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('scoring', '0005_own_costs_by_category'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='profitrow',
            name='profit_row_by_verdict',
        ),
        migrations.RemoveIndex(
            model_name='profitrow',
            name='profit_row_of_client',
        ),
    ]
