"""Stations somewhere on earth, and their temperatures."""

from django.contrib.gis.db import models


class Station(models.Model):
    """Where temperatures are kept for."""

    name = models.CharField(max_length=80, unique=True)
    location = models.PointField()


class Scenario(models.Model):
    """What is assumed; ``historical`` is the past."""

    name = models.CharField(max_length=40, unique=True)


class Model(models.Model):
    """What computed it."""

    name = models.CharField(max_length=40, unique=True)


class DataSource(models.Model):
    """A year of a model in a scenario: what a job imports."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE)
    model = models.ForeignKey(Model, on_delete=models.CASCADE)
    year = models.PositiveSmallIntegerField()
    imported = models.BooleanField(default=False)

    class Meta:
        unique_together = ("scenario", "model", "year")


class Temperature(models.Model):
    """The mean of a year at a station, in degrees Celsius."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE)
    source = models.ForeignKey(DataSource, on_delete=models.CASCADE)
    value = models.FloatField()


class Normal(models.Model):
    """The mean of a station's past, in degrees Celsius."""

    station = models.OneToOneField(Station, on_delete=models.CASCADE)
    value = models.FloatField()
