"""A run whose failed jobs are retried."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, FAILED, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import FailedJob, FailedRecord
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.unverified import JUDGED
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.one_a_year import PURGING, YEARS
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import run
from tests.fakes.run.lifecycle import HISTORY, PARAMS, complete, done, imported, opened
from tests.fakes.ssm import BOB, FakeSsm

BOTH = [imported(), HISTORY]


def fail(ssm: FakeSsm, model: str = "HadCM3", scenario: str = "RCP85", queued: int = 0) -> None:
    failed = FailedJob(scenario, model, 2031, "KeyError: 'x'", "2026-03-01T10:00:00+00:00", queued=queued)
    FailedRecord(ssm.context(), "staging", "staging-1").note([failed])


def resumed(ssm: FakeSsm, context: Context | None = None, **changes: Any) -> Result:
    return run(context or ssm.context(BOB), {**PARAMS, "state": "resumed", **changes})


def test_a_run_with_failed_jobs_is_resumed_by_anybody(ssm: FakeSsm) -> None:
    opened(ssm)
    fail(ssm)
    lock.release(ssm.context(), "staging")
    before = ssm.parameters["/climate.ingest/staging/run"]
    result = resumed(ssm, imports=[imported(), HISTORY], assume_done=["retry_1_create_jobs_2"])
    assert (result.changed, result.values["complete"], result.values["run"]) == (False, False, "staging-1")
    assert ssm.parameters["/climate.ingest/staging/run"] == before
    assert ssm.parameters["/climate.ingest/staging/steps/retry_1_create_jobs_2"]["state"] == "done"
    with pytest.raises(Refused, match="in use by bob@desk"):
        opened(ssm)


def test_a_resumed_run_asks_for_the_same(ssm: FakeSsm) -> None:
    opened(ssm)
    fail(ssm)
    lock.release(ssm.context(), "staging")
    with pytest.raises(Refused, match="ingest_scenario was 'RCP85' and is 'RCP45'"):
        resumed(ssm, imports=[imported(scenario="RCP45")])


@pytest.mark.parametrize("model", [None, "model id 3"], ids=["none", "none with a name"])
def test_without_failed_jobs_nothing_is_resumed(ssm: FakeSsm, model: str | None) -> None:
    opened(ssm)
    if model:
        fail(ssm, model)
    lock.release(ssm.context(), "staging")
    ssm.aws.calls.clear()
    result = resumed(ssm)
    assert (result.values["complete"], ssm.aws.changes()) == (True, [])
    assert "run staging-1 has no failed jobs" in result.values["message"]


def step(ssm: FakeSsm, name: str, state: str, **facts: int) -> None:
    written = record.Step("staging-1", state, "2026-03-01T10:00:00+00:00", facts=facts)
    record.write_step(ssm.context(), "staging", name, written)


@pytest.mark.parametrize("state", [STARTED, DONE])
@pytest.mark.parametrize("half", ["", "historical_"])
def test_before_the_queue_is_drained_nobody_retries(ssm: FakeSsm, half: str, state: str) -> None:
    opened(ssm)
    step(ssm, f"{half}create_jobs", state)
    lock.release(ssm.context(), "staging")
    with pytest.raises(Refused, match=rf"\({half}drain is not done\). Run this first"):
        resumed(ssm)


@pytest.mark.parametrize("fact", [PURGING, YEARS])
def test_before_all_years_are_queued_nobody_retries(ssm: FakeSsm, fact: str) -> None:
    opened(ssm)
    step(ssm, "create_jobs", FAILED, **{fact: 1})
    lock.release(ssm.context(), "staging")
    with pytest.raises(Refused, match="are still to be drained"):
        resumed(ssm)


@pytest.mark.parametrize("with_failed", [True, False], ids=["with failed jobs", "without"])
@pytest.mark.parametrize("state", ["", STARTED, FAILED], ids=["interrupted", "begun", "could not be carried out"])
def test_what_is_drained_and_not_verified_is_verified_first(ssm: FakeSsm, state: str, with_failed: bool) -> None:
    opened(ssm)
    done(ssm, "create_jobs", "drain")
    if state:
        step(ssm, "verify", state)
    if with_failed:
        fail(ssm)
    lock.release(ssm.context(), "staging")
    result = resumed(ssm)
    assert (result.values["complete"], result.values["verify_first"]) == (False, {"projections": ""})
    with pytest.raises(Refused, match="in use by bob@desk"):
        opened(ssm)


def test_a_job_without_a_name_has_failed_until_the_database_was_asked(ssm: FakeSsm) -> None:
    opened(ssm)
    done(ssm, "create_jobs", "drain")
    fail(ssm, "model id 3")
    lock.release(ssm.context(), "staging")
    assert resumed(ssm).values["verify_first"] == {"projections": ""}


def test_a_preview_says_that_it_is_verified_first(ssm: FakeSsm) -> None:
    opened(ssm)
    done(ssm, "create_jobs", "drain")
    lock.release(ssm.context(), "staging")
    context = ssm.context(BOB, check_mode=True)
    assert resumed(ssm, context).values["verify_first"] == {"projections": ""}
    assert context.preview.notes == [("run", "verify first: which jobs are queued again is known only then")]


def test_both_halves_are_verified_first(ssm: FakeSsm) -> None:
    opened(ssm, imports=BOTH)
    done(ssm, "create_jobs", "drain", "historical_create_jobs", "historical_drain")
    lock.release(ssm.context(), "staging")
    assert resumed(ssm, imports=BOTH).values["verify_first"] == {"projections": "", "historical": "historical_"}


@pytest.mark.parametrize("verify", ["verify", "retry_2_verify"])
def test_a_verified_run_has_nothing_to_retry(ssm: FakeSsm, verify: str) -> None:
    opened(ssm)
    done(ssm, "create_jobs", "drain", verify)
    lock.release(ssm.context(), "staging")
    assert "has no failed jobs" in resumed(ssm).values["message"]


def test_a_verification_that_found_missing_jobs_is_the_source_of_the_choice(ssm: FakeSsm) -> None:
    opened(ssm)
    done(ssm, "create_jobs", "drain")
    step(ssm, "verify", FAILED, **{JUDGED: 1})
    fail(ssm)
    lock.release(ssm.context(), "staging")
    assert resumed(ssm).values["verify_first"] == {}


@pytest.mark.parametrize(("scenario", "first"), [("RCP85", "retry_1_"), ("historical", "retry_1_historical_")])
def test_a_retry_that_was_drained_is_verified_first(ssm: FakeSsm, scenario: str, first: str) -> None:
    opened(ssm, imports=BOTH)
    done(ssm, "create_jobs", "drain", "historical_create_jobs", "historical_drain", "retry_1", "retry_1_drain")
    for verify in ("verify", "historical_verify"):
        step(ssm, verify, FAILED, **{JUDGED: 1})
    fail(ssm, scenario=scenario, queued=1)
    lock.release(ssm.context(), "staging")
    assert [*resumed(ssm, imports=BOTH).values["verify_first"].values()] == [first]


def test_while_a_retry_is_under_way_nothing_is_verified(ssm: FakeSsm) -> None:
    """What is missing is in the queue."""
    opened(ssm)
    done(ssm, "create_jobs", "drain", "retry_1", "retry_1_create_jobs_1")
    fail(ssm, queued=1)
    lock.release(ssm.context(), "staging")
    assert resumed(ssm).values["verify_first"] == {}


def test_a_complete_run_tells_what_it_tolerated(ssm: FakeSsm, standing: list[str]) -> None:
    complete(ssm)
    fail(ssm)
    message = resumed(ssm).values["message"]
    assert "1 job failed in run staging-1, which is complete as they were tolerated" in message


def test_without_an_open_run_nothing_is_resumed(ssm: FakeSsm, standing: list[str]) -> None:
    assert "no run is open in 'staging'" in resumed(ssm).values["message"]
    complete(ssm)
    assert "no run is open in 'staging'" in resumed(ssm).values["message"]


def test_a_preview_of_a_resumed_run_claims_nothing(ssm: FakeSsm) -> None:
    opened(ssm)
    fail(ssm)
    lock.release(ssm.context(), "staging")
    ssm.aws.calls.clear()
    assert not resumed(ssm, ssm.context(BOB, check_mode=True)).values["complete"]
    assert ssm.aws.changes() == []


@pytest.mark.parametrize("step", ["retry_1", "retry_x_drain", "retry_1_create_jobs", "retry_1_database"])
def test_a_retry_has_no_other_steps(ssm: FakeSsm, step: str) -> None:
    with pytest.raises(InvalidInput, match=step):
        opened(ssm, assume_done=[step])


@pytest.mark.parametrize(
    "step", ["retry_12_drain", "retry_1_create_jobs_3", "retry_1_verify", "retry_1_historical_verify"]
)
def test_steps_of_a_retry_may_be_assumed_done(ssm: FakeSsm, step: str) -> None:
    opened(ssm, imports=[imported(), HISTORY], assume_done=[step])
    assert record.read(ssm.context(), "staging", [step]).is_done(step)
