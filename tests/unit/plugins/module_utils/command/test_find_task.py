"""A step's task is started once, found again after a crash, and never guessed about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command import find_task
from ansible_collections.climate.ingest.plugins.module_utils.command.find_task import Unknown
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.record import go_on, lock, record
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN, command, open_run, started, step
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import TASK, task, tasks


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    """An account with an open run, locked by Alice."""
    return open_run(aws)


def test_a_started_task_of_a_step_of_each_time_is_waited_for(ssm: FakeSsm) -> None:
    started(ssm, task=TASK, attempt=2)
    command(ssm, each_time=True)
    assert ssm.aws.count("RunTask") == 0
    assert (step(ssm)["state"], step(ssm)["attempt"]) == ("done", 2)


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
def test_where_there_is_no_way_to_tell_the_choices_are_named(ssm: FakeSsm, left: dict[str, str]) -> None:
    started(ssm, **left)
    ssm.aws.now = 3600
    lock.acquire(ssm.context(), "staging", take_over="1")
    ssm.aws.on("ListTasks", {"taskArns": []})
    ssm.aws.on("DescribeTasks", tasks())
    with pytest.raises(Unknown) as caught:
        command(ssm)
    assert "ingest_assume_done=cities" in caught.value.message
    assert "ingest_purge_queue=true" in caught.value.message
    assert list(caught.value.details[go_on.CHOICES].values()) == [{"ingest_assume_done": "cities"}, go_on.PURGE]
    assert caught.value.next_attempt == 2
    assert ssm.aws.count("RunTask") == 0


def test_of_a_command_of_the_operator_the_choices_are_others(ssm: FakeSsm) -> None:
    record.write_run(ssm.context(), "staging", replace(RUN, commands_after=["cities"]))
    test = "ingest_assume_done=cities if it did what it should, or repeatable: true in ingest_commands_after"
    started(ssm)
    ssm.aws.now = 3600
    lock.acquire(ssm.context(), "staging", take_over="1")
    ssm.aws.on("ListTasks", {"taskArns": []})
    with pytest.raises(Unknown, match=test) as caught:
        command(ssm)
    assert "queue" not in caught.value.message


def test_what_may_run_twice_is_run_again(ssm: FakeSsm) -> None:
    started(ssm, task=TASK)
    ssm.aws.on("DescribeTasks", tasks(), tasks(task("STOPPED", 0)))
    command(ssm, repeatable=True)
    assert [sent["startedBy"] for sent in ssm.aws.sent("RunTask")] == ["staging-1-k3y/cities/2"]
    assert step(ssm)["attempt"] == 2


def test_tasks_that_may_still_queue_jobs_are_found_with_and_without_their_arn(ssm: FakeSsm) -> None:
    named, nameless = (record.Step(RUN.id, STARTED, "2026-03-01T10:00:00+00:00", task=arn) for arn in (TASK, ""))
    steps = {"migrate": named, "create_jobs": nameless, "cities": replace(named, state=DONE, task="done")}
    ssm.aws.on("ListTasks", {"taskArns": ["second"]})
    running = [task("RUNNING"), {**task("RUNNING"), "taskArn": "second"}]
    ssm.aws.on("DescribeTasks", tasks(*running), tasks(task("STOPPED", 0), running[1]))
    assert find_task.running(ssm.context(), "c", RUN, steps) == [TASK, "second"]
    assert find_task.running(ssm.context(), "c", RUN, steps) == ["second"]
    assert ssm.aws.sent("DescribeTasks")[0]["tasks"] == [TASK, "second"]
    assert {sent["startedBy"] for sent in ssm.aws.sent("ListTasks")} == {"staging-1-k3y/create_jobs/1"}


def test_a_run_whose_steps_have_ended_takes_no_call(ssm: FakeSsm) -> None:
    ssm.aws.calls.clear()
    done = record.Step(RUN.id, DONE, "2026-03-01T10:00:00+00:00", task=TASK)
    assert find_task.running(ssm.context(), "c", RUN, {"cities": done}) == []
    assert ssm.aws.calls == []


def test_of_an_attempt_in_parts_the_task_of_the_part_is_found(ssm: FakeSsm) -> None:
    begun = record.Step("staging-1", STARTED, "2026-03-01T10:00:00+00:00", part="2051")
    ssm.aws.on("ListTasks", {"taskArns": []})
    assert find_task.running(ssm.context(), "c", RUN, {"create_jobs": begun}) == []
    assert ssm.aws.sent("ListTasks")[0]["startedBy"] == "staging-1-k3y/create_jobs/1/2051"
