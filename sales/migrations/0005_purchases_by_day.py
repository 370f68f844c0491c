"""An index for the list of purchases."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0011_likeness_beside_standing'),
        ('sales', '0004_weights_go_over'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('day'), models.F('id'), condition=models.Q(('kind', 'purchase')), name='purchase_by_day'),
        ),
    ]
