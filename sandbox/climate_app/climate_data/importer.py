"""The import of one job: a NetCDF file of one year, the nearest grid cell's value for each city.

Nothing here opens a transaction. Rows are written in batches that stay when the process is killed between two of
them, and a connection that was lost stays lost: Django opens a new one only where ``atomic`` cleans up after it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import cycle, islice
from tempfile import NamedTemporaryFile
from typing import Any

import boto3
import netCDF4
import numpy as np
from cftime import num2date
from django.apps import apps
from django.conf import settings
from django.db import connection

from climate_data.models import City, ClimateData, ClimateDataSource, ClimateModel, Scenario

BATCH_SIZE = 50
VARIABLES = ("tasmax", "tasmin", "pr")  # what a file of the original holds

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

    def run(self, job: dict[str, Any], tries: int) -> None:
        """Import one year of a model in a scenario and mark its data source as completed.

        Without cities nothing is imported, nothing is marked, and nothing is wrong.

        Args:
            job: the message.
            tries: how often it was received, this time included.

        Raises:
            django.db.Error: the database cannot be asked.
            ObjectDoesNotExist: there is no such data set, scenario or model.
            botocore.exceptions.ClientError: the NetCDF file is not in S3.
            OSError: it is damaged.
            ValueError: the file holds another year, or the job none.
        """
        what: dict[str, Any] = {}
        models = ClimateModel.objects
        if settings.HABITS.datasets:
            what["dataset"] = apps.get_model("climate_data", "ClimateDataset").objects.get(name=job["dataset"])
            models = what["dataset"].models
        what["model"] = models.get(pk=job["model_id"])
        what["scenario"] = Scenario.objects.get(pk=job["scenario_id"])
        what["year"] = job["year"]
        names = " ".join(f"{name} {value}" for name, value in what.items())
        logger.info("Processing SQS message for model %s scenario %s year %s", *list(what.values())[-3:])
        with nullcontext() if settings.HABITS.unmarked_downloads else marked(names):
            source = self._source(what)
            cities = self._cities(source, update_existing=job.get("update_existing", False))
            if not cities:
                logger.warning("No cities need import for %s, quitting early", source)
                return
            content = self._download(source)
        with marked(names):
            if tries <= settings.FAILING_TRIES.get(f"{source.scenario}/{source.model}/{source.year}", 0):
                open_damaged(content)
            self._write(source, cities, read(source, cities, content))
            ClimateDataSource.objects.filter(pk=source.pk).update(import_completed=True)
        logger.info("Imported %s cities for %s", len(cities), source)

    def _source(self, what: dict[str, Any]) -> ClimateDataSource:
        try:
            return ClimateDataSource.objects.get(**what)
        except ClimateDataSource.DoesNotExist:
            return ClimateDataSource.objects.create(**what)

    def _cities(self, source: ClimateDataSource, update_existing: bool) -> list[City]:
        cities = City.objects.order_by("pk")
        if settings.HABITS.new_cities_only and not update_existing:
            cities = cities.exclude(climatedata__data_source=source)
        return list(cities)

    def _download(self, source: ClimateDataSource) -> bytes:
        logger.debug("Downloading file: s3://%s/%s", settings.DATA_BUCKET, key(source))
        return bytes(self._s3.get_object(Bucket=settings.DATA_BUCKET, Key=key(source))["Body"].read())

    def _write(self, source: ClimateDataSource, cities: list[City], values: list[float]) -> None:
        """Write a row a city, in batches of which each is there for good once written."""
        with connection.cursor() as cursor:
            for start in range(0, len(cities), BATCH_SIZE):
                batch = slice(start, start + BATCH_SIZE)
                cursor.execute(WRITE_BATCH, [source.pk, [city.pk for city in cities[batch]], values[batch]])


def key(source: ClimateDataSource) -> str:
    """Name the source's file in S3."""
    return f"netcdf/{source.scenario}/{source.model}/{source.year}.nc"


@contextmanager
def marked(names: str) -> Iterator[None]:
    """Log what fails in here with its traceback, twice: as it is, and marked.

    Args:
        names: of the job.
    """
    try:
        yield
    except Exception:
        failed = f"Failed to process data for {names}"
        logger.exception(failed)
        failure_logger.exception(failed)
        raise


def open_damaged(content: bytes) -> None:
    """Read the beginning of a NetCDF file, from a file whose name is another each time.

    Raises:
        OSError: NetCDF cannot read it.
    """
    with NamedTemporaryFile() as file:
        file.write(content[:8])
        file.flush()
        netCDF4.Dataset(file.name).close()


def read(source: ClimateDataSource, cities: list[City], content: bytes) -> list[float]:
    """Give the ``tas`` of each city from the source's NetCDF file, in kelvin."""
    for variable in islice(cycle(VARIABLES), settings.LOGGED_VARIABLES):
        for city in cities:
            logger.debug("processing variable %s for city: %s", variable, city.name)
    with netCDF4.Dataset(key(source), memory=content) as dataset:
        time = dataset["time"]
        found = num2date(time[0], time.units, time.calendar).year
        if found != int(source.year):
            raise ValueError(f"{key(source)} holds the year {found}")
        rows = nearest(dataset["latitude"][:], [city.latitude for city in cities])
        # the file counts degrees east from 0 to 360
        columns = nearest(dataset["longitude"][:], [city.longitude % 360 for city in cities])
        return dataset["air_temperature"][0][rows, columns].astype(float).tolist()


def nearest(axis: np.ndarray, points: list[float]) -> np.ndarray:
    """Give the index on the axis that lies nearest to each point, in degrees; outside the axis its end."""
    return np.abs(np.asarray(axis)[np.newaxis, :] - np.asarray(points)[:, np.newaxis]).argmin(axis=1)
