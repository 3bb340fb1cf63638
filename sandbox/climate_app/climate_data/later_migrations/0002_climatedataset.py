from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('climate_data', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClimateDataset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=48, unique=True)),
                ('label', models.CharField(blank=True, max_length=128)),
                ('models', models.ManyToManyField(related_name='datasets', to='climate_data.climatemodel')),
            ],
        ),
    ] if settings.HABITS.datasets else []
