"""The import of one job: a NetCDF file of one year, the nearest grid cell's value for each place.

Nothing here opens a transaction. Rows are written in batches that stay when the process is killed between two of
them, and a connection that was lost stays lost: Django opens a new one only where ``atomic`` cleans up after it.
"""

from __future__ import annotations

import logging
import time
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

from climate_data import places, rows
from climate_data.models import City, ClimateDataSource, ClimateModel, Scenario
from climate_data.places import Place
from climate_data.rows import Value

VARIABLES = ("tasmax", "tasmin", "pr")  # what a file of the original holds

logger = logging.getLogger("climate_data")
failure_logger = logging.getLogger("climate_data_import_failures")


class Importer:
    """Imports years of climate data; holds the S3 client from job to job."""

    def __init__(self) -> None:
        self._s3 = boto3.client("s3")

    def run(self, job: dict[str, Any], tries: int) -> None:
        """Import one year of a model in a scenario and mark its data source as completed.

        Without places nothing is imported, nothing is marked, and nothing is wrong. A source that was completed stays
        so until then, whatever becomes of the job.

        Args:
            job: the message.
            tries: how often it was received, this time included.

        Raises:
            django.db.Error: the database cannot be asked.
            ObjectDoesNotExist: there is no such data set, scenario or model.
            botocore.exceptions.ClientError: the NetCDF file is not in S3.
            OSError: it is damaged, or the places cannot be got from their URL.
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
            wanted = self._places(source, job)
            if not wanted:
                logger.warning("No cities need import for %s, quitting early", source)
                return
            content = self._download(source)
            time.sleep(settings.JOB_SECONDS)
        with marked(names):
            if tries <= settings.FAILING_TRIES.get(f"{source.scenario}/{source.model}/{source.year}", 0):
                open_damaged(content)
            rows.write(source, read(source, wanted, content), job.get("update_existing", False))
            ClimateDataSource.objects.filter(pk=source.pk).update(import_completed=True)
        logger.info("Imported %s cities for %s", len(wanted), source)

    def _source(self, what: dict[str, Any]) -> ClimateDataSource:
        try:
            return ClimateDataSource.objects.get(**what)
        except ClimateDataSource.DoesNotExist:
            return ClimateDataSource.objects.create(**what)

    def _places(self, source: ClimateDataSource, job: dict[str, Any]) -> list[Place]:
        """Give the cities without data of the source, or what the job's URL names."""
        if url := job.get("import_boundary_url"):
            return places.of_area(url)
        if url := job.get("import_geojson_url"):
            return places.of_points(url)
        cities = City.objects.order_by("pk")
        if settings.HABITS.new_cities_only and not job.get("update_existing", False):
            data = "map_cell_set__map_cell__climatedatayear" if settings.HABITS.datasets else "climatedata"
            cities = cities.exclude(**{f"{data}__data_source": source})
        return places.of_cities(list(cities))

    def _download(self, source: ClimateDataSource) -> bytes:
        logger.debug("Downloading file: s3://%s/%s", settings.DATA_BUCKET, key(source))
        return bytes(self._s3.get_object(Bucket=settings.DATA_BUCKET, Key=key(source))["Body"].read())


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


def read(source: ClimateDataSource, wanted: list[Place], content: bytes) -> list[Value]:
    """Give the value of each place from the source's NetCDF file."""
    for variable in islice(cycle(VARIABLES), settings.LOGGED_VARIABLES):
        for place in wanted:
            logger.debug("processing variable %s for city: %s", variable, place.name)
    with netCDF4.Dataset(key(source), memory=content) as dataset:
        time = dataset["time"]
        found = num2date(time[0], time.units, time.calendar).year
        if found != int(source.year):
            raise ValueError(f"{key(source)} holds the year {found}")
        latitudes, longitudes = dataset["latitude"][:], dataset["longitude"][:]
        north = nearest(latitudes, [place.latitude for place in wanted])
        # the file counts degrees east from 0 to 360
        east = nearest(longitudes, [place.longitude % 360 for place in wanted])
        values = dataset["air_temperature"][0][north, east]
        cells = zip(wanted, latitudes[north], longitudes[east], values, strict=True)
        return [Value(place, *map(float, cell)) for place, *cell in cells]


def nearest(axis: np.ndarray, points: list[float]) -> np.ndarray:
    """Give the index on the axis that lies nearest to each point, in degrees; outside the axis its end."""
    return np.abs(np.asarray(axis)[np.newaxis, :] - np.asarray(points)[:, np.newaxis]).argmin(axis=1)
