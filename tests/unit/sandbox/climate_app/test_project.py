"""What Django brings: migrations, fixtures, the shell; and the settings."""

from __future__ import annotations

import json
import os

import pytest

from tests.fakes.sandbox.application import PROJECT, Application

SCENARIOS = "SELECT name FROM climate_data_scenario ORDER BY id"


def test_load_into_an_empty_database_twice(empty_app: Application) -> None:
    """The runbook's first steps, which may be repeated."""
    for _ in range(2):
        empty_app.run("migrate")
        empty_app.run("loaddata", "scenarios")
        empty_app.run("loaddata", "climate-models")
    assert empty_app.sql(SCENARIOS) == [("historical",), ("RCP45",), ("RCP85",), ("A1B",), ("E1",)]
    assert empty_app.sql("SELECT name, base_time::text FROM climate_data_climatemodel") == [("HadCM3", "1859-09-01")]


def test_commands_fail_without_tables(empty_app: Application) -> None:
    """Not migrated: exit 1."""
    assert "does not exist" in empty_app.run("loaddata", "scenarios", code=1)
    assert "does not exist" in empty_app.run("create_jobs", "A1B", "all", "all", code=1)


def test_migrations_are_complete(app: Application) -> None:
    """The models say nothing the migrations do not."""
    assert app.run("makemigrations", "--check", "--dry-run") == "No changes detected\n"
    assert "System check identified no issues" in app.run("check")


def test_shell_counts_completed_sources(app: Application) -> None:
    """The database is asked from outside through the original's model names."""
    app.queue_jobs("A1B", 2050)
    app.run("run_jobs")
    snippet = (
        "import json; from climate_data.models import ClimateDataSource;"
        " print('DONE', json.dumps(list(ClimateDataSource.objects.filter(scenario__name='A1B', import_completed=True)"
        ".values_list('model__name', 'year'))))"
    )
    (line,) = [line for line in app.run("shell", "-c", snippet).splitlines() if line.startswith("DONE ")]
    assert json.loads(line.removeprefix("DONE ")) == [["HadCM3", 2050]]


@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "RDS_PASSWORD"])
def test_a_missing_variable_is_named(empty_app: Application, name: str) -> None:
    """A container that lost its environment fails at once."""
    del empty_app.environment[name]
    assert f"KeyError: '{name}'" in empty_app.run("migrate", code=1)


def test_an_unknown_command_fails(empty_app: Application) -> None:
    """Exit 1, as from Django."""
    assert "Unknown command: 'run_job'" in empty_app.run("run_job", code=1)


def test_the_entry_point_is_executable() -> None:
    """The task definition's entry point is ./manage.py."""
    assert os.access(PROJECT / "manage.py", os.X_OK)
    assert (PROJECT / "manage.py").read_text().startswith("#!/usr/bin/env python\n")
