"""``imported SCENARIO``: say which years of which models are there, as the verification reads it."""

from django.core.management.base import BaseCommand

from weather.models import DataSource


class Command(BaseCommand):
    """A line a model: ``INGEST_COMPLETED MODEL YEAR YEAR ...``."""

    def add_arguments(self, parser):
        """Take the scenario."""
        parser.add_argument("scenario")

    def handle(self, *args, scenario, **options):
        """Print the lines."""
        years = {}
        done = DataSource.objects.filter(scenario__name=scenario, imported=True).order_by("year")
        for model, year in done.values_list("model__name", "year"):
            years.setdefault(model, []).append(year)
        for model in years:
            print("INGEST_COMPLETED", model, *years[model])
