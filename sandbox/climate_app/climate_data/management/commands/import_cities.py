"""``import_cities BUCKET KEY``: load cities from GeoJSON points in S3."""

from __future__ import annotations

import json
import logging
from typing import Any

import boto3
from django.core.management.base import BaseCommand, CommandParser

from climate_data.models import City

logger = logging.getLogger("climate_data")


class Command(BaseCommand):
    """Adds the cities of a GeoJSON file, or updates those of the same name and admin1; may be repeated.

    Features that are not a point with ``name``, ``admin1`` and ``population`` are logged and left out, exit 0.
    """

    help = "Imports a GeoJSON file of cities from S3 into the database"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the object's place in S3."""
        parser.add_argument("bucket")
        parser.add_argument("key")

    def handle(self, *args: Any, bucket: str, key: str, **options: Any) -> None:
        """Import the cities.

        Raises:
            botocore.exceptions.ClientError: there is no such bucket or object.
        """
        features = json.load(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"])["features"]
        cities = {}
        for feature in features:
            try:
                city = read_city(feature)
            except (KeyError, TypeError, ValueError):
                logger.error("Bad item: %s", feature)
            else:
                cities[city.name, city.admin1] = city
        City.objects.bulk_create(
            cities.values(),
            update_conflicts=True,
            unique_fields=["name", "admin1"],
            update_fields=["population", "longitude", "latitude"],
        )
        logger.info("%s saved successfully", len(cities))
        logger.info("%s skipped due to error", len(features) - len(cities))


def read_city(feature: dict[str, Any]) -> City:
    """Read one GeoJSON feature.

    Raises:
        KeyError, TypeError, ValueError: it is not a point on Earth with the properties of a city.
    """
    properties, geometry = feature["properties"], feature["geometry"]
    longitude, latitude = geometry["coordinates"]
    if geometry["type"] != "Point" or not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ValueError("not a point on Earth")
    name, admin1 = properties["name"], properties["admin1"]
    if not (isinstance(name, str) and isinstance(admin1, str)):
        raise TypeError("not a name")
    return City(
        name=name, admin1=admin1, population=int(properties["population"]), longitude=longitude, latitude=latitude
    )
