"""An operation as a step of a run: done once, or brought to what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    Interrupted,
    NotFound,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import COMPLETE
from ansible_collections.climate.ingest.plugins.module_utils.job_queue import create_jobs
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import NOTHING_LEFT, STEP_SPEC, carry_out
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import COMMAND, RUN, STEP, command, open_run, step
from tests.fakes.ssm import BOB, FakeSsm
from tests.fakes.task import TASK, task


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    """An account with an open run, locked by Alice."""
    return open_run(aws)


def kept(note: str, changed: bool = False) -> Operation:
    """An operation that brings something to what is wanted each time."""

    def run(context: Context, params: Mapping[str, Any]) -> Result:
        return Result(changed=changed, note=note)

    return Operation(run=run, argument_spec=STEP_SPEC, recorded=True)


def test_a_step_is_written_down_before_its_task_starts_and_when_it_is_done(ssm: FakeSsm) -> None:
    seen: list[str] = []
    answer = {"tasks": [task("PENDING")], "failures": []}
    ssm.aws.on("RunTask", lambda params: seen.append(step(ssm)["state"]) or answer)
    assert command(ssm).changed
    assert seen == ["started"]
    assert (step(ssm)["state"], step(ssm)["task"], step(ssm)["exit_code"]) == ("done", TASK, 0)


def test_a_step_that_is_done_is_not_done_again(ssm: FakeSsm) -> None:
    command(ssm)
    result = command(ssm)
    assert not result.changed
    assert "cities is done in run staging-1" in result.values["message"]
    assert ssm.aws.count("RunTask") == 1


def test_a_step_of_each_time_is_done_again_by_a_task_of_its_own(ssm: FakeSsm) -> None:
    for _time in range(2):
        assert command(ssm, each_time=True).changed
    assert [sent["startedBy"] for sent in ssm.aws.sent("RunTask")] == [
        "staging-1-k3y/cities/1",
        "staging-1-k3y/cities/2",
    ]
    assert len({sent["clientToken"] for sent in ssm.aws.sent("RunTask")}) == 2
    assert (step(ssm)["attempt"], step(ssm)["earlier"][0]["exit_code"]) == (2, 0)


def test_nothing_is_done_without_the_lock(ssm: FakeSsm) -> None:
    with pytest.raises(Refused, match="alice@laptop"):
        carry_out(ssm.context(BOB), COMMAND, OPERATION)
    assert ssm.aws.count("RunTask") == 0


def test_without_an_open_run_nothing_is_written_down(ssm: FakeSsm) -> None:
    record.write_run(ssm.context(), "staging", replace(RUN, state=COMPLETE))
    command(ssm)
    assert "/climate.ingest/staging/steps/cities" not in ssm.parameters
    assert {"key": "climate.ingest:run", "value": "manual"} in ssm.aws.sent("RunTask")[0]["tags"]


def test_tasks_carry_the_runs_id(ssm: FakeSsm) -> None:
    command(ssm)
    assert {"key": "climate.ingest:run", "value": "staging-1"} in ssm.aws.sent("RunTask")[0]["tags"]


def test_what_is_not_needed_any_more_is_left_out(ssm: FakeSsm) -> None:
    command(ssm)
    assert not command(ssm, step="drain", unless_done=["verify", "cities"]).changed
    assert ssm.aws.count("RunTask") == 1


def test_what_must_be_done_before_is_named_with_its_tag(ssm: FakeSsm) -> None:
    with pytest.raises(NotFound) as caught:
        command(ssm, step="generate_historic", requires={"historical_verify": "historical"})
    assert "historical_verify is not done in run staging-1" in caught.value.message
    assert "tag historical" in caught.value.message
    assert "ingest_assume_done=historical_verify" in caught.value.message


def test_a_stop_comes_before_the_step(ssm: FakeSsm) -> None:
    def stop() -> None:
        raise Interrupted("stop")

    with pytest.raises(Interrupted):
        carry_out(ssm.context(checkpoint=stop), COMMAND, OPERATION)
    assert ssm.aws.count("RunTask") == 0


def test_what_was_made_is_written_down_when_there_is_news(ssm: FakeSsm) -> None:
    def made(note: str) -> int:
        before = ssm.aws.count("PutParameter")
        carry_out(ssm.context(), {**STEP, "step": "capacity"}, kept(note))
        return ssm.aws.count("PutParameter") - before

    assert [made("2 instances"), made("2 instances"), made("3 instances")] == [1, 0, 1]
    assert step(ssm, "capacity")["note"] == "3 instances"


def test_what_may_create_something_ends_the_word_of_an_earlier_teardown(ssm: FakeSsm) -> None:
    context = ssm.context(memo=Memo())
    context.memo.put(NOTHING_LEFT, True)
    carry_out(context, {**STEP, "step": "cities", **COMMAND}, OPERATION)
    assert context.memo.get(NOTHING_LEFT), "a command changes nothing that a teardown removes"
    carry_out(context, {**STEP, "step": "capacity"}, kept("2 instances"))
    assert context.memo.get(NOTHING_LEFT) is None


def test_before_a_guarded_operation_the_lock_is_checked_however_recently_it_was(ssm: FakeSsm) -> None:
    context = ssm.context(memo=Memo())
    lock.acquire(context, "staging")
    remove = replace(kept("2 instances"), guarded=True)
    carry_out(context, {**STEP, "step": "capacity"}, kept("2 instances"))
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    carry_out(context, {**STEP, "step": "capacity"}, kept("2 instances"))
    with pytest.raises(Refused, match="bob@desk"):
        carry_out(context, {**STEP, "step": "teardown"}, remove)


@pytest.mark.parametrize("operation", [create_jobs.OPERATION, teardown.OPERATION], ids=["create_jobs", "teardown"])
def test_jobs_are_queued_and_things_removed_under_a_lock_just_checked(ssm: FakeSsm, operation: Operation) -> None:
    context = ssm.context(memo=Memo())
    lock.acquire(context, "staging")
    carry_out(context, {**STEP, "step": "capacity"}, kept("2 instances"))
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    ssm.aws.calls.clear()
    with pytest.raises(Refused, match="bob@desk"):
        carry_out(context, {**STEP, "step": "any"}, operation)
    assert ssm.aws.changes() == []
