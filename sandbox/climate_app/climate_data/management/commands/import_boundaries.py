"""``import_boundaries``: give the cities boundaries."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from climate_data.geometry import square
from climate_data.models import City, CityBoundary

HALF = 0.15  # degrees: half of a boundary's side
UNKNOWN = "AK"  # a state for whose cities there are no boundaries

logger = logging.getLogger("climate_data")


class Command(BaseCommand):
    """Makes a square for each city without a boundary, where the original asks the US Census.

    A city that has none there is logged and left without one, exit 0; so it is tried again each time.
    """

    help = "Imports geographic boundaries for cities in the database"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which cities; the original waits half a second after each."""
        parser.add_argument("--overwrite", action="store_true", help="those of cities that have one, too")
        parser.add_argument("--limit", type=int, help="number of cities")
        parser.add_argument("--offset", type=int, default=0, help="number of cities left out before them")
        parser.add_argument("--interval", type=float, default=0.0, help="seconds to wait after each")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the boundaries.

        Raises:
            CommandError: there are no cities.
        """
        if not City.objects.exists():
            raise CommandError("No cities found. Must first run the `import_cities` command.")
        cities = City.objects.order_by("pk")
        if not options["overwrite"]:
            cities = cities.filter(boundary=None)
        end = None if options["limit"] is None else options["offset"] + options["limit"]
        chosen = list(cities[options["offset"] : end])
        found = [city for city in chosen if city.admin1 != UNKNOWN]
        for city in set(chosen) - set(found):
            logger.warning("No boundary found for %s", city)
        for city in found:
            geom = json.dumps(square(city.longitude, city.latitude, HALF))
            defaults = {"geom": geom, "source": "US Census API", "boundary_type": "incorporated place"}
            CityBoundary.objects.update_or_create(city=city, defaults=defaults)
            time.sleep(options["interval"])
        logger.info("%s of %s city boundaries imported successfully", len(found), len(chosen))
