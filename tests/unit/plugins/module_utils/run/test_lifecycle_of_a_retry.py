"""A run whose failed jobs are retried."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import FailedJob, FailedRecord
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import run
from tests.fakes.run.lifecycle import PARAMS, REQUESTED, complete, done, opened
from tests.fakes.ssm import BOB, FakeSsm


def fail(ssm: FakeSsm, model: str = "HadCM3") -> None:
    failed = FailedJob("RCP85", model, 2031, "KeyError: 'x'", "2026-03-01T10:00:00+00:00")
    FailedRecord(ssm.context(), "staging", "staging-1").note([failed])


def resumed(ssm: FakeSsm, context: Context | None = None, **changes: Any) -> Result:
    return run(context or ssm.context(BOB), {**PARAMS, "state": "resumed", "goals": [], **changes})


def test_a_run_with_failed_jobs_is_resumed_by_anybody(ssm: FakeSsm) -> None:
    opened(ssm)
    fail(ssm)
    lock.release(ssm.context(), "staging")
    before = ssm.parameters["/climate.ingest/staging/run"]
    result = resumed(
        ssm, requested={**REQUESTED, "ingest_historical_years": "1950"}, assume_done=["retry_1_create_jobs_2"]
    )
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
        resumed(ssm, requested={"ingest_scenario": "RCP45"})


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


@pytest.mark.parametrize("step", ["", "drain"], ids=["queued", "drained"])
def test_before_the_database_was_asked_nobody_says_that_nothing_failed(ssm: FakeSsm, step: str) -> None:
    opened(ssm)
    done(ssm, "create_jobs", *filter(None, [step]))
    lock.release(ssm.context(), "staging")
    with pytest.raises(Refused, match="What run staging-1 lacks is not known: verify is not done"):
        resumed(ssm)


@pytest.mark.parametrize("verify", ["verify", "retry_2_verify"])
def test_a_verified_run_has_nothing_to_retry(ssm: FakeSsm, verify: str) -> None:
    opened(ssm)
    done(ssm, "create_jobs", "drain", verify)
    lock.release(ssm.context(), "staging")
    assert "has no failed jobs" in resumed(ssm).values["message"]


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
    opened(ssm, assume_done=[step])
    assert record.read(ssm.context(), "staging", [step]).is_done(step)
