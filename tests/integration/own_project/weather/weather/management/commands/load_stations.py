"""``load_stations KEY``: read the stations from a GeoJSON file of the bucket."""

import json

import boto3
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.core.management.base import BaseCommand

from weather.models import Station


class Command(BaseCommand):
    """Stations that are there already are moved."""

    def add_arguments(self, parser):
        """Take the name of the file."""
        parser.add_argument("key")

    def handle(self, *args, key, **options):
        """Load them."""
        body = boto3.client("s3").get_object(Bucket=settings.BUCKET, Key=key)["Body"].read()
        for feature in json.loads(body)["features"]:
            location = GEOSGeometry(json.dumps(feature["geometry"]))
            name = feature["properties"]["name"]
            Station.objects.update_or_create(name=name, defaults={"location": location})
        print(Station.objects.count(), "stations")
