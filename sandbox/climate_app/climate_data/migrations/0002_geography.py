import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('climate_data', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Region',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level1', models.IntegerField()),
                ('level2', models.IntegerField()),
                ('level1_description', models.CharField(max_length=64)),
                ('level2_description', models.CharField(max_length=64)),
                ('geom', models.TextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('level1', 'level2'), name='unique_region')],
            },
        ),
        migrations.CreateModel(
            name='Coastline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('objectid', models.IntegerField(unique=True)),
                ('geom', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='CityBoundary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('geom', models.TextField()),
                ('source', models.CharField(max_length=64)),
                ('boundary_type', models.CharField(max_length=64)),
                ('city', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='boundary', to='climate_data.city')),
            ],
        ),
        migrations.AddField(
            model_name='city',
            name='is_coastal',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='city',
            name='region',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='climate_data.region'),
        ),
    ]
