"""What the versions of the application do differently, each from the side of whoever runs it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox import data, data_files
from tests.fakes.sandbox.application import Application

FIELDS = "SELECT column_name FROM information_schema.columns WHERE table_name = 'climate_data_climatedatasource'"
DUMPED = ("climate_data.climatedatasource", "climate_data.scenario", "climate_data.climatemodel")
CCSM4 = "INSERT INTO climate_data_climatemodel (name, label) VALUES ('CCSM4', '')"
TRANSIENT = "A1B/HadCM3/2050=2"


def marked(output: str) -> list[str]:
    """Pick the marked lines, without their times."""
    return re.findall(r"^IMPORT_FAILURE \S+ \S+ (.*)$", output, re.MULTILINE)


def test_2017_loses_all_but_the_first_year_of_named_models(app_2017: Application) -> None:
    app_2017.sql(CCSM4)
    assert app_2017.run("create_jobs", "A1B", "HadCM3,CCSM4", "2050,2051") == ""
    assert [(job["model_id"], job["year"]) for job in app_2017.queued()] == [(1, "2050"), (2, "2050")]
    app_2017.run("create_jobs", "A1B", "all", "2050,2051")
    assert len(app_2017.queued()) == 4


def test_2017_has_queued_half_when_a_name_is_wrong(app_2017: Application) -> None:
    output = app_2017.run("create_jobs", "A1B", "HadCM3,HadGEM1", "2050", code=1)
    assert "DoesNotExist: ClimateModel matching query does not exist." in output
    assert app_2017.jobs() == (1, 0)


@pytest.mark.parametrize("option", ["--command", "-c"])
def test_2017_has_a_shell_without_command(app_2017: Application, option: str) -> None:
    output = app_2017.run("shell", option, "print(1)", code=2)
    assert output.startswith("usage: manage.py shell [-h] [--version] [-v {0,1,2,3}]\n")
    assert output.endswith(f"\nmanage.py shell: error: unrecognized arguments: {option} print(1)\n")


def test_2017_says_nothing_of_a_file_that_is_missing_but_that_it_gives_up(app_2017: Application) -> None:
    """The download is not in what tells of a failure by names; the exception comes with the last try."""
    app_2017.queue_jobs("RCP85", 2050)
    output = app_2017.run("run_jobs")
    (final,) = marked(output)
    assert final.endswith("for model id 1 scenario id 3 year 2050 failed more than 10 times, giving up.")
    assert output.count("Traceback") == output.count("\nbotocore.errorfactory.NoSuchKey") == 1
    assert output.count("failed 1 time(s)") == 1


@pytest.mark.parametrize("version", ["", "2017"])
def test_a_range_of_years_fails_as_one_odd_year(app: Application, version: str) -> None:
    app.run("create_jobs", "A1B", "all", "2050-2051")
    output = app.run("run_jobs", CLIMATE_API_VERSION=version)
    tries = ["Failed to process data for model HadCM3 scenario A1B year 2050-2051"] * (0 if version else 11)
    assert marked(output)[:-1] == tries
    assert marked(output)[-1].endswith("year 2050-2051 failed more than 10 times, giving up.")
    assert app.completed() == []


@pytest.mark.parametrize("version", ["", "2017"])
def test_a_job_fails_some_tries_and_then_comes_right(app: Application, version: str) -> None:
    app.queue_jobs("A1B", 2050, 2051)
    output = app.run("run_jobs", CLIMATE_API_VERSION=version, FAILING_TRIES=TRANSIENT)
    assert marked(output) == ["Failed to process data for model HadCM3 scenario A1B year 2050"] * 2
    assert app.completed() == [("A1B", "HadCM3", 2050), ("A1B", "HadCM3", 2051)]
    files = re.findall(r"^OSError: \[Errno \S+ NetCDF: .*: '/tmp/(\w+)'$", output, re.MULTILINE)
    assert len(files) == 2 * len(set(files)) == 4, "each in both logs, and each try with a file of its own"


def test_tries_are_counted_whichever_worker_makes_them(app: Application) -> None:
    app.queue_jobs("A1B", 2050)
    message = app.sqs.receive_message(QueueUrl=app.queue_url)["Messages"][0]
    app.sqs.change_message_visibility(
        QueueUrl=app.queue_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )
    assert len(marked(app.run("run_jobs", FAILING_TRIES=TRANSIENT))) == 1


def test_2019_loads_the_models_by_migrations_so_that_loaddata_fails(app_2019: Application) -> None:
    assert app_2019.sql("SELECT name FROM climate_data_climatemodel ORDER BY id") == [("ACCESS1-0",), ("HadCM3",)]
    output = app_2019.run("loaddata", "climate-models", code=1)
    assert "Could not load climate_data.ClimateModel(pk=1): duplicate key value violates unique constraint" in output
    assert "IntegrityError: Problem installing fixture" in output
    assert app_2019.sql("SELECT name FROM climate_data_climatemodel ORDER BY id") == [("ACCESS1-0",), ("HadCM3",)]
    app_2019.run("loaddata", "scenarios")


def test_2019_takes_the_data_set_first(app_2019: Application) -> None:
    """``all`` are the models of the data set."""
    assert app_2019.run("create_jobs", "NEX-GDDP", "A1B", "all", "2050,2051") == ""
    job = {"dataset": "NEX-GDDP", "scenario_id": 4, "model_id": 2, "year": "2050"}
    options = {"import_boundary_url": None, "import_geojson_url": None, "update_existing": False}
    assert app_2019.queued() == [job | options, job | options | {"year": "2051"}]
    app_2019.run("create_jobs", "LOCA", "A1B", "all", "2050")
    assert [each["model_id"] for each in app_2019.queued()] == [1, 2]
    app_2019.run("create_jobs", "LOCA", "A1B", "HadCM3", "2050,2051")
    assert [each["year"] for each in app_2019.queued()] == ["2050", "2051"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["A1B", "all", "all"], 2, "the following arguments are required: years"),
        (["GDDP", "A1B", "all", "all"], 1, "DoesNotExist: ClimateDataset matching query does not exist."),
        (["LOCA", "A1B", "HadCM3,HadGEM1", "all"], 1, "DoesNotExist: ClimateModel matching query does not exist."),
    ],
)
def test_2019_refuses_before_it_queues(app_2019: Application, arguments: list[str], code: int, message: str) -> None:
    assert message in app_2019.run("create_jobs", *arguments, code=code)
    assert app_2019.jobs() == (0, 0)


def test_2019_keeps_the_sources_of_data_sets_apart_and_names_them(app_2019: Application) -> None:
    for dataset in ("NEX-GDDP", "LOCA"):
        app_2019.run("create_jobs", dataset, "A1B", "HadCM3", "2050")
    output = app_2019.run("run_jobs", FAILING_TRIES="A1B/HadCM3/2050=1")
    failed = "Failed to process data for dataset {} model HadCM3 scenario A1B year 2050"
    assert sorted(marked(output)) == [failed.format("LOCA"), failed.format("NEX-GDDP")]
    assert "Processing SQS message for model HadCM3 scenario A1B year 2050" in output
    assert app_2019.completed() == [("A1B", "HadCM3", 2050)] * 2


def test_2019_gives_up_with_the_name_of_the_data_set_and_ids(app_2019: Application) -> None:
    app_2019.run("create_jobs", "LOCA", "A1B", "ACCESS1-0", "2050")
    output = app_2019.run("run_jobs")
    *tries, final = marked(output)
    assert tries == ["Failed to process data for dataset LOCA model ACCESS1-0 scenario A1B year 2050"] * 11
    assert re.fullmatch(
        r"Message ID \S+ for dataset LOCA model id 1 scenario id 4 year 2050 failed more than 10 times, giving up\.",
        final,
    )


def test_2019_has_no_name_for_a_model_that_is_not_of_the_data_set(app_2019: Application) -> None:
    app_2019.run("create_jobs", "NEX-GDDP", "A1B", "ACCESS1-0", "2050")
    (final,) = marked(app_2019.run("run_jobs"))
    assert "dataset NEX-GDDP model id 1 scenario id 4 year 2050" in final


def test_2019_imports_only_cities_without_data(app_2019: Application) -> None:
    """A source all of whose cities have data is never completed, unless the job updates them."""
    app_2019.run("create_jobs", "NEX-GDDP", "A1B", "all", "2050")
    app_2019.run("run_jobs")
    app_2019.sql("UPDATE climate_data_climatedatasource SET import_completed = false")
    app_2019.run("create_jobs", "NEX-GDDP", "A1B", "all", "2050")
    assert "No cities need import for A1B HadCM3 2050, quitting early" in app_2019.run("run_jobs")
    assert app_2019.completed() == []
    app_2019.run("create_jobs", "NEX-GDDP", "A1B", "all", "2050", "--update-existing")
    app_2019.run("run_jobs")
    assert app_2019.completed() == [("A1B", "HadCM3", 2050)]
    assert app_2019.temperatures("A1B", 2050) == data_files.reference("A1B", 2050)
    app_2019.sql("UPDATE climate_data_climatedatasource SET import_completed = false")
    app_2019.sql("DELETE FROM climate_data_climatedatacitycell WHERE city_id = 1")
    app_2019.run("create_jobs", "NEX-GDDP", "A1B", "all", "2050")
    assert "Imported 1 cities" in app_2019.run("run_jobs")
    assert app_2019.temperatures("A1B", 2050) == data_files.reference("A1B", 2050)


def test_2019_has_complete_migrations(app_2019: Application) -> None:
    assert app_2019.run("makemigrations", "--check", "--dry-run") == "No changes detected\n"
    assert "System check identified no issues" in app_2019.run("check")


def test_a_database_of_2017_becomes_one_of_2019(app_2017: Application) -> None:
    """What was imported is of the first data set."""
    app_2017.queue_jobs("A1B", 2050)
    app_2017.run("run_jobs")
    app_2017.run("migrate", CLIMATE_API_VERSION="2019")
    assert app_2017.sql(
        "SELECT name, year FROM climate_data_climatedatasource JOIN climate_data_climatedataset d ON d.id = dataset_id"
    ) == [("NEX-GDDP", 2050)]


def dumped(app: Application) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in json.loads(app.run("dumpdata", *DUMPED)):
        found.setdefault(each["model"], []).append(each["fields"])
    return found


def test_sources_scenarios_and_models_are_dumped_by_both(app_2017: Application, app_2019: Application) -> None:
    app_2017.run("create_jobs", "A1B", "all", "2050")
    app_2019.run("create_jobs", "NEX-GDDP", "A1B", "all", "2050")
    source = {"scenario": 4, "model": 1, "year": 2050, "import_completed": True}
    for app, expected in ((app_2017, source), (app_2019, source | {"model": 2, "dataset": 1})):
        app.run("run_jobs")
        found = dumped(app)
        assert found["climate_data.climatedatasource"] == [expected]
        assert {each["name"] for each in found["climate_data.scenario"]} >= {"A1B", "historical"}
        assert "HadCM3" in {each["name"] for each in found["climate_data.climatemodel"]}


@pytest.mark.parametrize(
    ("habit", "code"), [("SHELL_COMMAND", 2), ("MODEL_NAMES_USED_UP", 0), ("UNMARKED_DOWNLOADS", 0), ("DATASETS", 0)]
)
def test_a_habit_can_be_had_alone(app: Application, empty_app: Application, habit: str, code: int) -> None:
    value = "0" if habit == "SHELL_COMMAND" else "1"
    app.environment[habit] = empty_app.environment[habit] = value
    if habit == "SHELL_COMMAND":
        app.run("shell", "-c", "print(1)", code=code)
    elif habit == "MODEL_NAMES_USED_UP":
        app.run("create_jobs", "A1B", "HadCM3", "2050,2051")
        assert app.jobs() == (1, 0)
    elif habit == "UNMARKED_DOWNLOADS":
        app.queue_jobs("RCP85", 2050)
        assert len(marked(app.run("run_jobs"))) == 1
    else:
        empty_app.run("migrate")
        empty_app.run("loaddata", "climate-models", "scenarios")
        empty_app.run("create_jobs", "NEX-GDDP", "A1B", "all", "2050")
        assert [job["model_id"] for job in empty_app.queued()] == [1]


def test_models_can_clash_without_data_sets(empty_app: Application) -> None:
    empty_app.environment["CLASHING_MODEL_IDS"] = "1"
    empty_app.run("migrate")
    assert "IntegrityError" in empty_app.run("loaddata", "climate-models", code=1)
    assert ("dataset_id",) not in empty_app.sql(FIELDS)


def test_a_version_can_be_had_without_one_of_its_habits(app_2017: Application) -> None:
    assert app_2017.run("shell", "-c", "print(1)", SHELL_COMMAND="1").endswith("1\n")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("CLIMATE_API_VERSION", "2018", "CLIMATE_API_VERSION is '2018'; there are 2017 and 2019"),
        ("SHELL_COMMAND", "no", "SHELL_COMMAND is 'no'; it takes 1 or 0"),
        ("FAILING_TRIES", "A1B/HadCM3/2050", "invalid literal for int()"),
    ],
)
def test_a_value_that_a_habit_cannot_have_ends_every_command(
    app: Application, name: str, value: str, message: str
) -> None:
    assert message in app.run("check", code=1, **{name: value})


def test_the_noise_at_debug_names_the_variables_of_the_original(app_2017: Application) -> None:
    app_2017.queue_jobs("A1B", 2050)
    output = app_2017.run("run_jobs", DJANGO_LOG_LEVEL="DEBUG")
    for variable in ("tasmax", "tasmin", "pr"):
        assert output.count(f"processing variable {variable} for city: ") == data.CITY_COUNT
