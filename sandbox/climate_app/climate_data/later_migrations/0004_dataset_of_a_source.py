import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('climate_data', '0003_load'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='climatedatasource', name='unique_data_source'),
        # what was imported before is of the first data set
        migrations.AddField(
            model_name='climatedatasource',
            name='dataset',
            field=models.ForeignKey(default=1, on_delete=django.db.models.deletion.CASCADE, to='climate_data.climatedataset'),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='climatedatasource',
            constraint=models.UniqueConstraint(fields=('dataset', 'scenario', 'model', 'year'), name='unique_data_source'),
        ),
    ] if settings.HABITS.datasets else []
