"""The files behind the S3 objects: true to their source, complete or absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import iris_sample_data
import netCDF4
import numpy as np
import pytest
from cftime import num2date

from sandbox import data, data_files


def listing() -> dict[str, Path]:
    """Give the files of the sandbox's own cache by key."""
    return {key: path for _, key, path in data.objects()}


@pytest.mark.parametrize(
    ("key", "file", "step"),
    [("historical/HadCM3/1950", "A1B", 90), ("A1B/HadCM3/2006", "A1B", 146), ("E1/HadCM3/2099", "E1", 239)],
)
def test_a_cut_says_all_the_original_says(key: str, file: str, step: int) -> None:
    """Variables, attributes and values are the original's, of one step."""
    original = netCDF4.Dataset(Path(iris_sample_data.path, f"{file}_north_america.nc"))
    with original, netCDF4.Dataset(listing()[f"netcdf/{key}.nc"]) as cut:
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


def test_cities() -> None:
    """200 distinct places, the most populous first."""
    features = json.loads(listing()["geonames_cities_top200_us.geojson"].read_text())["features"]
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
    answer = data_files.reference("E1", 2050)
    assert len(answer) == 200
    assert answer["New York City", "NY"] == new_york
    assert answer["Anchorage", "AK"] == anchorage


def test_reference_knows_what_there_is() -> None:
    """Other scenarios and years are errors."""
    with pytest.raises(KeyError):
        data_files.reference("RCP85", 2050)
    with pytest.raises(ValueError, match="historical has the years 1950 to 2005, not 2006"):
        data_files.reference("historical", 2006)


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be completed stays empty."""

    def fail(*arguments: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(data_files, "_cut", fail)
    with pytest.raises(OSError, match="disk full"):
        data_files.make(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_moved_into_place_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only another process that was first excuses it."""
    monkeypatch.setattr(data_files, "_cut", lambda *arguments: None)

    def fail(self: Path, target: Path) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="read-only"):
        data_files.make(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []
