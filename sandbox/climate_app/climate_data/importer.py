"""The import of one job: a NetCDF file of one year, the nearest grid cell's value for each city.

Nothing here opens a transaction. Rows are written in batches that stay when the process is killed between two of
them, and a connection that was lost stays lost: Django opens a new one only where ``atomic`` cleans up after it.
"""

from __future__ import annotations

import logging

import boto3
import netCDF4
import numpy as np
from cftime import num2date
from django.conf import settings
from django.db import connection

from climate_data.models import City, ClimateData, ClimateDataSource, ClimateModel, Scenario

KEY_FORMAT = "netcdf/{scenario}/{model}/{year}.nc"
BATCH_SIZE = 50

# The table's own names; a repeated import writes the same values again.
WRITE_BATCH = f"""
    INSERT INTO {ClimateData._meta.db_table} (data_source_id, city_id, tas)
    SELECT %s, batch.* FROM unnest(%s::bigint[], %s::float8[]) AS batch
    ON CONFLICT (city_id, data_source_id) DO UPDATE SET tas = excluded.tas
"""

logger = logging.getLogger("climate_data")
failure_logger = logging.getLogger("climate_data_import_failures")


class Importer:
    """Imports years of climate data; holds the S3 client from job to job."""

    def __init__(self) -> None:
        self._s3 = boto3.client("s3")

    def run(self, scenario_id: int, model_id: int, year: int) -> None:
        """Import one year of a model in a scenario and mark its data source as completed.

        Without cities nothing is imported, nothing is marked, and nothing is wrong.

        Raises:
            django.db.Error: the database cannot be asked.
            ObjectDoesNotExist: there is no such scenario or model.
            botocore.exceptions.ClientError: the NetCDF file is not in S3.
            ValueError: the file holds another year.
        """
        scenario = Scenario.objects.get(pk=scenario_id)
        model = ClimateModel.objects.get(pk=model_id)
        logger.info("Processing SQS message for model %s scenario %s year %s", model, scenario, year)
        try:
            source = ClimateDataSource.objects.get(scenario=scenario, model=model, year=year)
        except ClimateDataSource.DoesNotExist:
            source = ClimateDataSource.objects.create(scenario=scenario, model=model, year=year)
        cities = list(City.objects.order_by("pk"))
        if not cities:
            logger.warning("No cities need import for %s, quitting early", source)
            return
        try:
            self._write(source, cities, self._read(source, cities))
        except Exception:
            failed = f"Failed to process data for model {model} scenario {scenario} year {year}"
            logger.exception(failed)
            failure_logger.exception(failed)
            raise
        ClimateDataSource.objects.filter(pk=source.pk).update(import_completed=True)
        logger.info("Imported %s cities for %s", len(cities), source)

    def _read(self, source: ClimateDataSource, cities: list[City]) -> list[float]:
        """Download the source's NetCDF file and give the ``tas`` of each city, in kelvin."""
        key = KEY_FORMAT.format(scenario=source.scenario, model=source.model, year=source.year)
        logger.debug("Downloading file: s3://%s/%s", settings.DATA_BUCKET, key)
        content = self._s3.get_object(Bucket=settings.DATA_BUCKET, Key=key)["Body"].read()
        for variable in range(settings.LOGGED_VARIABLES):
            for city in cities:
                logger.debug("processing variable %s for city: %s", variable, city.name)
        with netCDF4.Dataset(key, memory=content) as dataset:
            time = dataset["time"]
            found = num2date(time[0], time.units, time.calendar).year
            if found != source.year:
                raise ValueError(f"{key} holds the year {found}")
            rows = nearest(dataset["latitude"][:], [city.latitude for city in cities])
            # the file counts degrees east from 0 to 360
            columns = nearest(dataset["longitude"][:], [city.longitude % 360 for city in cities])
            return dataset["air_temperature"][0][rows, columns].astype(float).tolist()

    def _write(self, source: ClimateDataSource, cities: list[City], values: list[float]) -> None:
        """Write a row a city, in batches of which each is there for good once written."""
        with connection.cursor() as cursor:
            for start in range(0, len(cities), BATCH_SIZE):
                batch = slice(start, start + BATCH_SIZE)
                cursor.execute(WRITE_BATCH, [source.pk, [city.pk for city in cities[batch]], values[batch]])


def nearest(axis: np.ndarray, points: list[float]) -> np.ndarray:
    """Give the index on the axis that lies nearest to each point, in degrees; outside the axis its end."""
    return np.abs(np.asarray(axis)[np.newaxis, :] - np.asarray(points)[:, np.newaxis]).argmin(axis=1)
