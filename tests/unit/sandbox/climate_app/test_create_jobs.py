"""``create_jobs SCENARIO MODELS YEARS``."""

from __future__ import annotations

import signal

import pytest

from tests.fakes.sandbox.application import Application

ATTRIBUTES = {"VisibilityTimeout": "14400", "ReceiveMessageWaitTimeSeconds": "10", "MaximumMessageSize": "1024"}


@pytest.mark.parametrize(("scenario", "years"), [("historical", range(1950, 2006)), ("RCP85", range(2006, 2100))])
def test_all(app: Application, scenario: str, years: range) -> None:
    """`all` is 56 years of the past or 94 of the future, a message each, and nothing is printed."""
    assert app.run("create_jobs", scenario, "all", "all") == ""
    scenario_id = app.value("SELECT id FROM climate_data_scenario WHERE name = %s", scenario)
    assert app.queued() == [{"scenario_id": scenario_id, "model_id": 1, "year": str(year)} for year in years]


def test_lists_are_multiplied(app: Application) -> None:
    """Each model is queued with each year."""
    app.sql("INSERT INTO climate_data_climatemodel (name, label) VALUES ('CCSM4', '')")
    app.run("create_jobs", "A1B", "HadCM3,CCSM4", "2050,2051")
    assert {(job["model_id"], job["year"]) for job in app.queued()} == {
        (1, "2050"),
        (1, "2051"),
        (2, "2050"),
        (2, "2051"),
    }


def test_all_models(app: Application) -> None:
    """`all` models are those in the database."""
    app.sql("INSERT INTO climate_data_climatemodel (name, label) VALUES ('CCSM4', '')")
    app.run("create_jobs", "A1B", "all", "2050")
    assert [job["model_id"] for job in app.queued()] == [1, 2]


def test_is_not_idempotent(app: Application) -> None:
    """Run twice, it queues twice."""
    app.run("create_jobs", "A1B", "all", "2050")
    app.run("create_jobs", "A1B", "all", "2050")
    assert app.jobs() == (2, 0)


def test_killed_half_way_leaves_half_a_queue(app: Application) -> None:
    """Messages are sent one by one."""
    process = app.start("create_jobs", "A1B", "all", ",".join(["2050"] * 2000))
    app.wait_until(lambda: app.jobs()[0] > 0)
    process.send_signal(signal.SIGKILL)
    app.finish(process, -signal.SIGKILL)
    assert 0 < app.jobs()[0] < 2000


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["A1B", "all"], 2, "the following arguments are required: years"),
        (["NEX-GDDP", "A1B", "all", "all"], 2, "unrecognized arguments: all"),
        (["A2", "all", "all"], 1, "DoesNotExist: Scenario matching query does not exist."),
        (["A1B", "HadCM3,HadGEM1", "all"], 1, "DoesNotExist: ClimateModel matching query does not exist."),
    ],
)
def test_wrong_arguments(app: Application, arguments: list[str], code: int, message: str) -> None:
    """Nothing is queued."""
    assert message in app.run("create_jobs", *arguments, code=code)
    assert app.jobs() == (0, 0)


def test_nobody_looks_whether_a_year_is_one(app: Application) -> None:
    """A range is one odd year, exit 0."""
    assert app.run("create_jobs", "A1B", "all", "2050-2051,soon") == ""
    assert [job["year"] for job in app.queued()] == ["2050-2051", "soon"]


@pytest.mark.parametrize(("scenario", "code"), [("A1B", 0), ("A2", 1)])
def test_a_missing_queue_is_made_whatever_the_arguments_are(app: Application, scenario: str, code: int) -> None:
    """A wrong queue name is no error: nobody will work on these jobs."""
    app.run("create_jobs", scenario, "all", "2050", code=code, SQS_QUEUE_NAME=f"nowhere-{scenario}")
    url = app.sqs.get_queue_url(QueueName=f"nowhere-{scenario}")["QueueUrl"]
    attributes = app.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    app.sqs.delete_queue(QueueUrl=url)
    assert {name: attributes[name] for name in ATTRIBUTES} == ATTRIBUTES
    assert app.jobs() == (0, 0)


@pytest.mark.parametrize("command", [("create_jobs", "A1B", "all", "2050"), ("run_jobs",)])
def test_attributes_that_differ_are_set(app: Application, command: tuple[str, ...]) -> None:
    """SQS names one that differs, and the application sets all of its own."""
    app.sqs.set_queue_attributes(QueueUrl=app.queue_url, Attributes={"VisibilityTimeout": "60", "DelaySeconds": "0"})
    app.run(*command)
    attributes = app.sqs.get_queue_attributes(QueueUrl=app.queue_url, AttributeNames=["All"])["Attributes"]
    assert {name: attributes[name] for name in ATTRIBUTES} == ATTRIBUTES
