"""A run that was interrupted and is resumed: what is recorded of the interruption."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, FAILED, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.record import interruptions, lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.interruptions import Interruption
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import run
from tests.fakes.run.lifecycle import PARAMS, imported, opened
from tests.fakes.ssm import ALICE, BEGAN, BOB, FakeSsm

KEPT = "/climate.ingest/staging/interruptions"
HOUR = 3600
LAST_SIGN = "last sign of alice@laptop (process 4711), which did not release the environment"


def moment(seconds: float) -> str:
    """Give a time of the fake clock."""
    return BEGAN.fromtimestamp(BEGAN.timestamp() + seconds, BEGAN.tzinfo).isoformat(timespec="seconds")


def later(ssm: FakeSsm, seconds: float) -> None:
    ssm.aws.now += seconds


def step(ssm: FakeSsm, name: str, state: str) -> None:
    """Write a step now."""
    at = moment(ssm.aws.now)
    record.write_step(ssm.context(), "staging", name, record.Step("staging-1", state, at))


def fail(ssm: FakeSsm, message: str) -> None:
    """Fail now, as a playbook does: the failure is recorded, then the environment is released."""
    known = record.read(ssm.context(), "staging").open_run
    assert known
    failure = {"at": moment(ssm.aws.now), "task": "a task", "message": message}
    record.write_run(ssm.context(), "staging", replace(known, failure=failure))


def release(ssm: FakeSsm) -> None:
    assert lock.release(ssm.context(), "staging")


def known(ssm: FakeSsm) -> list[Interruption]:
    return list(interruptions.read(ssm.context(BOB), "staging", "staging-1").newest)


def test_a_crash_began_at_the_last_sign_of_life(ssm: FakeSsm) -> None:
    opened(ssm)
    later(ssm, 30)
    step(ssm, "migrate", STARTED)
    later(ssm, 2 * HOUR)
    opened(ssm, ssm.context(BOB))
    assert known(ssm) == [Interruption(moment(30), moment(30 + 2 * HOUR), "migrate", True, LAST_SIGN)]


def test_the_renewal_of_the_lock_is_a_sign_of_life(ssm: FakeSsm) -> None:
    opened(ssm)
    step(ssm, "migrate", DONE)
    later(ssm, 600)
    lock.ensure_held(ssm.context(), "staging", needed=True)
    later(ssm, HOUR)
    opened(ssm, ssm.context(BOB))
    assert known(ssm) == [Interruption(moment(600), moment(600 + HOUR), "migrate", False, LAST_SIGN)]


def test_a_drain_that_was_under_way_is_the_step(ssm: FakeSsm) -> None:
    opened(ssm)
    step(ssm, "create_jobs", DONE)
    series = {"run": "staging-1", "began": moment(60), "t": [0, 45], "total": 5, "worker_minutes": 0.0, "done": 0}
    columns = dict.fromkeys(("left", "in_flight", "running", "pending", "desired", "failed"), [1, 1])
    ssm.parameters["/climate.ingest/staging/drains/drain"] = {**series, "width": 1.0, **columns}
    later(ssm, HOUR)
    opened(ssm, ssm.context(BOB))
    assert [(each.began, each.step, each.within) for each in known(ssm)] == [(moment(105), "drain", True)]


def test_of_a_run_without_a_step_no_step_is_told(ssm: FakeSsm) -> None:
    opened(ssm)
    later(ssm, HOUR)
    opened(ssm, ssm.context(BOB))
    assert [(each.step, each.within) for each in known(ssm)] == [("", False)]


def test_a_failure_says_when_and_why(ssm: FakeSsm) -> None:
    opened(ssm)
    later(ssm, 60)
    step(ssm, "cities", FAILED)
    fail(ssm, "cities failed\nwith an exit code")
    later(ssm, 120)
    step(ssm, "teardown", DONE)
    release(ssm)
    later(ssm, HOUR)
    opened(ssm, ssm.context(BOB))
    assert known(ssm) == [Interruption(moment(60), moment(180 + HOUR), "cities", True, "cities failed")]


def test_a_controller_that_failed_and_died_as_it_cleaned_up_failed(ssm: FakeSsm) -> None:
    opened(ssm)
    later(ssm, 50)
    fail(ssm, "stopped by you")
    later(ssm, HOUR)
    opened(ssm, ssm.context(BOB))
    assert [(each.began, each.why) for each in known(ssm)] == [(moment(50), "stopped by you")]


def test_a_resumption_that_failed_at_once_is_no_end_of_the_interruption(ssm: FakeSsm) -> None:
    opened(ssm)
    later(ssm, HOUR)
    with pytest.raises(Refused):
        opened(ssm, ssm.context(BOB), imports=[imported(scenario="RCP45")])
    fail(ssm, "imports something else")
    assert lock.release(ssm.context(BOB), "staging")
    later(ssm, HOUR)
    opened(ssm)
    assert [(each.began, each.resumed, each.why) for each in known(ssm)] == [(moment(0), moment(2 * HOUR), LAST_SIGN)]


@pytest.mark.parametrize("times", [1, 2])
def test_a_teardown_in_between_hands_on_the_last_sign_of_life(ssm: FakeSsm, times: int) -> None:
    opened(ssm)
    later(ssm, HOUR)
    for _ in range(times):
        lock.acquire(ssm.context(BOB), "staging")
        step(ssm, "teardown", DONE)
        assert lock.release(ssm.context(BOB), "staging")
        later(ssm, HOUR)
    opened(ssm)
    assert [(each.began, each.why) for each in known(ssm)] == [(moment(0), LAST_SIGN)]


def test_each_interruption_is_told_once(ssm: FakeSsm) -> None:
    opened(ssm)
    fail(ssm, "the first")
    release(ssm)
    for hour in (1, 2):  # the second time it had ended as it should
        ssm.aws.now = hour * HOUR
        opened(ssm)
        release(ssm)
    later(ssm, 60)
    opened(ssm)
    later(ssm, HOUR)
    opened(ssm, ssm.context(BOB))
    found = [(each.why, each.began, each.resumed) for each in known(ssm)]
    crash = (LAST_SIGN, moment(2 * HOUR + 60), moment(3 * HOUR + 60))
    assert found == [("the first", moment(0), moment(HOUR)), crash]
    assert interruptions.read(ssm.context(), "staging", "staging-1").count == 2


@pytest.mark.parametrize("nothing", ["read", "written"])
def test_where_nothing_was_interrupted_nothing_is(ssm: FakeSsm, nothing: str) -> None:
    opened(ssm)
    release(ssm)
    before = len(ssm.aws.calls)
    opened(ssm, ssm.context(BOB))
    operation = {"read": "GetParameters", "written": "PutParameter"}[nothing]
    assert not [params for name, params in ssm.aws.calls[before:] if name == operation and KEPT in str(params)]
    assert KEPT not in ssm.parameters


def test_a_crash_after_it_was_recorded_is_the_same_interruption(ssm: FakeSsm, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(ssm)
    later(ssm, HOUR)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(lock, "settle", died)
        opened(ssm, ssm.context(BOB))
    later(ssm, HOUR)
    opened(ssm)
    assert [(each.began, each.resumed) for each in known(ssm)] == [(moment(0), moment(2 * HOUR))]
    assert interruptions.read(ssm.context(), "staging", "staging-1").count == 1
    assert "lost" not in ssm.parameters["/climate.ingest/staging/lock/3"]


def died(*_arguments: Any) -> None:
    raise SystemExit


def test_a_crash_before_the_run_was_opened_interrupted_no_run(ssm: FakeSsm) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    later(ssm, HOUR)
    opened(ssm, ssm.context(BOB))
    assert lock.release(ssm.context(BOB), "staging")
    opened(ssm)
    assert known(ssm) == []


def test_a_preview_records_nothing(ssm: FakeSsm) -> None:
    opened(ssm)
    later(ssm, HOUR)
    before = dict(ssm.parameters)
    run(ssm.context(BOB, check_mode=True), PARAMS)
    assert ssm.parameters == before


def test_the_end_of_what_was_beside_the_run_is_no_interruption(ssm: FakeSsm) -> None:
    opened(ssm)
    release(ssm)
    beside = {"state": "present", "environment": "staging", "take_over": None}
    lock.run(ssm.context(BOB), beside)
    later(ssm, HOUR)
    opened(ssm)
    assert known(ssm) == []
    later(ssm, HOUR)
    lock.run(ssm.context(BOB), beside)  # what it found is handed on all the same
    later(ssm, HOUR)
    opened(ssm)
    assert [each.began for each in known(ssm)] == [moment(HOUR)]
