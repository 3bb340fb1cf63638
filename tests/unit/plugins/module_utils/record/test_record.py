"""The record of a run: what it keeps of each step, and that it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import STEP_SPEC, carry_out
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.run.open_run import RUN, STEP, command, open_run, step
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import page, task, tasks


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    """An account with an open run, locked by Alice."""
    return open_run(aws)


def kept(note: str, changed: bool = False) -> Operation:
    """An operation that brings something to what is wanted each time."""

    def run(context: Context, params: Mapping[str, Any]) -> Result:
        return Result(changed=changed, note=note)

    return Operation(run=run, argument_spec=STEP_SPEC, recorded=True)


def test_a_step_of_an_earlier_run_does_not_count(ssm: FakeSsm) -> None:
    command(ssm)
    record.write_run(ssm.context(), "staging", replace(RUN, id="staging-2", key="other"))
    assert command(ssm).changed


def test_a_preview_writes_nothing_and_later_steps_know(ssm: FakeSsm) -> None:
    context = ssm.context(check_mode=True)
    before = ssm.aws.count("PutParameter")
    for _twice in range(2):
        carry_out(context, {**STEP, "step": "drain"}, replace(kept(""), once=True))
    assert record.read(context, "staging", ["drain"]).is_done("drain")
    assert ssm.aws.count("PutParameter") == before


def test_a_long_note_is_cut(ssm: FakeSsm) -> None:
    carry_out(ssm.context(), {**STEP, "step": "capacity"}, kept("x" * 10_000))
    assert len(step(ssm, "capacity")["note"]) == record.LONGEST_NOTE


def test_a_command_is_kept_with_its_last_lines_and_without_secrets(ssm: FakeSsm) -> None:
    lines = [f"line {number} hunter2 {'x' * 300}" for number in range(40)]
    ssm.aws.on("GetLogEvents", page("f", *lines), page("f"))
    command(ssm, command="loaddata,hunter2")
    log = step(ssm)["log"]
    assert (log["group"], log["stream"]) == ("g", "p/management/abc")
    assert log["lines"][-1].startswith("line 39 ******** x") and log["lines"][-1].endswith("x...")
    assert len(log["lines"][-1]) == record.LONGEST_LINE
    assert step(ssm)["command"] == "loaddata,********"
    assert "hunter2" not in str(ssm.parameters)


def test_a_step_fits_its_parameter_whatever_happened(ssm: FakeSsm) -> None:
    ssm.aws.on("GetLogEvents", page("f", *["\N{SNOWMAN}" * 300] * 40), page("f"))
    for _attempt in range(12):
        ssm.aws.on("DescribeTasks", tasks(task("STOPPED", 3, stoppedReason="because of " + "x" * 400)))
        with pytest.raises(TaskFailed):
            command(ssm)
    assert step(ssm)["attempt"] == 12
    assert step(ssm)["earlier"][-1]["exit_code"] == 3


def test_hundreds_of_changes_fit_as_well(ssm: FakeSsm) -> None:
    def run(context: Context, params: Mapping[str, Any]) -> Result:
        return Result(changed=True, changes=[("removed", f"instance i-{number:017}") for number in range(300)])

    carry_out(ssm.context(), {**STEP, "step": "teardown"}, Operation(run=run, argument_spec=STEP_SPEC, recorded=True))
    assert step(ssm, "teardown")["did"][-1] == ["removed", f"instance i-{299:017}"]


def test_in_a_play_the_record_is_read_once_and_kept_up_with_what_is_written(ssm: FakeSsm) -> None:
    context = ssm.context(memo=Memo())
    record.remember(context, "staging")
    ssm.aws.calls.clear()
    done = record.Step(RUN.id, DONE, "2026-03-01T10:00:00+00:00", note="14 objects")
    record.write_step(context, "staging", "cities", done)
    assert record.read(context, "staging", ["cities", "migrate"]).steps["cities"].note == "14 objects"
    assert record.read_all(context, "staging").is_done("cities")
    record.write_run(context, "staging", replace(RUN, goals=["verify", "generate_historic"]))
    assert record.read(context, "staging").run == replace(RUN, goals=["verify", "generate_historic"])
    assert {name for name, _params in ssm.aws.calls} == {"PutParameter"}
    assert record.read_all(ssm.context(), "staging") == record.read_all(context, "staging")


def test_a_write_that_failed_is_not_remembered(ssm: FakeSsm) -> None:
    context = ssm.context(memo=Memo())
    record.remember(context, "staging")
    ssm.aws.on("PutParameter", Refusal("AccessDeniedException"))
    with pytest.raises(ClientError):
        record.write_step(context, "staging", "cities", record.Step(RUN.id, DONE, "2026-03-01T10:00:00+00:00"))
    assert not record.read(context, "staging", ["cities"]).is_done("cities")


def test_with_the_lock_the_record_is_forgotten(ssm: FakeSsm) -> None:
    context = ssm.context(memo=Memo())
    lock.acquire(context, "staging")
    record.remember(context, "staging")
    lock.release(context, "staging")
    ssm.parameters.clear()
    assert record.read(context, "staging").run is None
