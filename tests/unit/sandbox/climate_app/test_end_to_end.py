"""The whole population of the database, in the runbook's order, against numbers from the original files."""

from __future__ import annotations

import pytest

from sandbox import data, data_files
from tests.fakes.sandbox.application import Application


def test_historical_and_future(app: Application) -> None:
    """All historical years by two workers, three future ones, and the averages."""
    app.run("create_jobs", "historical", "all", "all")
    app.run("create_jobs", "E1", "HadCM3", "2006,2050,2099")
    for worker in [app.start("run_jobs"), app.start("run_jobs")]:
        app.finish(worker)
    assert app.jobs() == (0, 0)
    assert [year for scenario, _, year in app.completed() if scenario == "historical"] == list(range(1950, 2006))

    history = {year: data_files.reference("historical", year) for year in range(1950, 2006)}
    for year, expected in history.items():
        assert app.temperatures("historical", year) == expected
    for year in (2006, 2050, 2099):
        assert app.temperatures("E1", year) == data_files.reference("E1", year)

    app.run("generate_historic")
    averages = app.sql(
        "SELECT c.name, c.admin1, start_year, end_year, tas FROM climate_data_historicaverageclimatedata"
        " JOIN climate_data_city c ON c.id = city_id"
    )
    assert {row[2:4] for row in averages} == {(1951, 1980), (1961, 1990), (1971, 2000)}
    assert len(averages) == 3 * data.CITY_COUNT
    for name, admin1, start, end, tas in averages:
        mean = sum(history[year][name, admin1] for year in range(start, end + 1)) / 30
        assert tas == pytest.approx(mean, abs=1e-9)
