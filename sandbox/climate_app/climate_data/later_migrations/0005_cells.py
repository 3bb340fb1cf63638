import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# what was imported before is of the first data set, and each city's in a cell of its own
MOVE = [
    """
    INSERT INTO climate_data_climatedatacell (lat, lon)
    SELECT DISTINCT round(latitude::numeric, 6), round(longitude::numeric, 6) FROM climate_data_city
    WHERE id IN (SELECT city_id FROM climate_data_climatedata)
    """,
    """
    INSERT INTO climate_data_climatedatacitycell (city_id, map_cell_id, dataset_id)
    SELECT city.id, cell.id, 1 FROM climate_data_city city JOIN climate_data_climatedatacell cell
    ON lat = round(latitude::numeric, 6) AND lon = round(longitude::numeric, 6)
    """,
    """
    INSERT INTO climate_data_climatedatayear (map_cell_id, data_source_id, tas)
    SELECT map_cell_id, data_source_id, min(tas) FROM climate_data_climatedata data
    JOIN climate_data_climatedatacitycell cell ON cell.city_id = data.city_id GROUP BY 1, 2
    """,
]


class Migration(migrations.Migration):

    dependencies = [
        ('climate_data', '0004_dataset_of_a_source'),
        ('climate_data', '0002_geography'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClimateDataCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lat', models.DecimalField(decimal_places=6, max_digits=9)),
                ('lon', models.DecimalField(decimal_places=6, max_digits=9)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('lat', 'lon'), name='unique_cell')],
            },
        ),
        migrations.CreateModel(
            name='ClimateDataCityCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('city', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='map_cell_set', to='climate_data.city')),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.climatedataset')),
                ('map_cell', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='city_set', to='climate_data.climatedatacell')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('city', 'dataset'), name='unique_city_cell')],
            },
        ),
        migrations.CreateModel(
            name='ClimateDataYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tas', models.FloatField()),
                ('data_source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.climatedatasource')),
                ('map_cell', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='climate_data.climatedatacell')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('map_cell', 'data_source'), name='unique_cell_year')],
            },
        ),
        *map(migrations.RunSQL, MOVE),
        migrations.DeleteModel(name='ClimateData'),
    ] if settings.HABITS.datasets else []
