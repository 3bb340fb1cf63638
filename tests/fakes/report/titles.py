"""Titles and commands of the steps of the runs in ``facts``."""

from __future__ import annotations

TITLES = {
    "prepare": "Prepare a new task revision", "migrate": "Run Migrations", "scenarios": "Load Scenarios",
    "climate_models": "Load Climate Models", "cities": "Load Cities", "create_jobs": "Create a processing job",
    "spot_instances": "Add Spot Instances",
    "temporary_task_definition": "Add a temporary task definition",
    "database": "Resize the database",
    "processing_service": "Create a processing service",
    "drain": "Drain the job queue",
    "verify": "Verify what was imported",
    "historical_create_jobs": "Create a processing job (historical)",
    "historical_drain": "Drain the job queue (historical)",
    "historical_verify": "Verify what was imported (historical)",
    "generate_historic": "Generate Historical Data",
    "teardown": "Remove what the run made",
}  # fmt: skip
COMMANDS = {
    "migrate": "migrate", "scenarios": "loaddata scenarios", "climate_models": "loaddata climate-models",
    "cities": "import_cities azavea-climate-sandbox geonames_cities_top200_us.geojson",
    "create_jobs": "create_jobs RCP85 all all", "historical_create_jobs": "create_jobs historical all all",
    "generate_historic": "generate_historic",
}  # fmt: skip
