"""``create_jobs [DATASET] SCENARIO MODELS YEARS``: queue one job a model and year."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import URLValidator

from climate_data.models import ClimateModel, Scenario
from climate_data.queue import JobQueue

HISTORICAL_YEARS = range(1950, 2006)
FUTURE_YEARS = range(2006, 2100)

logger = logging.getLogger("climate_data")


class Command(BaseCommand):
    """Queues ``{"scenario_id": 1, "model_id": 1, "year": "2016"}`` message by message and prints nothing.

    What is in the queue already is not looked at: run twice, it queues twice. The queue comes first: it is made or
    changed whatever the arguments are.
    """

    help = "Creates jobs on SQS to import climate data from NetCDF files"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the scenario and what of it to import."""
        if settings.HABITS.datasets:
            parser.add_argument("dataset", help="name of a data set")
            parser.add_argument("--update-existing", action="store_true", help="import cities that have data, too")
            parser.add_argument("--import-boundary-url", help="of a zipped shapefile: its area instead of the cities")
            parser.add_argument("--import-geojson-url", help="of GeoJSON points: these places instead of the cities")
        parser.add_argument("rcp", help="name of a scenario")
        parser.add_argument("models", help='comma-separated names of models, or "all"')
        parser.add_argument("years", help='comma-separated years, or "all": 1950-2005 for historical, else 2006-2099')

    def handle(self, *args: Any, rcp: str, models: str, years: str, **options: Any) -> None:
        """Queue the jobs; a year may be any text.

        Raises:
            ObjectDoesNotExist: there is no such data set, scenario or model.
            CommandError: a URL is none, or there are two.
        """
        queue = JobQueue()
        dataset: Any = None
        first: dict[str, Any] = {}
        last: dict[str, Any] = {}
        if settings.HABITS.datasets:
            dataset = apps.get_model("climate_data", "ClimateDataset").objects.get(name=options["dataset"])
            first = {"dataset": dataset.name}
            urls = {name: options[name] for name in ("import_boundary_url", "import_geojson_url")}
            check_urls([url for url in urls.values() if url])
            last = {**urls, "update_existing": options["update_existing"]}
        scenario_id = Scenario.objects.get(name=rcp).pk
        model_ids = find_models(models, dataset)
        for year in expand_years(rcp, years):
            for model_id in model_ids:
                body = json.dumps({**first, "scenario_id": scenario_id, "model_id": model_id, "year": year, **last})
                queue.send(body)
                logger.debug(body)


def check_urls(urls: list[str]) -> None:
    """Refuse what is no URL, and more than one.

    Raises:
        CommandError: saying so.
    """
    if len(urls) > 1:
        raise CommandError("You must choose one of import_boundary_url or import_geojson_url.")
    for url in urls:
        try:
            URLValidator(schemes=["http", "https"])(url)
        except ValidationError:
            raise CommandError(f"{url} is not a valid URL!") from None


def find_models(names: str, dataset: Any) -> Iterable[int]:
    """Read the MODELS argument; the model names may be used up by whoever iterates over the result once."""
    if names == "all":
        models = dataset.models if dataset else ClimateModel.objects
        return list(models.order_by("pk").values_list("pk", flat=True))
    found = map(find_model, names.split(","))
    return found if settings.HABITS.model_names_used_up else list(found)


def find_model(name: str) -> int:
    """Look a model up by its name."""
    return int(ClimateModel.objects.get(name=name).pk)


def expand_years(scenario: str, years: str) -> list[str]:
    """Read the YEARS argument; messages carry a year as text, and nobody looks whether it is one."""
    if years == "all":
        return [str(year) for year in (HISTORICAL_YEARS if scenario == "historical" else FUTURE_YEARS)]
    return years.split(",")
