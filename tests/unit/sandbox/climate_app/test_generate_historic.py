"""``generate_historic``: right after all jobs, wrong for ever before."""

from __future__ import annotations

import pytest

from tests.fakes.sandbox.application import Application

AVERAGES = (
    "SELECT DISTINCT start_year, end_year, tas FROM climate_data_historicaverageclimatedata ORDER BY start_year, tas"
)


def add_years(app: Application, years: list[int], offset: float = 0.0, scenario: str = "historical") -> None:
    """Write a year's number, plus the offset, as each city's temperature."""
    app.sql(
        "WITH source AS (INSERT INTO climate_data_climatedatasource (scenario_id, model_id, year, import_completed)"
        " SELECT id, 1, unnest(%s::int[]), true FROM climate_data_scenario WHERE name = %s RETURNING id, year)"
        " INSERT INTO climate_data_climatedata (city_id, data_source_id, tas)"
        " SELECT c.id, source.id, source.year + %s FROM source, climate_data_city c",
        years,
        scenario,
        offset,
    )


@pytest.fixture
def app(app: Application) -> Application:
    """Keep three cities: the arithmetic is the same for all."""
    app.sql("DELETE FROM climate_data_city WHERE id NOT IN (SELECT id FROM climate_data_city ORDER BY id LIMIT 3)")
    return app


def test_periods_of_thirty_years(app: Application) -> None:
    """1950-2005 hold three periods; other scenarios do not count."""
    add_years(app, list(range(1950, 2006)))
    add_years(app, list(range(2006, 2100)), scenario="A1B")
    assert app.run("generate_historic").splitlines() == ["9 historic averages saved"]
    assert app.sql(AVERAGES) == [(1951, 1980, 1965.5), (1961, 1990, 1975.5), (1971, 2000, 1985.5)]


@pytest.mark.parametrize(("first", "last", "count"), [(1951, 1980, 3), (1951, 1979, 0), (1952, 1981, 0)])
def test_with_too_few_years_it_writes_nothing(app: Application, first: int, last: int, count: int) -> None:
    """Exit 0 all the same."""
    add_years(app, list(range(first, last + 1)))
    assert app.run("generate_historic").splitlines() == [f"{count} historic averages saved"]


def test_without_data_it_fails(app: Application) -> None:
    """Nothing historical is there at all."""
    add_years(app, list(range(2006, 2100)), scenario="A1B")
    assert "CommandError: no historical data was imported" in app.run("generate_historic", code=1)


def test_what_it_wrote_too_early_stays(app: Application) -> None:
    """Averages over half of the years are neither refused nor ever put right, nor are later periods added."""
    add_years(app, [1951, 1961, 1980])
    app.run("generate_historic")
    early = app.sql(AVERAGES)
    assert early == [(1951, 1980, 1964.0)]
    add_years(app, [year for year in range(1950, 2006) if year not in (1951, 1961, 1980)])
    assert app.run("generate_historic").splitlines() == ["0 historic averages saved"]
    assert app.sql(AVERAGES) == early


def test_new_cities_are_added(app: Application) -> None:
    """Cities that were imported later get theirs."""
    add_years(app, list(range(1950, 2006)))
    app.run("generate_historic")
    app.sql(
        "DELETE FROM climate_data_historicaverageclimatedata WHERE city_id = (SELECT min(id) FROM climate_data_city)"
    )
    assert app.run("generate_historic").splitlines() == ["3 historic averages saved"]
    assert app.value("SELECT count(*) FROM climate_data_historicaverageclimatedata") == 9
