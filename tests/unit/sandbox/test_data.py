"""The data in the sandbox's S3: whole, true to its source, made once."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import iris_sample_data
import netCDF4
import numpy as np
import pytest
import yaml
from cftime import num2date

import sandbox
from sandbox import data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache with the data in it."""
    folder = tmp_path_factory.mktemp("cache")
    list(data.objects(folder))
    return folder


def listing(cache: Path) -> dict[str, Path]:
    """Give the files by key, all of one bucket."""
    found = list(data.objects(cache))
    assert {bucket for bucket, _, _ in found} == {"azavea-climate-sandbox"}
    return {key: path for _, key, path in found}


def test_a_file_a_scenario_and_year(folder: Path) -> None:
    """`historical` ends in 2005; A1B and E1 begin in 2006."""
    expected = {f"netcdf/historical/HadCM3/{year}.nc" for year in range(1950, 2006)}
    expected |= {f"netcdf/{scenario}/HadCM3/{year}.nc" for scenario in ("A1B", "E1") for year in range(2006, 2100)}
    assert set(listing(folder)) == expected | {"geonames_cities_top200_us.geojson"}


@pytest.mark.parametrize(
    ("key", "file", "step"),
    [("historical/HadCM3/1950", "A1B", 90), ("A1B/HadCM3/2006", "A1B", 146), ("E1/HadCM3/2099", "E1", 239)],
)
def test_a_cut_says_all_the_original_says(folder: Path, key: str, file: str, step: int) -> None:
    """Variables, attributes and values are the original's, of one step."""
    original = netCDF4.Dataset(Path(iris_sample_data.path, f"{file}_north_america.nc"))
    with original, netCDF4.Dataset(listing(folder)[f"netcdf/{key}.nc"]) as cut:
        assert cut.__dict__ == original.__dict__
        assert list(cut.variables) == list(original.variables)
        for name, variable in original.variables.items():
            values = variable[step : step + 1] if "time" in variable.dimensions else variable[...]
            assert np.array_equal(cut[name][...], values), name
            assert {name: str(value) for name, value in cut[name].__dict__.items()} == {
                name: str(value) for name, value in variable.__dict__.items()
            }
        date = num2date(cut["time"][0], cut["time"].units, cut["time"].calendar)
        assert (date.year, date.month, date.day) == (int(key[-4:]), 6, 1)


def test_cities(folder: Path) -> None:
    """200 distinct places, the most populous first."""
    features = json.loads(listing(folder)["geonames_cities_top200_us.geojson"].read_text())["features"]
    names = [(city["properties"]["name"], city["properties"]["admin1"]) for city in features]
    populations = [city["properties"]["population"] for city in features]
    assert len(set(names)) == 200
    assert populations == sorted(populations, reverse=True)
    assert features[0] == {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [-74.00597, 40.71427]},
        "properties": {"name": "New York City", "admin1": "NY", "population": 8804190},
    }


def test_reference_is_the_nearest_cell() -> None:
    """New York City lies at 40.7 N, 286.0 E; Anchorage north-west of the grid's corner."""
    with netCDF4.Dataset(Path(iris_sample_data.path, "E1_north_america.nc")) as dataset:
        latitudes, longitudes = dataset["latitude"][:].tolist(), dataset["longitude"][:].tolist()
        new_york = dataset["air_temperature"][190, latitudes.index(41.25), longitudes.index(286.875)]
        anchorage = dataset["air_temperature"][190, latitudes.index(60.0), longitudes.index(225.0)]
    answer = data.reference("E1", 2050)
    assert len(answer) == 200
    assert answer["New York City", "NY"] == new_york
    assert answer["Anchorage", "AK"] == anchorage


def test_reference_knows_what_there_is() -> None:
    """Other scenarios and years are errors."""
    with pytest.raises(KeyError):
        data.reference("RCP85", 2050)
    with pytest.raises(ValueError, match="historical has the years 1950 to 2005, not 2006"):
        data.reference("historical", 2006)


def test_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is not made again; for other versions of the data it is."""
    made: list[Path] = []
    monkeypatch.setattr(data, "_make", made.append)
    assert len(listing(folder)) == 245
    assert made == []
    monkeypatch.setattr(data, "version", lambda name: "0")
    list(data.objects(folder))
    assert len(made) == 1


def test_made_by_two_processes_at_once(tmp_path: Path) -> None:
    """Both get all of it, and nothing else is left."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(2) as pool:
        first, second = pool.map(listing, [tmp_path, tmp_path], chunksize=1)
    assert len(first) == 245
    assert first == second
    assert [path.name[:5] for path in tmp_path.iterdir()] == ["data-"]


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be completed stays empty."""

    def fail(*arguments: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(data, "_cut", fail)
    with pytest.raises(OSError, match="disk full"):
        list(data.objects(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_moved_into_place_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only another process that was first excuses it."""
    monkeypatch.setattr(data, "_cut", lambda *arguments: None)

    def fail(self: Path, target: Path) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="read-only"):
        list(data.objects(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_images_name_the_application() -> None:
    """Each image runs a program: a project's folder with manage.py, or a command."""
    file = Path(sandbox.__file__).with_name("images.yml")
    images = yaml.safe_load(file.read_text(encoding="utf-8"))["images"]
    assert images["cc-management"] == {"directory": "climate_app", "interpreter": "python"}
    assert (file.parent / images["cc-management"]["directory"] / "manage.py").is_file()
    assert images["azavea/statsd"] == {"command": ["sleep", "infinity"]}
