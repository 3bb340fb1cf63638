"""Steps of a run: done once, found again after a crash, never guessed about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.command.find_task import Unknown
from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    Interrupted,
    NotFound,
    Refused,
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import STEP_SPEC, carry_out
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import BOB, FakeSsm
from tests.fakes.task import ARN, DEFINITION, GONE, TASK, page, task, tasks
from tests.fakes.task import PARAMS as COMMAND

STEP = {"environment": "staging", "step": "cities", "unless_done": [], "requires": {}}
PARAMS = {**COMMAND, **STEP, "repeatable": False}
RUN = record.Run("staging-1", 1, "k3y", record.OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop", {}, ["verify"])
HOUR = 3600.0


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    """An account with an open run, locked by Alice."""
    ssm = FakeSsm(aws)
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION})
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [ARN]})
    aws.on("RunTask", {"tasks": [task("PENDING")], "failures": []})
    aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    aws.on("GetLogEvents", GONE)
    lock.acquire(ssm.context(), "staging")
    record.write_run(ssm.context(), "staging", RUN)
    return ssm


def command(ssm: FakeSsm, **changes: Any) -> Result:
    return carry_out(ssm.context(), {**PARAMS, **changes}, OPERATION)


def step(ssm: FakeSsm, name: str = "cities") -> dict[str, Any]:
    return dict(ssm.parameters[f"/climate.ingest/staging/steps/{name}"])


def started(ssm: FakeSsm, **fields: Any) -> None:
    """Leave what a controller leaves that was killed while it started the step."""
    left = record.Step("staging-1", record.STARTED, "2026-03-01T10:00:00+00:00", **fields)
    record.write_step(ssm.context(), "staging", "cities", left)


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


def test_a_started_task_of_a_step_of_each_time_is_waited_for(ssm: FakeSsm) -> None:
    started(ssm, task=TASK, attempt=2)
    command(ssm, each_time=True)
    assert ssm.aws.count("RunTask") == 0
    assert (step(ssm)["state"], step(ssm)["attempt"]) == ("done", 2)


def test_a_step_of_each_time_that_cannot_begin_has_failed(ssm: FakeSsm) -> None:
    command(ssm, each_time=True)
    ssm.aws.on("DescribeTaskDefinition", Refusal("AccessDeniedException", "no"))
    with pytest.raises(ClientError):
        command(ssm, each_time=True)
    assert (step(ssm)["state"], step(ssm)["attempt"]) == ("failed", 2)
    assert step(ssm)["earlier"][0]["state"] == "done"


def test_a_step_of_an_earlier_run_does_not_count(ssm: FakeSsm) -> None:
    command(ssm)
    record.write_run(ssm.context(), "staging", replace(RUN, id="staging-2", key="other"))
    assert command(ssm).changed


def test_tokens_differ_by_run_step_and_try(ssm: FakeSsm) -> None:
    other = replace(RUN, key="other")
    tokens = {
        run.client_token(name, attempt) for run in (RUN, other) for name in ("migrate", "cities") for attempt in (1, 2)
    }
    assert len(tokens) == 8
    assert all(len(token) <= 64 for token in tokens)


def test_a_started_task_is_found_again_and_waited_for(ssm: FakeSsm) -> None:
    started(ssm, task=TASK)
    ssm.aws.on("DescribeTasks", tasks(task("RUNNING")), tasks(task("RUNNING")), tasks(task("STOPPED", 0)))
    assert command(ssm).values["exit_code"] == 0
    assert ssm.aws.count("RunTask") == 0


def test_a_task_that_ended_meanwhile_is_judged_by_its_exit_code(ssm: FakeSsm) -> None:
    started(ssm, task=TASK)
    ssm.aws.on("DescribeTasks", tasks(task("STOPPED", 3)))
    with pytest.raises(TaskFailed, match="exit code 3"):
        command(ssm)
    assert step(ssm)["state"] == "failed"
    ssm.aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    command(ssm)
    assert [sent["startedBy"] for sent in ssm.aws.sent("RunTask")] == ["staging-1-k3y/cities/2"]


@pytest.mark.parametrize("listed", ["RUNNING", "STOPPED"])
def test_a_task_whose_start_was_not_written_down_is_found_by_who_started_it(ssm: FakeSsm, listed: str) -> None:
    started(ssm)
    found = task("STOPPED", 0, startedBy="staging-1-k3y/cities/1")
    ssm.aws.on(
        "ListTasks", lambda params: {"taskArns": [TASK] if params.get("desiredStatus", "RUNNING") == listed else []}
    )
    ssm.aws.on("DescribeTasks", tasks({**task("STOPPED", 1), "taskArn": "another"}, found), tasks(found))
    assert command(ssm).values["task_arn"] == TASK
    assert ssm.aws.count("RunTask") == 0
    assert all(len(set(sent) & {"startedBy", "family", "desiredStatus"}) != 3 for sent in ssm.aws.sent("ListTasks"))


def test_a_start_that_did_not_happen_is_made_with_the_same_token(ssm: FakeSsm) -> None:
    started(ssm)
    ssm.aws.on("ListTasks", {"taskArns": []})
    command(ssm)
    assert [sent["clientToken"] for sent in ssm.aws.sent("RunTask")] == [RUN.client_token("cities", 1)]


@pytest.mark.parametrize("left", [{"task": TASK}, {}])
def test_where_nobody_can_know_the_choices_are_named(ssm: FakeSsm, left: dict[str, str]) -> None:
    started(ssm, **left)
    ssm.aws.now = HOUR
    lock.acquire(ssm.context(), "staging", take_over="1")
    ssm.aws.on("ListTasks", {"taskArns": []})
    ssm.aws.on("DescribeTasks", tasks())
    with pytest.raises(Unknown) as caught:
        command(ssm)
    assert "ingest_assume_done=cities" in caught.value.message
    assert "ingest_purge_queue=true" in caught.value.message
    assert ssm.aws.count("RunTask") == 0


def test_what_may_run_twice_is_run_again(ssm: FakeSsm) -> None:
    started(ssm, task=TASK)
    ssm.aws.on("DescribeTasks", tasks(), tasks(task("STOPPED", 0)))
    command(ssm, repeatable=True)
    assert [sent["startedBy"] for sent in ssm.aws.sent("RunTask")] == ["staging-1-k3y/cities/2"]
    assert step(ssm)["attempt"] == 2


def test_nothing_is_done_without_the_lock(ssm: FakeSsm) -> None:
    with pytest.raises(Refused, match="alice@laptop"):
        carry_out(ssm.context(BOB), PARAMS, OPERATION)
    assert ssm.aws.count("RunTask") == 0


def test_without_an_open_run_nothing_is_written_down(ssm: FakeSsm) -> None:
    record.write_run(ssm.context(), "staging", replace(RUN, state=record.COMPLETE))
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
        carry_out(ssm.context(checkpoint=stop), PARAMS, OPERATION)
    assert ssm.aws.count("RunTask") == 0


def kept(note: str, changed: bool = False) -> Operation:
    """An operation that brings something to what is wanted each time."""

    def run(context: Context, params: Mapping[str, Any]) -> Result:
        return Result(changed=changed, note=note)

    return Operation(run=run, argument_spec=STEP_SPEC, recorded=True)


def test_what_was_made_is_written_down_when_there_is_news(ssm: FakeSsm) -> None:
    def made(note: str) -> int:
        before = ssm.aws.count("PutParameter")
        carry_out(ssm.context(), {**STEP, "step": "capacity"}, kept(note))
        return ssm.aws.count("PutParameter") - before

    assert [made("2 instances"), made("2 instances"), made("3 instances")] == [1, 0, 1]
    assert step(ssm, "capacity")["note"] == "3 instances"


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


def waiting(ssm: FakeSsm, seconds: float, error: Exception | None = None, changed: bool = False) -> Operation:
    """An operation that takes its time, and may fail then."""

    def run(context: Context, params: Mapping[str, Any]) -> Result:
        ssm.aws.now += seconds
        if error:
            raise error
        return Result(changed=changed, note="20 instances")

    return Operation(run=run, argument_spec=STEP_SPEC, recorded=True)


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


def test_a_command_is_kept_with_its_last_lines_and_without_secrets(ssm: FakeSsm) -> None:
    lines = [f"line {number} hunter2 {'x' * 300}" for number in range(40)]
    ssm.aws.on("GetLogEvents", page("f", *lines), page("f"))
    command(ssm, command="loaddata,hunter2")
    log = step(ssm)["log"]
    assert (log["group"], log["stream"]) == ("g", "p/management/abc")
    assert log["lines"][-1].startswith("line 39 ******** x")
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
