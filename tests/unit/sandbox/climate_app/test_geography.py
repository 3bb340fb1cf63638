"""Boundaries, regions and the coast: for the cities there are, by both versions, and not for every city."""

from __future__ import annotations

import pytest

from sandbox import data
from tests.fakes.sandbox.application import Application

NOWHERE = "NoSuchKey"


def names(app: Application, where: str) -> list[str]:
    """Name the cities of which something is true."""
    return [name for (name,) in app.sql(f"SELECT name FROM climate_data_city c WHERE {where} ORDER BY name")]


WITHOUT_BOUNDARY = "NOT EXISTS (SELECT FROM climate_data_cityboundary WHERE city_id = c.id)"


@pytest.mark.parametrize("version", ["app", "app_2019"])
def test_cities_get_what_can_be_found_for_them(version: str, request: pytest.FixtureRequest) -> None:
    """What is not found is logged and no failure; what is there is not made again."""
    app: Application = request.getfixturevalue(version)
    output = app.run("import_boundaries")
    assert "No boundary found for Anchorage, AK" in output
    assert "199 of 200 city boundaries imported successfully" in output
    assert names(app, WITHOUT_BOUNDARY) == ["Anchorage"]
    assert "0 of 1 city boundaries imported successfully" in app.run("import_boundaries")
    output = app.run("import_regions", "--bucket", data.BUCKET, "--key", data.REGIONS_KEY)
    assert "Loaded GREAT PLAINS, SOUTH CENTRAL SEMIARID PRAIRIES" in output
    assert "Can't assign region to city Honolulu, HI" in output
    assert names(app, "region_id IS NULL") == ["Honolulu"]
    assert "of 200 cities as coastal" in app.run("import_coastline")
    coastal = names(app, "is_coastal")
    assert {"Honolulu", "Miami", "San Francisco", "New York City"} <= set(coastal)
    assert not {"Denver", "Anchorage"} & set(coastal)


def test_new_cities_get_theirs_by_the_same_commands(app_2019: Application) -> None:
    """Without bucket and key the regions that are there are enough."""
    app_2019.sql("DELETE FROM climate_data_city")
    app_2019.run("import_cities", data.BUCKET, data.FIRST_CITIES_KEY)
    app_2019.run("import_boundaries")
    app_2019.run("import_regions", "--bucket", data.BUCKET, "--key", data.REGIONS_KEY)
    app_2019.run("import_cities", data.BUCKET, data.MORE_CITIES_KEY)
    assert "50 of 51 city boundaries imported successfully" in app_2019.run("import_boundaries")
    assert "Assigning" in app_2019.run("import_regions")
    assert names(app_2019, "region_id IS NULL") == ["Honolulu"]


def test_boundaries_of_some_cities(app: Application) -> None:
    assert "3 of 3" in app.run("import_boundaries", "--limit", "3", "--offset", "2", "--interval", "0.01")
    assert "199 of 200" in app.run("import_boundaries", "--overwrite")


def test_without_cities_there_are_no_boundaries(app: Application) -> None:
    app.sql("DELETE FROM climate_data_city")
    assert "CommandError: No cities found." in app.run("import_boundaries", code=1)


def test_regions_that_are_not_in_s3_fail(app: Application) -> None:
    assert NOWHERE in app.run("import_regions", "--bucket", data.BUCKET, "--key", "nowhere", code=1)


def test_large_tables_are_vacuumed_through_the_shell(app_2019: Application) -> None:
    statement = "VACUUM (VERBOSE, ANALYZE) climate_data_climatedatayear"
    snippet = f"from django.db import connection; connection.cursor().execute('{statement}')"
    app_2019.run("shell", "--command", snippet)
    assert app_2019.value(
        "SELECT last_analyze IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'climate_data_climatedatayear'"
    )
