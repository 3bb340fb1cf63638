"""One worker does one job before the others begin; on one sandbox, in order."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox import data
from tests.integration.conftest import Account, Controller, tasks

YEARS = range(2030, 2040)
VISIBILITY = 4 * 3600  # seconds; the application's
WATCHING = "TASK [climate.ingest.processing_service : Wait until it has done a job]"
REQUESTED = {
    "ingest_canary": "auto",
    "ingest_database_class": "db.t3.medium",  # as it is: the database is not restarted
    "ingest_years": "2030-2039",
    "ingest_historical_years": "1951-1980",
}


def sent(account: Account) -> Counter[int]:
    """Count the messages that were ever sent, by year."""
    return Counter(int(json.loads(each["body"])["year"]) for each in account.control("messages")["messages"])


def raised_to(account: Account, since: int) -> list[int]:
    """List how many instances and workers were requested, in their order."""
    found = []
    for call in account.calls(since):
        parameters = call["parameters"]
        if call["operation"] in ("CreateAutoScalingGroup", "UpdateAutoScalingGroup"):
            found.append(int(parameters["DesiredCapacity"]))
        if call["operation"] in ("CreateService", "UpdateService") and "desiredCount" in parameters:
            found.append(int(parameters["desiredCount"]))
    return found


@contextmanager
def damaged(account: Account) -> Iterator[None]:
    """Damage all NetCDF files of the projections for a while: the application can do no job of them."""
    s3 = account.client("s3")
    keys = [data.netcdf_key("A1B", year) for year in YEARS]
    kept = {key: s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read() for key in keys}
    for key in keys:
        s3.put_object(Bucket=data.BUCKET, Key=key, Body=b"damaged")
    try:
        yield
    finally:
        for key, body in kept.items():
            s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)


@contextmanager
def held(account: Account) -> Iterator[None]:
    """Hold the workers for a while, each in the middle of its job: nobody but this may write data sources."""
    with account.connect() as connection:
        connection.execute("LOCK TABLE climate_data_climatedatasource IN SHARE ROW EXCLUSIVE MODE")
        yield


@pytest.fixture(scope="module")
def stopped(account: Account) -> dict[str, Any]:
    """A run whose application cannot do a job."""
    with damaged(account):
        run = account.playbook("populate", **REQUESTED)
    attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
    (page,) = account.reports.glob("*.json")
    calls = account.calls()
    service = [call for call in calls if call["operation"] in ("CreateService", "UpdateService", "DeleteService")]
    return {
        "code": run.returncode,
        "output": run.stdout + run.stderr,
        "raised": raised_to(account, 0),
        "service": [(call["operation"], call["parameters"].get("desiredCount")) for call in service],
        "left": sum(map(int, counts.values())),
        "report": json.loads(page.read_text()),
        "calls": len(calls),
    }


@pytest.fixture(scope="module")
def resumed(account: Account, stopped: dict[str, Any]) -> dict[str, Any]:
    """The same run with sound files: killed in the middle of its canary, and resumed to its end."""
    account.control("wait", "POST", {"seconds": VISIBILITY})  # what the stopped worker had in hand returns
    with held(account):
        killed = Controller(account, **REQUESTED)
        killed.await_text(WATCHING)
        os.killpg(killed.process.pid, signal.SIGKILL)
        killed.end()
        run = Controller(account, ingest_take_over=2, ingest_allow_failed_jobs=len(YEARS), **REQUESTED)
        run.await_text(WATCHING)
    code = run.end()
    return {"code": code, "output": run.said, "raised": raised_to(account, stopped["calls"])}


def test_an_application_that_can_do_no_job_stops_the_run(stopped: dict[str, Any]) -> None:
    assert stopped["code"] == 2, stopped["output"]
    assert "has never drained a queue of staging" in stopped["output"]
    assert re.search(r"The canary failed: The application gave A1B HadCM3 20\d\d up: OSError", stopped["output"])
    assert "ingest_canary is auto" in stopped["output"]


def test_only_one_instance_and_one_worker_were_ever_raised(stopped: dict[str, Any]) -> None:
    assert set(stopped["raised"]) <= {0, 1} and stopped["raised"].count(1) >= 2, stopped["raised"]


def test_its_worker_was_stopped_before_the_run_ended(stopped: dict[str, Any]) -> None:
    assert stopped["service"] == [("CreateService", 1), ("UpdateService", 0), ("DeleteService", None)]


def test_the_queue_is_whole_but_for_what_was_given_up_until_then(stopped: dict[str, Any]) -> None:
    given_up = stopped["report"]["failed_jobs"]
    assert given_up and stopped["left"] == len(YEARS) - len(given_up)
    assert re.search(rf"\b{stopped['left']} jobs? (is|are) in cc-api-staging", stopped["output"]), stopped["output"]


def test_what_the_worker_printed_of_the_failure_is_told_and_reported(stopped: dict[str, Any]) -> None:
    (step,) = [each for each in stopped["report"]["steps"] if each["name"] == "canary"]
    assert "What the worker printed of the failure:" in stopped["output"]
    for text in ("giving up.", "Traceback (most recent call last):", "OSError"):
        assert text in json.dumps(step), step


def test_a_canary_that_is_killed_is_gone_on_with(resumed: dict[str, Any]) -> None:
    assert resumed["code"] == 0, resumed["output"]
    assert "done by one worker" in resumed["output"]
    assert "as measured by the canary" in resumed["output"]


def test_fleet_and_workers_go_to_full_after_it_and_never_back(resumed: dict[str, Any]) -> None:
    raised = [each for each in resumed["raised"] if each]
    assert raised[:2] == [1, 1] and max(raised[2:]) > 1 and 1 not in raised[raised.index(max(raised)) :], raised


def test_each_job_was_queued_and_done_once(account: Account, stopped: dict[str, Any], resumed: dict[str, Any]) -> None:
    assert set(sent(account).values()) == {1}
    given_up = {job["year"] for job in stopped["report"]["failed_jobs"]}
    done = account.sql("SELECT year, count(*) FROM climate_data_climatedatasource WHERE import_completed GROUP BY year")
    assert dict(done) == dict.fromkeys({*YEARS, *range(1951, 1981)} - given_up, 1)


def test_the_preview_of_a_run_with_the_same_image_has_none(account: Account, resumed: dict[str, Any]) -> None:
    preview = account.playbook(
        "future", "--check", ingest_new_run_after="staging-1", **{**REQUESTED, "ingest_years": "2041"}
    )
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert "has drained a queue of staging before" in preview.stdout


def test_a_preview_has_the_canary_first(account: Account, resumed: dict[str, Any]) -> None:
    requested = {**REQUESTED, "ingest_canary": "always", "ingest_years": "2041"}
    arguments = ("future", "--check", "--diff")
    preview = account.playbook(
        *arguments, ingest_new_run_after="staging-1", environment={"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
        **requested,
    )  # fmt: skip
    assert preview.returncode == 0, preview.stdout + preview.stderr
    counts = [
        diff["after"]["desiredCount"]
        for _name, changed, diff in tasks(preview.stdout)
        if changed and diff and "desiredCount" in (diff.get("after") or {})
    ]
    assert counts[0] == 1 and counts[1] > 1, counts
