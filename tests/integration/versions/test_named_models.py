"""The version of 2017 takes only the first year of named models: one command a year, across a crash, and a retry."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from sandbox import data
from sandbox.runtime import IMAGES
from tests.integration.conftest import Account, Controller, sandbox_up

# in order: what is left of a test is what the next one starts from
YEARS, LOST, HISTORY = (2050, 2051, 2052), 2051, range(1951, 1981)
REQUESTED = {
    "ingest_models": "HadCM3",
    "ingest_years": "2050-2052",
    "ingest_historical_models": "HadCM3",
    "ingest_historical_years": "1951-1980",
}
HALF = "--skip-tags=verify,historical,teardown"  # the import is left drained, and not verified


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    images = yaml.safe_load(IMAGES.read_text())
    image = images["images"]["cc-management"]
    image["directory"] = str((IMAGES.parent / image["directory"]).resolve())
    image["environment"] = {"CLIMATE_API_VERSION": "2017", "SHELL_COMMAND": "1"}
    path = tmp_path_factory.mktemp("images") / "images.yml"
    path.write_text(yaml.safe_dump(images))
    with sandbox_up(tmp_path_factory.mktemp("sandbox"), "--images", str(path)) as account:
        yield account


def sent(account: Account) -> Counter[int]:
    """Count the messages that were ever sent, by year."""
    return Counter(int(json.loads(each["body"])["year"]) for each in account.control("messages")["messages"])


def step(account: Account, name: str) -> dict[str, Any]:
    found = account.client("ssm").get_parameter(Name=f"/climate.ingest/staging/steps/{name}")
    return dict(json.loads(found["Parameter"]["Value"]))


def succeeded(run: CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def killed(account: Account) -> str:
    """A controller that is killed when the first of the years is queued."""
    s3, key = account.client("s3"), data.netcdf_key("A1B", LOST)
    body = s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    s3.delete_object(Bucket=data.BUCKET, Key=key)
    controller = Controller(account, HALF, **REQUESTED)
    controller.await_text("create_jobs 2050: 1 of 3 queued")
    os.kill(controller.process.pid, signal.SIGKILL)
    controller.process.wait()
    resumed = succeeded(account.playbook("populate", HALF, **REQUESTED))
    s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)
    return controller.said + resumed


@pytest.fixture(scope="module")
def retried(account: Account, killed: str) -> str:
    with account.limited():
        return succeeded(account.playbook("retry_failed", **REQUESTED))


@pytest.fixture(scope="module")
def completed(account: Account, retried: str) -> str:
    return succeeded(account.playbook("populate", **REQUESTED))


def test_one_command_a_year_follows_and_each_is_queued_once(account: Account, killed: str) -> None:
    told = "create_jobs queued 1 of 3 jobs: this version takes only the first year of named models; one command a year"
    assert killed.count(told) == 1
    assert "create_jobs 2052: 3 of 3 queued" in killed
    assert sent(account) == Counter([2050, *YEARS]), "the first was purged"
    assert step(account, "create_jobs")["note"] == "3 jobs by 3 commands, one a year"


def test_a_retry_verifies_first_what_nobody_has_verified(account: Account, killed: str, retried: str) -> None:
    assert "verify is not done: it is carried out first" in retried
    assert "1 of the 3 requested data sources of A1B are not imported" in retried
    assert "retry 1: 1 job to be queued again by 1 create_jobs" in retried
    assert sent(account) == Counter([2050, *YEARS, LOST])


def test_the_run_goes_on_with_one_command_a_year(account: Account, completed: str) -> None:
    assert "run staging-1 is complete" in completed
    assert "of named models" not in completed, "that was learned before"
    assert sent(account) == Counter([2050, *YEARS, LOST, *HISTORY])
    assert step(account, "historical_create_jobs")["note"] == "30 jobs by 30 commands, one a year"
    sources = account.sql("SELECT year FROM climate_data_climatedatasource WHERE import_completed ORDER BY year")
    assert [year for (year,) in sources] == [*HISTORY, *YEARS]


def test_then_nothing_is_left_to_retry(account: Account, completed: str) -> None:
    said = succeeded(account.playbook("retry_failed", **REQUESTED))
    assert "no run is open in 'staging': there is nothing to retry." in said
