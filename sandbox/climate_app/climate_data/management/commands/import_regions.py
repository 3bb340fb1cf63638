"""``import_regions [--bucket BUCKET --key KEY]``: load ecoregions, and say which one each city lies in."""

from __future__ import annotations

import json
import logging
from typing import Any

import boto3
from django.core.management.base import BaseCommand, CommandParser

from climate_data.geometry import covers
from climate_data.models import City, Region

logger = logging.getLogger("climate_data")


class Command(BaseCommand):
    """Loads regions of level 2 from GeoJSON where bucket and key are given, and finds each city's.

    A city that lies in none is logged as an error and keeps what it had, exit 0. May be repeated.
    """

    help = "Imports an ecoregions.geojson file from S3; without bucket and key only associates cities with regions"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the object's place in S3."""
        parser.add_argument("--bucket")
        parser.add_argument("--key")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the regions and associate the cities.

        Raises:
            botocore.exceptions.ClientError: there is no such bucket or object.
            KeyError: a feature has no code or name.
        """
        if options["bucket"] and options["key"]:
            print("Pulling geojson from s3 bucket...")
            body = boto3.client("s3").get_object(Bucket=options["bucket"], Key=options["key"])["Body"]
            for feature in json.load(body)["features"]:
                load(feature)
        regions = [(region, json.loads(region.geom)) for region in Region.objects.all()]
        for city in City.objects.order_by("pk"):
            where = [region for region, geom in regions if covers(geom, (city.longitude, city.latitude))]
            if len(where) != 1:
                logger.error("Can't assign region to city %s", city)
                continue
            City.objects.filter(pk=city.pk).update(region=where[0])
            logger.info("Assigning %s to %s.%s", city, where[0].level1, where[0].level2)


def load(feature: dict[str, Any]) -> None:
    """Load a region, in place of one of the same code."""
    properties = feature["properties"]
    level1, level2 = map(int, properties["NA_L2CODE"].split("."))
    defaults = {
        "level1_description": properties["NA_L1NAME"],
        "level2_description": properties["NA_L2NAME"],
        "geom": json.dumps(feature["geometry"]),
    }
    Region.objects.update_or_create(level1=level1, level2=level2, defaults=defaults)
    print(f"Loaded {properties['NA_L1NAME']}, {properties['NA_L2NAME']}")
