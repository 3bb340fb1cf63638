"""``summary``: say what there is, and what of it is near Philadelphia."""

from django.contrib.gis.geos import Point
from django.contrib.gis.measure import D
from django.core.management.base import BaseCommand

from weather.models import Normal, Station, Temperature


class Command(BaseCommand):
    """Asks PostGIS for a distance."""

    def handle(self, *args, **options):
        """Print it."""
        near = Station.objects.filter(location__distance_lte=(Point(-75.16, 39.95, srid=4326), D(km=200)))
        print("temperatures:", Temperature.objects.count())
        print("normals:", Normal.objects.count())
        print("stations near Philadelphia:", ", ".join(near.order_by("name").values_list("name", flat=True)))
