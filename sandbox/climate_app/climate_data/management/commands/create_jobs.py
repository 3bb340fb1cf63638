"""``create_jobs SCENARIO MODELS YEARS``: queue one job a model and year."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from climate_data.models import ClimateModel, Scenario
from climate_data.queue import JobQueue

HISTORICAL_YEARS = range(1950, 2006)
FUTURE_YEARS = range(2006, 2100)

logger = logging.getLogger("climate_data")


class Command(BaseCommand):
    """Queues ``{"scenario_id": 1, "model_id": 1, "year": "2016"}`` message by message and prints nothing.

    What is in the queue already is not looked at: run twice, it queues twice.
    """

    help = "Creates jobs on SQS to import climate data from NetCDF files"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the scenario and what of it to import."""
        parser.add_argument("scenario", help="name of a scenario")
        parser.add_argument("models", help='comma-separated names of models, or "all"')
        parser.add_argument("years", help='comma-separated years, or "all": 1950-2005 for historical, else 2006-2099')

    def handle(self, *args: Any, scenario: str, models: str, years: str, **options: Any) -> None:
        """Queue the jobs.

        Raises:
            CommandError: an unknown scenario or model, or a year that is no number.
        """
        scenario_id = primary_keys(Scenario, [scenario])[0]
        if models == "all":
            model_ids = list(ClimateModel.objects.order_by("pk").values_list("pk", flat=True))
        else:
            model_ids = primary_keys(ClimateModel, models.split(","))
        job_years = expand_years(scenario, years)
        queue = JobQueue()
        for year in job_years:
            for model_id in model_ids:
                body = json.dumps({"scenario_id": scenario_id, "model_id": model_id, "year": year})
                queue.send(body)
                logger.debug(body)


def primary_keys(model: type[Scenario | ClimateModel], names: list[str]) -> list[int]:
    """Look up rows by their names, in the order asked for."""
    known = dict(model.objects.values_list("name", "pk"))
    if missing := [name for name in names if name not in known]:
        raise CommandError(f"{model._meta.verbose_name} matching query does not exist: {', '.join(missing)}")
    return [known[name] for name in names]


def expand_years(scenario: str, years: str) -> list[str]:
    """Read the YEARS argument; messages carry a year as text."""
    if years == "all":
        return [str(year) for year in (HISTORICAL_YEARS if scenario == "historical" else FUTURE_YEARS)]
    listed = years.split(",")
    if wrong := [year for year in listed if not year.isdecimal()]:
        raise CommandError(f"not a year: {', '.join(wrong)}")
    return listed
