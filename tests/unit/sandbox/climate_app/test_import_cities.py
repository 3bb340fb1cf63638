"""``import_cities BUCKET KEY``."""

from __future__ import annotations

import json
from typing import Any

from sandbox import data
from tests.fakes.sandbox.application import Application

CITIES = "SELECT name, admin1, population, longitude, latitude FROM climate_data_city ORDER BY name"


def put(app: Application, features: list[Any]) -> str:
    """Store a GeoJSON file and give its key."""
    key = f"{app.environment['RDS_DB_NAME']}.geojson"
    app.s3.put_object(Bucket=data.BUCKET, Key=key, Body=json.dumps({"type": "FeatureCollection", "features": features}))
    return key


def feature(name: Any = "Boston", population: Any = 1, coordinates: Any = (-71.0, 42.4), kind: str = "Point") -> Any:
    """Make a feature of a city."""
    properties = {"name": name, "admin1": "MA", "population": population}
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def test_two_hundred_cities_however_often(app: Application) -> None:
    """The sandbox's own file, which the database was made with, again."""
    before = app.sql(CITIES)
    assert len(before) == data.CITY_COUNT
    output = app.run("import_cities", data.BUCKET, data.CITIES_KEY)
    assert output.splitlines() == ["200 saved successfully", "0 skipped due to error"]
    assert app.sql(CITIES) == before
    assert ("New York City", "NY", 8804190, -74.00597, 40.71427) in before


def test_a_known_city_is_updated_and_keeps_its_data(app: Application) -> None:
    """Name and admin1 say which city it is; it stays the same row."""
    app.run("import_cities", data.BUCKET, put(app, [feature("Boston", 5)]))
    key = app.value("SELECT id FROM climate_data_city WHERE population = 5")
    app.run("import_cities", data.BUCKET, put(app, [feature("Boston", 6, [-71.5, 42.5])]))
    row = app.sql("SELECT population, longitude, latitude FROM climate_data_city WHERE id = %s", key)
    assert row == [(6, -71.5, 42.5)]
    assert app.value("SELECT count(*) FROM climate_data_city") == data.CITY_COUNT


def test_bad_features_are_only_logged(app: Application) -> None:
    """Exit 0, and the good ones are in."""
    bad = [
        {"type": "Feature", "properties": {}, "geometry": None},
        {"type": "Feature"},
        "not a feature",
        feature(name=None),
        feature(population="many"),
        feature(coordinates=[-71.0]),
        feature(coordinates=["west", 42.0]),
        feature(coordinates=[-71.0, 142.0]),
        feature(coordinates=[float("nan"), 42.0]),
        feature(kind="MultiPoint"),
    ]
    app.sql("DELETE FROM climate_data_city")
    output = app.run("import_cities", data.BUCKET, put(app, [*bad, feature("Boston"), feature("Lowell")]))
    assert output.count("Bad item: ") == len(bad)
    assert f"{len(bad)} skipped due to error" in output
    assert [row[0] for row in app.sql(CITIES)] == ["Boston", "Lowell"]


def test_a_missing_object_is_an_error(app: Application) -> None:
    """The last line says what is missing."""
    assert "NoSuchKey" in app.run("import_cities", data.BUCKET, "none.geojson", code=1).splitlines()[-1]
    assert "NoSuchBucket" in app.run("import_cities", "nowhere", data.CITIES_KEY, code=1).splitlines()[-1]
