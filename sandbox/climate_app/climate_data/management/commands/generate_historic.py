"""``generate_historic``: 30-year averages of the imported past."""

from __future__ import annotations

import logging
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Avg, F, Max, Min, QuerySet

from climate_data.models import City, HistoricAverageClimateData

PERIOD_LENGTH = 30  # years
PERIOD_STEP = 10

logger = logging.getLogger("climate_data")


class Command(BaseCommand):
    """Averages ``historical`` temperatures over 30 years from each year that ends in 1, e.g. 1971-2000.

    It takes what was imported for the whole of it: years that are missing in between are missing in the average, and
    with too few years there are no periods and nothing is written. A city that has averages is never looked at again.
    """

    help = "Calculates historic averages from imported historical data"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the averages of each city that has none.

        Raises:
            CommandError: nothing historical was imported.
        """
        data, city = historical_data()
        years = data.aggregate(first=Min("data_source__year"), last=Max("data_source__year"))
        if years["first"] is None:
            raise CommandError("no historical data was imported")
        new_cities = City.objects.filter(historicaverageclimatedata=None)
        averages = [
            HistoricAverageClimateData(start_year=start, end_year=end, city_id=city_id, tas=tas)
            for start, end in periods(**years)
            for city_id, tas in data.filter(**{f"{city}__in": new_cities}, data_source__year__range=(start, end))
            .values(city)
            .annotate(mean=Avg("tas"))
            .order_by(city)
            .values_list(city, "mean")
        ]
        HistoricAverageClimateData.objects.bulk_create(averages)
        logger.info("%s historic averages saved", len(averages))


def historical_data() -> tuple[QuerySet[Any], str]:
    """Give what was imported of the past, and the field that is its city; of all data sets together."""
    past = {"data_source__scenario__name": "historical"}
    if not settings.HABITS.datasets:
        return apps.get_model("climate_data", "ClimateData").objects.filter(**past), "city"
    past["map_cell__city_set__dataset"] = F("data_source__dataset")
    return apps.get_model("climate_data", "ClimateDataYear").objects.filter(**past), "map_cell__city_set__city"


def periods(first: int, last: int) -> list[tuple[int, int]]:
    """Give the 30-year periods from a year ending in 1 that lie between two years, all years included."""
    start = first + (1 - first) % PERIOD_STEP
    return [(year, year + PERIOD_LENGTH - 1) for year in range(start, last - PERIOD_LENGTH + 2, PERIOD_STEP)]
