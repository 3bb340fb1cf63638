"""What is recorded of a step as it begins, fails and ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    Refused,
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import STEP_SPEC, carry_out
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.run.open_run import RUN, STEP, command, open_run, step
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import TASK, task, tasks


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    """An account with an open run, locked by Alice."""
    return open_run(aws)


def waiting(ssm: FakeSsm, seconds: float, error: Exception | None = None, changed: bool = False) -> Operation:
    """An operation that takes its time, and may fail then."""

    def run(context: Context, params: Mapping[str, Any]) -> Result:
        ssm.aws.now += seconds
        if error:
            raise error
        return Result(changed=changed, note="20 instances")

    return Operation(run=run, argument_spec=STEP_SPEC, recorded=True)


def test_a_step_of_each_time_that_cannot_begin_has_failed(ssm: FakeSsm) -> None:
    command(ssm, each_time=True)
    ssm.aws.on("DescribeTaskDefinition", Refusal("AccessDeniedException", "no"))
    with pytest.raises(ClientError):
        command(ssm, each_time=True)
    assert (step(ssm)["state"], step(ssm)["attempt"]) == ("failed", 2)
    assert step(ssm)["earlier"][0]["state"] == "done"


def test_each_try_of_a_command_is_kept_with_its_times(ssm: FakeSsm) -> None:
    ssm.aws.on("DescribeTasks", tasks(task("RUNNING")), tasks(task("STOPPED", 3)))
    with pytest.raises(TaskFailed):
        command(ssm)
    ssm.aws.now = 60
    ssm.aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    command(ssm)
    (first,) = step(ssm)["earlier"]
    assert (first["state"], first["exit_code"], first["task"]) == ("failed", 3, TASK)
    assert "exit code 3" in first["note"]
    assert (first["began"], step(ssm)["began"]) == ("2026-03-01T10:00:00+00:00", "2026-03-01T10:01:00+00:00")
    assert first["began"] <= first["ended"] < step(ssm)["began"]


def test_a_wait_without_a_change_belongs_to_the_try_that_made_it(ssm: FakeSsm) -> None:
    params = {**STEP, "step": "capacity"}
    carry_out(ssm.context(), params, waiting(ssm, 2, changed=True))
    carry_out(ssm.context(), params, waiting(ssm, 90))
    assert (step(ssm, "capacity")["began"], step(ssm, "capacity")["at"]) == (
        "2026-03-01T10:00:00+00:00", "2026-03-01T10:01:32+00:00"
    )  # fmt: skip
    carry_out(ssm.context(), params, waiting(ssm, 5, changed=True))
    assert len(step(ssm, "capacity")["earlier"]) == 1


def test_a_step_that_fails_is_written_down_with_the_reason(ssm: FakeSsm) -> None:
    with pytest.raises(Refused):
        carry_out(ssm.context(), {**STEP, "step": "capacity"}, waiting(ssm, 5, Refused("No capacity.")))
    assert (step(ssm, "capacity")["state"], step(ssm, "capacity")["note"]) == ("failed", "No capacity.")


def test_a_task_that_may_still_run_is_not_written_down_as_failed(ssm: FakeSsm) -> None:
    ssm.aws.on("DescribeTasks", tasks(task("RUNNING")))
    with pytest.raises(DeadlineExceeded):
        command(ssm, timeout=5)
    assert step(ssm)["state"] == "started"


def test_a_record_that_cannot_be_written_does_not_hide_the_failure(ssm: FakeSsm) -> None:
    ssm.aws.on("PutParameter", Refusal("AccessDeniedException"))
    with pytest.raises(Refused, match="No capacity"):
        carry_out(ssm.context(), {**STEP, "step": "capacity"}, waiting(ssm, 5, Refused("No capacity.")))


def test_how_long_it_took_in_an_earlier_run_is_expected(ssm: FakeSsm) -> None:
    params = {**STEP, "step": "capacity"}
    carry_out(ssm.context(), params, waiting(ssm, 2, changed=True))
    carry_out(ssm.context(), params, waiting(ssm, 238))
    assert ssm.aws.progress.expected == []
    for number in (2, 3):
        record.write_run(ssm.context(), "staging", replace(RUN, id=f"staging-{number}", key="other"))
        with pytest.raises(Refused):
            carry_out(ssm.context(), params, waiting(ssm, 2, Refused("No capacity.")))
    assert ssm.aws.progress.expected == [(240, False), (240, False)]
