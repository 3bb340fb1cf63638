"""``create_jobs SCENARIO MODELS YEARS``: queue a job a model and year; ``all`` takes all of them."""

import json

from django.core.management.base import BaseCommand

from weather.jobs import queue
from weather.models import Model, Scenario

YEARS = {"historical": range(2000, 2003)}
FUTURE = range(2030, 2034)


class Command(BaseCommand):
    """Run twice, it queues twice."""

    def add_arguments(self, parser):
        """Take what is to be imported."""
        for name in ("scenario", "models", "years"):
            parser.add_argument(name)

    def handle(self, *args, scenario, models, years, **options):
        """Queue the jobs."""
        scenario_id = Scenario.objects.get(name=scenario).pk
        chosen = Model.objects.all() if models == "all" else Model.objects.filter(name__in=models.split(","))
        jobs = queue()
        for year in YEARS.get(scenario, FUTURE) if years == "all" else years.split(","):
            for model in chosen:
                job = {"scenario_id": scenario_id, "model_id": model.pk, "year": int(year)}
                jobs.send_message(MessageBody=json.dumps(job))
