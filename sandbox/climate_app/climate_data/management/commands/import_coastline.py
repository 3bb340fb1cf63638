"""``import_coastline``: load the coast, and say which cities are coastal."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.management.base import BaseCommand

from climate_data.geometry import along, covers
from climate_data.models import City, CityBoundary, Coastline

# (longitude, latitude), roughly; the original gets it from a map server of NOAA
COAST = {
    1: [(-124.7, 48.4), (-124.1, 43.7), (-123.8, 39.3), (-122.5, 37.8), (-120.6, 34.5), (-118.4, 33.8), (-117.2, 32.6)],
    2: [(-97.2, 26.0), (-97.3, 27.7), (-94.8, 29.3), (-90.1, 29.3), (-88.0, 30.3), (-84.0, 30.1), (-82.7, 27.8)],
    3: [(-82.7, 27.8), (-81.1, 25.2), (-80.1, 25.8), (-81.4, 30.4), (-79.9, 32.7), (-76.0, 36.9), (-74.0, 40.6)],
    4: [(-74.0, 40.6), (-71.0, 42.3), (-70.2, 43.6), (-67.0, 44.8)],
    5: [(-158.1, 21.3), (-157.8, 21.3), (-157.7, 21.4)],
}
NEAR = 0.02  # degrees between the points that are looked at

logger = logging.getLogger("climate_data")


class Command(BaseCommand):
    """Flags as coastal the cities whose boundary meets the coast; one without a boundary never is. May be repeated."""

    help = "Imports the coast outline and flags coastal cities"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the coast and flag the cities."""
        logger.info("Running NOAA coastline import")
        points = []
        for objectid, line in COAST.items():
            geom = json.dumps({"type": "LineString", "coordinates": line})
            Coastline.objects.update_or_create(objectid=objectid, defaults={"geom": geom})
            points += along(line, NEAR)
        boundaries = [(each.city_id, json.loads(each.geom)) for each in CityBoundary.objects.all()]
        coastal = [city for city, geom in boundaries if any(covers(geom, point) for point in points)]
        count = City.objects.filter(pk__in=coastal).update(is_coastal=True)
        logger.info("Flagged %s of %s cities as coastal", count, City.objects.count())
