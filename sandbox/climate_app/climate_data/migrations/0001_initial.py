import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies: list[tuple[str, str]] = [
    ]

    operations = [
        migrations.CreateModel(
            name='ClimateModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('label', models.CharField(blank=True, max_length=128)),
                ('base_time', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Scenario',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=30, unique=True)),
                ('label', models.CharField(blank=True, max_length=128)),
                ('description', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='City',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('admin1', models.TextField()),
                ('population', models.BigIntegerField()),
                ('longitude', models.FloatField()),
                ('latitude', models.FloatField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'admin1'), name='unique_city')],
            },
        ),
        migrations.CreateModel(
            name='ClimateDataSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('import_completed', models.BooleanField(default=False)),
                ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.climatemodel')),
                ('scenario', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.scenario')),
            ],
        ),
        migrations.CreateModel(
            name='ClimateData',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tas', models.FloatField()),
                ('city', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.city')),
                ('data_source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.climatedatasource')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('city', 'data_source'), name='unique_climate_data')],
            },
        ),
        migrations.CreateModel(
            name='HistoricAverageClimateData',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start_year', models.PositiveSmallIntegerField()),
                ('end_year', models.PositiveSmallIntegerField()),
                ('tas', models.FloatField()),
                ('city', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.city')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('city', 'start_year', 'end_year'), name='unique_historic_average')],
            },
        ),
        migrations.AddConstraint(
            model_name='climatedatasource',
            constraint=models.UniqueConstraint(fields=('scenario', 'model', 'year'), name='unique_data_source'),
        ),
    ]
