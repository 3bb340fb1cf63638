"""The tables, and the extension they need."""

import django.contrib.gis.db.models.fields
import django.db.models.deletion
from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    operations = [
        CreateExtension("postgis"),
        migrations.CreateModel(
            name="Model",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Scenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Station",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True)),
                ("location", django.contrib.gis.db.models.fields.PointField(srid=4326)),
            ],
        ),
        migrations.CreateModel(
            name="DataSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("imported", models.BooleanField(default=False)),
                ("model", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="weather.model")),
                ("scenario", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="weather.scenario")),
            ],
            options={
                "unique_together": {("scenario", "model", "year")},
            },
        ),
        migrations.CreateModel(
            name="Normal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.FloatField()),
                ("station", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="weather.station")),
            ],
        ),
        migrations.CreateModel(
            name="Temperature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("value", models.FloatField()),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="weather.datasource")),
                ("station", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="weather.station")),
            ],
        ),
    ]
