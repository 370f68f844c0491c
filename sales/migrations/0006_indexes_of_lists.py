"""The indexes of what the lists of the ledger sort and filter by."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0011_likeness_beside_standing'),
        ('sales', '0005_purchases_by_day'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='cost',
            index=models.Index(models.F('category'), models.F('day'), models.F('id'), name='cost_of_category'),
        ),
        migrations.AddIndex(
            model_name='cost',
            index=models.Index(models.F('home_amount'), models.F('id'), name='cost_by_amount'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('home_amount'), models.F('id'), name='document_by_amount'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('line_of_business'), models.F('day'), models.F('id'), condition=models.Q(('line_of_business__isnull', False)), name='document_of_line'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('day'), models.F('id'), condition=models.Q(('kind', 'purchase')), name='document_purchase_by_day'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('day'), models.F('id'), condition=models.Q(('amount__lt', 0)), name='document_return_by_day'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('home_open'), models.F('id'), condition=models.Q(('home_open', 0), _negated=True), name='document_open_by_amount'),
        ),
        migrations.AddIndex(
            model_name='ledgermark',
            index=models.Index(models.F('client'), models.F('month'), name='ledger_mark_of_client'),
        ),
    ]
