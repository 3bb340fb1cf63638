"""The tables of the Climate API that its management commands fill."""

from __future__ import annotations

from django.conf import settings
from django.db import models

DATASET = ["dataset"] if settings.HABITS.datasets else []


class Region(models.Model):
    """An ecoregion of level 2; ``geom`` is a GeoJSON geometry."""

    level1 = models.IntegerField()
    level2 = models.IntegerField()
    level1_description = models.CharField(max_length=64)
    level2_description = models.CharField(max_length=64)
    geom = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level1", "level2"], name="unique_region")]


class City(models.Model):
    """A place temperatures are kept for; longitude and latitude in degrees east and north."""

    name = models.TextField()
    admin1 = models.TextField()
    population = models.BigIntegerField()
    longitude = models.FloatField()
    latitude = models.FloatField()
    is_coastal = models.BooleanField(default=False)
    region = models.ForeignKey(Region, on_delete=models.SET_NULL, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "admin1"], name="unique_city")]

    def __str__(self) -> str:
        return f"{self.name}, {self.admin1}"


class CityBoundary(models.Model):
    """The outline of a city, a GeoJSON geometry; not every city has one."""

    city = models.OneToOneField(City, on_delete=models.CASCADE, related_name="boundary")
    geom = models.TextField()
    source = models.CharField(max_length=64)
    boundary_type = models.CharField(max_length=64)


class Coastline(models.Model):
    """A piece of the coast, a GeoJSON geometry."""

    objectid = models.IntegerField(unique=True)
    geom = models.TextField()


class Scenario(models.Model):
    """An emissions scenario, e.g. ``RCP85``; ``historical`` is the past."""

    name = models.CharField(max_length=30, unique=True)
    label = models.CharField(max_length=128, blank=True)
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class ClimateModel(models.Model):
    """A global climate model, e.g. ``HadCM3``; ``base_time`` is the day its run begins."""

    name = models.CharField(max_length=40, unique=True)
    label = models.CharField(max_length=128, blank=True)
    base_time = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name


if settings.HABITS.datasets:

    class ClimateDataset(models.Model):
        """Where projections are from, e.g. ``NEX-GDDP``, and the models it has."""

        name = models.CharField(max_length=48, unique=True)
        label = models.CharField(max_length=128, blank=True)
        models = models.ManyToManyField(ClimateModel, related_name="datasets")

        def __str__(self) -> str:
            return self.name


class ClimateDataSource(models.Model):
    """One year of one model in one scenario, and in one data set where there are any: what a job imports."""

    if settings.HABITS.datasets:
        dataset = models.ForeignKey(ClimateDataset, on_delete=models.CASCADE)
    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE)
    model = models.ForeignKey(ClimateModel, on_delete=models.CASCADE)
    year = models.PositiveSmallIntegerField()
    import_completed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=[*DATASET, "scenario", "model", "year"], name="unique_data_source")
        ]

    def __str__(self) -> str:
        return f"{self.scenario} {self.model} {self.year}"


if settings.HABITS.datasets:

    class ClimateDataCell(models.Model):
        """A cell of a data set's grid, of which a place takes the values; in degrees north and east."""

        lat = models.DecimalField(max_digits=9, decimal_places=6)
        lon = models.DecimalField(max_digits=9, decimal_places=6)

        class Meta:
            constraints = [models.UniqueConstraint(fields=["lat", "lon"], name="unique_cell")]

        def __str__(self) -> str:
            return f"{self.lat}, {self.lon}"

    class ClimateDataCityCell(models.Model):
        """The cell that a city takes its values from in a data set."""

        city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="map_cell_set")
        map_cell = models.ForeignKey(ClimateDataCell, on_delete=models.CASCADE, related_name="city_set")
        dataset = models.ForeignKey(ClimateDataset, on_delete=models.CASCADE)

        class Meta:
            constraints = [models.UniqueConstraint(fields=["city", "dataset"], name="unique_city_cell")]

    class ClimateDataYear(models.Model):
        """The annual mean near-surface air temperature of a cell, in kelvin."""

        map_cell = models.ForeignKey(ClimateDataCell, on_delete=models.CASCADE)
        data_source = models.ForeignKey(ClimateDataSource, on_delete=models.CASCADE)
        tas = models.FloatField()

        class Meta:
            constraints = [models.UniqueConstraint(fields=["map_cell", "data_source"], name="unique_cell_year")]

else:

    class ClimateData(models.Model):
        """The annual mean near-surface air temperature of a city, in kelvin."""

        city = models.ForeignKey(City, on_delete=models.CASCADE)
        data_source = models.ForeignKey(ClimateDataSource, on_delete=models.CASCADE)
        tas = models.FloatField()

        class Meta:
            constraints = [models.UniqueConstraint(fields=["city", "data_source"], name="unique_climate_data")]


class HistoricAverageClimateData(models.Model):
    """The mean of a city's historical ``tas`` over a period, both years included, in kelvin."""

    city = models.ForeignKey(City, on_delete=models.CASCADE)
    start_year = models.PositiveSmallIntegerField()
    end_year = models.PositiveSmallIntegerField()
    tas = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "start_year", "end_year"], name="unique_historic_average")
        ]
