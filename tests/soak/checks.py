"""What a soak must have come to."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox import data_files
from sandbox.seed import CLASS
from tests.integration.conftest import Account
from tests.sweep import state

YEARS = {"A1B": range(2006, 2100), "historical": range(1950, 2006)}
MODEL = "HadCM3"
_VALUES = """SELECT scenario.name, source.year, city.name, city.admin1, value.tas FROM climate_data_climatedata value
    JOIN climate_data_city city ON city.id = value.city_id
    JOIN climate_data_climatedatasource source ON source.id = value.data_source_id
    JOIN climate_data_scenario scenario ON scenario.id = source.scenario_id"""


def wrong(account: Account) -> list[str]:
    """Say what is not as it should be: jobs, data, leftovers."""
    found = state.read(account)
    jobs = Counter({(scenario, MODEL, str(year)): 1 for scenario, years in YEARS.items() for year in years})
    wanted = state.State(jobs=jobs, database_class=CLASS, run="complete")
    averages = found.tables["historic averages"].total()
    return [
        *state.differences(found, wanted),
        *([] if averages == 600 else [f"{averages} historic averages, not 600"]),
        *_values(account),
    ]


def _values(account: Account) -> list[str]:
    """Compare all values with those of the NetCDF files."""
    values: dict[tuple[str, int], dict[tuple[str, str], float]] = {}
    rows = account.sql(_VALUES)
    for scenario, year, city, region, kelvin in rows:
        values.setdefault((scenario, year), {})[city, region] = kelvin
    wanted = [(scenario, year) for scenario, years in YEARS.items() for year in years]
    off = [each for each in wanted if values.get(each) != pytest.approx(data_files.reference(*each))]
    surplus = len(rows) - sum(map(len, values.values()))
    return [
        *([f"values of {len(off)} years are not those of the files: {off[0]}"] if off else []),
        *([f"{surplus} values are there twice"] if surplus else []),
    ]
