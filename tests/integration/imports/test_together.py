"""Three imports whose jobs are run by one drain: each queued once, one that fails named and retried alone."""

from __future__ import annotations

import json
from collections import Counter
from subprocess import CompletedProcess
from typing import Any

import pytest

from sandbox import data
from tests.integration.conftest import Account

# in order: what is left of a test is what the next one starts from
MODEL = {"all_models": ["HadCM3"]}
REQUESTED: dict[str, Any] = {
    "ingest_drain": "together",
    "ingest_imports": [
        {"scenario": "A1B", "years": "2060-2062", "all_years": "2006-2099", **MODEL},
        {"scenario": "E1", "models": "HadCM3", "years": [2050, 2051], "all_years": "2006-2099", **MODEL},
        {"scenario": "historical", "years": "1951-1980", "all_years": "1950-2005", "averages": True, **MODEL},
    ],
}
LOST = ("E1", 2051)
JOBS = {
    *(("A1B", year) for year in (2060, 2061, 2062)),
    *(("E1", year) for year in (2050, 2051)),
    *(("historical", year) for year in range(1951, 1981)),
}
SCENARIOS = "SELECT id, name FROM climate_data_scenario"


def succeeded(run: CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def sent(account: Account) -> Counter[tuple[str, int]]:
    """Count the messages that were ever sent, by scenario and year."""
    names = dict(account.sql(SCENARIOS))
    bodies = [json.loads(each["body"]) for each in account.control("messages")["messages"]]
    return Counter((names[each["scenario_id"]], int(each["year"])) for each in bodies)


@pytest.fixture(scope="module")
def failed(account: Account) -> str:
    """A run with a NetCDF file taken away."""
    s3, key = account.client("s3"), data.netcdf_key(*LOST)
    body = s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    s3.delete_object(Bucket=data.BUCKET, Key=key)
    run = account.playbook("populate", **REQUESTED)
    s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)
    assert run.returncode == 2, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def retried(account: Account, failed: str) -> str:
    return succeeded(account.playbook("retry_failed", **REQUESTED))


@pytest.fixture(scope="module")
def completed(account: Account, retried: str) -> str:
    return succeeded(account.playbook("populate", **REQUESTED))


def test_all_jobs_are_queued_before_one_drain(account: Account, failed: str) -> None:
    assert failed.count("TASK [climate.ingest.create_jobs : Create the jobs]") == 3
    assert failed.count("Wait until the job queue is drained") == 1
    assert "1 of the 2 requested data sources of E1 are not imported:" in failed


def test_just_the_lost_job_is_queued_again(account: Account, retried: str) -> None:
    assert "retry 1: 1 job to be queued again by 1 create_jobs" in retried
    assert sent(account) == Counter({job: 1 for job in JOBS} | {LOST: 2})


def test_the_run_goes_on_to_the_averages(account: Account, completed: str) -> None:
    assert "run staging-1 is complete" in completed
    sources = "SELECT s.name, d.year FROM climate_data_climatedatasource d JOIN climate_data_scenario s"
    rows = account.sql(f"{sources} ON s.id = d.scenario_id WHERE d.import_completed")
    assert set(rows) == JOBS
    assert account.sql("SELECT count(*) FROM climate_data_historicaverageclimatedata")[0][0] > 0


def test_the_status_has_the_steps_of_each_import(account: Account, completed: str) -> None:
    said = succeeded(account.playbook("status", **REQUESTED))
    for name in ("a1b_create_jobs", "e1_create_jobs", "historical_create_jobs", "a1b_drain", "e1_verify"):
        assert name in said
    assert "e1_drain" not in said
