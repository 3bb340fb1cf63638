"""A command is started, followed to its end, and judged."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command.execution import next_poll
from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import run
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    TaskFailed,
)
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.task import GONE, PARAMS, TASK, page, task, tasks


def test_each_run_has_a_token_of_its_own_unless_one_is_given(ecs: FakeAws) -> None:
    run(ecs.context(), PARAMS)
    run(ecs.context(), PARAMS)
    run(ecs.context(), {**PARAMS, "client_token": "mine", "started_by": "me"})
    tokens = [sent["clientToken"] for sent in ecs.sent("RunTask")]
    assert len(set(tokens)) == 3 and tokens[2] == "mine"
    assert ecs.sent("RunTask")[2]["startedBy"] == "me"


def test_log_lines_show_while_it_runs_with_the_command_in_front_and_secrets_masked(ecs: FakeAws) -> None:
    shown: list[int] = []

    def look(params: dict[str, Any]) -> dict[str, Any]:
        shown.append(len(ecs.progress.lines))
        return tasks(task("PENDING") if ecs.now < 2 else task("RUNNING") if ecs.now < 8 else task("STOPPED", 0))

    ecs.on("DescribeTasks", look)
    ecs.on("GetLogEvents", GONE, page("1", "one"), page("2", "pw hunter2"), page("2"))
    result = run(ecs.context(), PARAMS)
    assert ecs.progress.lines == ["loaddata,scenarios: one", "loaddata,scenarios: pw ********"]
    assert shown[0] == 0 and shown[-1] == 2
    assert result.values["log"] == ["one", "pw ********"]
    assert ecs.progress.statuses[0][0] == "loaddata,scenarios: task is pending"


def test_the_log_may_end_after_the_task(ecs: FakeAws) -> None:
    ecs.on("GetLogEvents", GONE, page("1", "late"), page("1"), page("2", "later"), page("2"), page("2"))
    assert run(ecs.context(), PARAMS).values["log"] == ["late", "later"]


def test_a_long_command_has_no_limit(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", lambda params: tasks(task("RUNNING") if ecs.now < 7200 else task("STOPPED", 0)))
    run(ecs.context(), PARAMS)
    assert 7200 <= ecs.now < 7230  # botocore's waiter ends after 600


def test_its_end_is_noticed_within_two_seconds_in_its_first_ten_minutes(ecs: FakeAws) -> None:
    polls: list[float] = []

    def look(params: dict[str, Any]) -> dict[str, Any]:
        polls.append(ecs.now)
        return tasks(task("RUNNING") if ecs.now < 600 else task("STOPPED", 0))

    ecs.on("DescribeTasks", look)
    run(ecs.context(), PARAMS)
    gaps = [after - before for before, after in zip([0.0, *polls], polls, strict=False)]
    assert max(gaps) <= 2.001 and gaps[0] == 1.0


@pytest.mark.parametrize(
    ("lasts", "expected", "seconds"),
    [
        (1.0, None, 0.5),
        (60.0, None, 2.0),
        (599.0, 3600.0, 2.0),
        (1000.0, None, 10.0),
        (9000.0, None, 15.0),
        (3000.0, 3600.0, 15.0),  # far from its expected end
        (3520.0, 3600.0, 8.0),  # wakes shortly before it
        (3600.0, 3600.0, 2.0),  # at its expected end
        (5000.0, 3600.0, 15.0),  # takes longer than last time
    ],
)
def test_the_next_poll_aims_at_the_expected_end(lasts: float, expected: float | None, seconds: float) -> None:
    assert next_poll(lasts, expected) == pytest.approx(seconds)


def test_the_log_of_a_running_task_is_read_every_two_seconds_at_most(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", lambda params: tasks(task("RUNNING") if ecs.now < 20 else task("STOPPED", 0)))
    run(ecs.context(), PARAMS)
    assert ecs.count("GetLogEvents") <= 12


@pytest.mark.parametrize(
    ("stopped", "message"),
    [
        (task("STOPPED", 3, stopCode="EssentialContainerExited"), "loaddata,scenarios ended with exit code 3"),
        (
            task("STOPPED", 137, stoppedReason="OutOfMemoryError: Container killed"),
            "was killed for using more memory than its hard limit",
        ),
        (
            task("STOPPED", None, stoppedReason="Host EC2 (instance i-1) terminated."),
            "has no exit code: its host was lost: Host EC2 (instance i-1) terminated.",
        ),
        (
            task("STOPPED", None, stopCode="TaskFailedToStart", stoppedReason="CannotPullContainerError: denied"),
            "loaddata,scenarios failed to start: CannotPullContainerError: denied",
        ),
        (task("STOPPED", 143, stopCode="SpotInterruption"), "its spot instance was reclaimed"),
    ],
)
def test_a_failure_says_what_happened_and_shows_the_last_lines(
    ecs: FakeAws, stopped: dict[str, Any], message: str
) -> None:
    ecs.on("DescribeTasks", tasks(stopped))
    ecs.on("GetLogEvents", page("1", *[f"line {number}" for number in range(30)]), page("1"))
    with pytest.raises(TaskFailed) as caught:
        run(ecs.context(), PARAMS)
    assert message in caught.value.message
    assert f"Task {TASK}." in caught.value.message
    assert caught.value.message.endswith("  line 28\n  line 29")
    assert caught.value.details["log"] == [f"line {number}" for number in range(10, 30)]
    assert caught.value.details["task_arn"] == TASK


def test_a_failure_without_a_line_waits_a_moment_for_its_log(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)))
    ecs.on("GetLogEvents", GONE, GONE, GONE, page("1", "Traceback"), page("1"))
    with pytest.raises(TaskFailed, match="Traceback"):
        run(ecs.context(), PARAMS)


def test_a_failure_whose_log_never_comes_says_so(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)))
    ecs.on("GetLogEvents", GONE)
    with pytest.raises(TaskFailed, match="Its log could not be read: there is no log stream "):
        run(ecs.context(), PARAMS)
    assert ecs.now < 5


def test_a_log_that_may_not_be_read_is_said_once_and_stops_nothing(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("RUNNING")), tasks(task("RUNNING")), tasks(task("STOPPED", 0)))
    ecs.on("GetLogEvents", Refusal("AccessDeniedException"))
    assert run(ecs.context(), PARAMS).values["exit_code"] == 0
    assert ecs.progress.lines == ["loaddata,scenarios: its log cannot be read: GetLogEvents is denied"]
    assert ecs.count("GetLogEvents") == 1


@pytest.mark.parametrize("code", ["InvalidParameterException", "ServiceUnavailableException", "ThrottlingException"])
def test_trouble_with_a_log_that_is_only_shown_ends_no_command(ecs: FakeAws, code: str) -> None:
    ecs.on("GetLogEvents", Refusal(code, status=503 if "Unavailable" in code else 400))
    assert run(ecs.context(), PARAMS).values["exit_code"] == 0


def test_a_task_that_is_not_known_yet_is_awaited(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(), tasks(), tasks(task("STOPPED", 0)))
    assert run(ecs.context(), PARAMS).values["exit_code"] == 0


def test_a_task_that_ecs_forgot_is_an_error(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks())
    with pytest.raises(TaskFailed, match="no longer knows the task of loaddata,scenarios"):
        run(ecs.context(), PARAMS)


def test_a_throttled_look_is_taken_again(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", Refusal("ThrottlingException", "Rate exceeded"), tasks(task("STOPPED", 0)))
    assert run(ecs.context(), PARAMS).values["exit_code"] == 0


def test_after_the_timeout_the_task_goes_on(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("RUNNING")))
    with pytest.raises(DeadlineExceeded) as caught:
        run(ecs.context(), {**PARAMS, "timeout": 30})
    assert f"is still running after 30 seconds and keeps running: task {TASK}" in caught.value.message
    assert caught.value.details["task_arn"] == TASK
    assert ecs.changes() == ["RunTask"]


def test_after_the_timeout_the_task_is_stopped_if_wanted(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("RUNNING")))
    ecs.on("StopTask", {"task": task("RUNNING")})
    with pytest.raises(DeadlineExceeded, match="took longer than 30 seconds and was stopped"):
        run(ecs.context(), {**PARAMS, "timeout": 30, "stop_on_timeout": True})
    assert ecs.sent("StopTask")[0]["task"] == TASK
