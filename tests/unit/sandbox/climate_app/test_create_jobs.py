"""``create_jobs SCENARIO MODELS YEARS``."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.fakes.sandbox.application import Application


def queued(app: Application) -> list[dict[str, Any]]:
    """Take all messages out of the queue and give what they say, in the order they were sent."""
    bodies = []
    while messages := app.sqs.receive_message(QueueUrl=app.queue_url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [json.loads(message["Body"]) for message in messages]
    return bodies


@pytest.mark.parametrize(("scenario", "years"), [("historical", range(1950, 2006)), ("RCP85", range(2006, 2100))])
def test_all(app: Application, scenario: str, years: range) -> None:
    """`all` is 56 years of the past or 94 of the future, a message each, and nothing is printed."""
    assert app.run("create_jobs", scenario, "all", "all") == ""
    scenario_id = app.value("SELECT id FROM climate_data_scenario WHERE name = %s", scenario)
    assert queued(app) == [{"scenario_id": scenario_id, "model_id": 1, "year": str(year)} for year in years]


def test_lists_are_multiplied(app: Application) -> None:
    """Each model is queued with each year."""
    app.sql("INSERT INTO climate_data_climatemodel (name, label) VALUES ('CCSM4', '')")
    app.run("create_jobs", "A1B", "HadCM3,CCSM4", "2050,2051")
    assert {(job["model_id"], job["year"]) for job in queued(app)} == {
        (1, "2050"),
        (1, "2051"),
        (2, "2050"),
        (2, "2051"),
    }


def test_all_models(app: Application) -> None:
    """`all` models are those in the database."""
    app.sql("INSERT INTO climate_data_climatemodel (name, label) VALUES ('CCSM4', '')")
    app.run("create_jobs", "A1B", "all", "2050")
    assert [job["model_id"] for job in queued(app)] == [1, 2]


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
        (["A2", "all", "all"], 1, "CommandError: scenario matching query does not exist: A2"),
        (["A1B", "HadCM3,HadGEM1", "all"], 1, "CommandError: climate model matching query does not exist: HadGEM1"),
        (["A1B", "all", "2050,soon"], 1, "CommandError: not a year: soon"),
    ],
)
def test_wrong_arguments(app: Application, arguments: list[str], code: int, message: str) -> None:
    """Nothing is queued."""
    assert message in app.run("create_jobs", *arguments, code=code)
    assert app.jobs() == (0, 0)


def test_a_missing_queue_is_not_created(app: Application) -> None:
    """A wrong queue name is an error."""
    output = app.run("create_jobs", "A1B", "all", "2050", code=1, SQS_QUEUE_NAME="nowhere")
    assert "The specified queue does not exist" in output
    assert all(not url.endswith("/nowhere") for url in app.sqs.list_queues()["QueueUrls"])
