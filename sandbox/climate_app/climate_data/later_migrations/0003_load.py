from typing import Any

from django.conf import settings
from django.db import migrations

DATASETS = {
    'NEX-GDDP': ('NASA Earth Exchange Global Daily Downscaled Projections', ['HadCM3']),
    'LOCA': ('Localized Constructed Analogs', ['ACCESS1-0', 'HadCM3']),
}


def load(apps: Any, schema_editor: Any) -> None:
    """Load the models, HadCM3 by the id that the fixture has or by another, and the data sets."""
    ClimateModel = apps.get_model('climate_data', 'ClimateModel')
    known = set(ClimateModel.objects.values_list('name', flat=True))
    missing = {model for _, models in DATASETS.values() for model in models} - known
    in_order = sorted(missing, reverse=not settings.HABITS.clashing_model_ids)
    ClimateModel.objects.bulk_create(ClimateModel(name=name, label=name) for name in in_order)
    for name, (label, models) in DATASETS.items() if settings.HABITS.datasets else ():
        dataset = apps.get_model('climate_data', 'ClimateDataset').objects.create(name=name, label=label)
        dataset.models.set(ClimateModel.objects.filter(name__in=models))


class Migration(migrations.Migration):

    dependencies = [
        ('climate_data', '0002_climatedataset'),
    ]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
