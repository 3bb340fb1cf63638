"""Jobs that fail for good, on one sandbox: named while they fail, queued again alone, tolerated where one says so."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.kept.documents import decoded
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.kept.job import FailedJob
from sandbox import data
from tests.fakes.terraform_state import terraform_state
from tests.integration.conftest import Account

# in order: what is left of a test is what the next one starts from
HISTORY = ",".join(str(year) for year in range(1951, 1981))
REQUESTED = {"ingest_years": "2030,2031,2044,2045", "ingest_historical_years": HISTORY}
JOBS = 4
MISSING = (2031, 2044)
RETRY = "playbooks/retry_failed.yml"


@contextmanager
def without(account: Account, scenario: str, *years: int) -> Iterator[None]:
    """Take NetCDF files away for a while."""
    s3 = account.client("s3")
    keys = [data.netcdf_key(scenario, year) for year in years]
    kept = {key: s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read() for key in keys}
    for key in keys:
        s3.delete_object(Bucket=data.BUCKET, Key=key)
    try:
        yield
    finally:
        for key, body in kept.items():
            s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)


def sent(account: Account) -> Counter[int]:
    """Count the messages that were ever sent, by year."""
    return Counter(int(json.loads(each["body"])["year"]) for each in account.control("messages")["messages"])


def record(account: Account) -> list[FailedJob]:
    """The failed jobs in the record."""
    path = "/climate.ingest/staging/failed"
    found = account.client("ssm").get_parameters_by_path(Path=path)["Parameters"]
    return [job for each in found for job in decoded(json.loads(each["Value"]))]


@pytest.fixture(scope="module")
def untouched(account: Account) -> dict[str, Any]:
    return terraform_state(account)


@pytest.fixture(scope="module")
def failed(account: Account, untouched: dict[str, Any]) -> str:
    """A run with two NetCDF files taken away."""
    with without(account, "A1B", *MISSING):
        run = account.playbook("populate", **REQUESTED)
    assert run.returncode == 2, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def previewed(account: Account, failed: str) -> tuple[str, list[str]]:
    since = len(account.calls())
    run = account.playbook("retry_failed", "--check", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout, [call["operation"] for call in account.calls(since) if call["changes"]]


@pytest.fixture(scope="module")
def failed_again(account: Account, previewed: object) -> str:
    """A retry with one of the files still missing, under the documented policy."""
    with without(account, "A1B", 2044), account.limited():
        run = account.playbook("retry_failed", **REQUESTED)
    assert run.returncode == 2, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def retried(account: Account, failed_again: str) -> str:
    with account.limited():
        run = account.playbook("retry_failed", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def tolerated(account: Account, retried: str) -> str:
    """The rest of the run, with a failed job of the history that is tolerated."""
    with without(account, "historical", 1980):
        run = account.playbook("populate", ingest_allow_failed_jobs=1, **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


def test_a_job_is_named_while_it_fails(failed: str) -> None:
    for year in MISSING:
        assert f"given up: A1B HadCM3 {year}: botocore.errorfactory.NoSuchKey: An error occurred (NoSuchKey)" in failed


def test_a_run_with_failed_jobs_fails_with_their_list(failed: str) -> None:
    assert f"2 of the {JOBS} requested data sources of A1B are not imported:" in failed
    assert "HadCM3: 2031, 2044: botocore.errorfactory.NoSuchKey" in failed
    assert RETRY in failed.rpartition("resume with")[2]
    assert "Generate historical data" not in failed


def test_nothing_is_left_standing(account: Account, untouched: dict[str, Any], failed: str) -> None:
    assert terraform_state(account) == untouched


def test_failed_jobs_are_kept_in_the_account(account: Account, failed: str) -> None:
    assert sorted(job.title for job in record(account)) == [f"A1B HadCM3 {year}" for year in MISSING]


def test_a_preview_of_a_retry_changes_nothing_and_says_what_is_queued(previewed: tuple[str, list[str]]) -> None:
    assert previewed[1] == []
    assert "retry 1: 2 jobs to be queued again by 1 create_jobs" in previewed[0]
    assert 'run        command create_jobs,A1B,HadCM3,"2031,2044"' in previewed[0]


def test_the_status_of_a_run_has_its_retries_and_what_failed(account: Account, failed_again: str) -> None:
    run = account.playbook("status", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    for part in ("retry_1_drain", "A1B HadCM3 2044:", "NoSuchKey"):
        assert part in run.stdout


def test_just_the_failed_jobs_are_queued_again(account: Account, retried: str) -> None:
    assert sent(account) == {2030: 1, 2045: 1, 2031: 2, 2044: 3}


def test_what_fails_in_a_retry_is_for_the_next(failed_again: str, retried: str) -> None:
    assert f"1 of the {JOBS} requested data sources of A1B are not imported:" in failed_again
    assert "HadCM3: 2044: botocore.errorfactory.NoSuchKey" in failed_again
    assert "retry 2: 1 job to be queued again by 1 create_jobs" in retried


def test_a_retry_leaves_nothing_and_the_rest_of_the_run_to_be_done(
    account: Account, untouched: dict[str, Any], retried: str
) -> None:
    assert "run staging-1 stays open: verify, historical_verify, generate_historic to be done" in retried
    assert terraform_state(account) == untouched
    assert [job.imported for job in record(account)] == [True, True], "kept for the report only"


def test_without_failed_jobs_a_retry_does_nothing(account: Account, retried: str) -> None:
    since = len(account.calls())
    with account.limited():
        run = account.playbook("retry_failed", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "run staging-1 has no failed jobs: there is nothing to retry." in run.stdout
    assert [call["operation"] for call in account.calls(since) if call["changes"]] == []


def test_the_run_goes_on_to_its_end_without_queueing_anything_twice(account: Account, tolerated: str) -> None:
    assert "run staging-1 is complete" in tolerated
    assert {year: count for year, count in sent(account).items() if year < 2006} == dict.fromkeys(range(1951, 1981), 1)
    assert sent(account)[2030] == 1


def test_tolerated_jobs_are_a_warning(tolerated: str) -> None:
    assert "1 job of historical failed; ingest_allow_failed_jobs is 1, so the run continues:" in " ".join(
        tolerated.split()
    )


def test_a_complete_run_has_nothing_to_retry(account: Account, tolerated: str) -> None:
    with account.limited():
        run = account.playbook("retry_failed", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "no run is open in 'staging': there is nothing to retry." in run.stdout


def test_the_log_may_be_sent_to_a_group_of_ones_choice(account: Account, tolerated: str) -> None:
    """A family that does not log to CloudWatch: nothing could be verified, and no failure seen."""
    ecs, logs = account.client("ecs"), account.client("logs")
    fields = ("family", "containerDefinitions", "volumes")
    described = ecs.describe_task_definition(taskDefinition="StagingManagement")["taskDefinition"]
    definition = {name: described[name] for name in fields}
    definition["containerDefinitions"][0]["logConfiguration"] = {"logDriver": "json-file"}
    ecs.register_task_definition(**definition)
    logs.create_log_group(logGroupName="chosen")
    more = {**REQUESTED, "ingest_new_run_after": "staging-1", "ingest_log_group": "chosen"}
    with without(account, "A1B", 2044):
        run = account.playbook("future", **more)
    assert run.returncode == 2, run.stdout + run.stderr
    assert "given up: A1B HadCM3 2044: botocore.errorfactory.NoSuchKey" in run.stdout
    streams = logs.describe_log_streams(logGroupName="chosen")["logStreams"]
    assert {each["logStreamName"].rpartition("/")[0] for each in streams} == {"ingest/management"}
