"""``compute_normals``: the mean of each station's past."""

from django.core.management.base import BaseCommand
from django.db.models import Avg

from weather.models import Normal, Station


class Command(BaseCommand):
    """What was computed before is replaced."""

    def handle(self, *args, **options):
        """Compute them."""
        past = Station.objects.filter(temperature__source__scenario__name="historical")
        for station in past.annotate(mean=Avg("temperature__value")):
            Normal.objects.update_or_create(station=station, defaults={"value": station.mean})
        print(Normal.objects.count(), "normals")
