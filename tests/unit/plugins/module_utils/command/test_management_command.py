from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.command.execution import next_poll
from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import run
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    TaskFailed,
)
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.task import ARN, DEFINITION, GONE, PARAMS, TASK, page, task, tasks


@pytest.fixture
def ecs(aws: FakeAws) -> FakeAws:
    """A cluster in which a command runs to its end at once and prints nothing."""
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [ARN]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION, "tags": []})
    aws.on("RunTask", tasks(task("PENDING")))
    aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    aws.on("GetLogEvents", page("1"), page("1"))
    return aws


def test_a_command_runs_to_its_end(ecs: FakeAws) -> None:
    result = run(ecs.context(), PARAMS)
    assert result.changed
    assert result.values["exit_code"] == 0
    assert result.values["command"] == ["loaddata", "scenarios"]
    assert (result.values["task_arn"], result.values["task_definition_arn"]) == (TASK, ARN)
    sent = ecs.sent("RunTask")[0]
    assert sent["count"] == 1
    assert sent["overrides"] == {"containerOverrides": [{"name": "management", "command": ["loaddata", "scenarios"]}]}
    assert sent["tags"] == [
        {"key": "climate.ingest:run", "value": "r1"},
        {"key": "climate.ingest:environment", "value": "staging"},
    ]
    assert len(sent["clientToken"]) == 32


def test_each_run_has_a_token_of_its_own_unless_one_is_given(ecs: FakeAws) -> None:
    run(ecs.context(), PARAMS)
    run(ecs.context(), PARAMS)
    run(ecs.context(), {**PARAMS, "client_token": "mine", "started_by": "me"})
    tokens = [sent["clientToken"] for sent in ecs.sent("RunTask")]
    assert len(set(tokens)) == 3 and tokens[2] == "mine"
    assert ecs.sent("RunTask")[2]["startedBy"] == "me"


def test_launch_options_and_variables_reach_ecs(ecs: FakeAws) -> None:
    constraint = {"type": "memberOf", "expression": "attribute:ecs.instance-type != m4.2xlarge"}
    run(ecs.context(), {**PARAMS, "env": {"LEVEL": 1}, "launch_type": "EC2", "placement_constraints": [constraint]})
    sent = ecs.sent("RunTask")[0]
    assert (sent["launchType"], sent["placementConstraints"]) == ("EC2", [constraint])
    override = sent["overrides"]["containerOverrides"][0]
    assert override["environment"] == [{"name": "LEVEL", "value": "1"}]


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
    with pytest.raises(TaskFailed, match="No line of its log could be had"):
        run(ecs.context(), PARAMS)
    assert ecs.now < 5


def test_a_log_that_may_not_be_read_is_said_once_and_stops_nothing(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("RUNNING")), tasks(task("RUNNING")), tasks(task("STOPPED", 0)))
    ecs.on("GetLogEvents", Refusal("AccessDeniedException"))
    assert run(ecs.context(), PARAMS).values["exit_code"] == 0
    assert ecs.progress.lines == ["loaddata,scenarios: its log cannot be read: AccessDeniedException"]
    assert ecs.count("GetLogEvents") == 1


def test_another_error_of_the_log_is_not_swallowed(ecs: FakeAws) -> None:
    ecs.on("GetLogEvents", Refusal("InvalidParameterException"))
    with pytest.raises(ClientError):
        run(ecs.context(), PARAMS)


def test_a_task_that_is_not_known_yet_is_awaited(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(), tasks(), tasks(task("STOPPED", 0)))
    assert run(ecs.context(), PARAMS).values["exit_code"] == 0


def test_a_task_that_ecs_forgot_is_an_error(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks())
    with pytest.raises(TaskFailed, match="does not know the task of loaddata,scenarios any more"):
        run(ecs.context(), PARAMS)


def test_a_throttled_look_is_taken_again(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", Refusal("ThrottlingException", "Rate exceeded"), tasks(task("STOPPED", 0)))
    assert run(ecs.context(), PARAMS).values["exit_code"] == 0


def test_after_the_timeout_the_task_goes_on(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("RUNNING")))
    with pytest.raises(DeadlineExceeded) as caught:
        run(ecs.context(), {**PARAMS, "timeout": 30})
    assert f"is still running after 30 seconds, and goes on: task {TASK}" in caught.value.message
    assert caught.value.details["task_arn"] == TASK
    assert ecs.changes() == ["RunTask"]


def test_after_the_timeout_the_task_is_stopped_if_wanted(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("RUNNING")))
    ecs.on("StopTask", {"task": task("RUNNING")})
    with pytest.raises(DeadlineExceeded, match="took longer than 30 seconds and was stopped"):
        run(ecs.context(), {**PARAMS, "timeout": 30, "stop_on_timeout": True})
    assert ecs.sent("StopTask")[0]["task"] == TASK


def test_a_long_command_is_called_by_its_first_argument(ecs: FakeAws) -> None:
    ecs.on("GetLogEvents", page("1", "x"), page("1"))
    run(ecs.context(), {**PARAMS, "command": ["shell", "-c", "import a\nprint(a)"]})
    assert ecs.progress.lines == ["shell: x"]


def test_check_mode_checks_everything_and_runs_nothing(ecs: FakeAws) -> None:
    ecs.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}], "failures": []})
    result = run(ecs.context(check_mode=True), PARAMS)
    assert (result.changed, result.values["predicted"]) == (True, True)
    assert result.after["command"] == ["loaddata", "scenarios"]
    assert ecs.changes() == []


@pytest.mark.parametrize("clusters", [[], [{"status": "INACTIVE"}]])
def test_check_mode_misses_the_cluster(ecs: FakeAws, clusters: list[dict[str, str]]) -> None:
    ecs.on("DescribeClusters", {"clusters": clusters, "failures": []})
    with pytest.raises(NotFound, match="no ACTIVE cluster 'ecsStagingCluster'"):
        run(ecs.context(check_mode=True), PARAMS)


@pytest.mark.parametrize(
    "wrong",
    [{"command": "migrate,"}, {"started_by": "a b"}, {"client_token": "é"}, {"timeout": 0}, {"command": "x" * 9000}],
)
def test_wrong_input_is_found_before_any_call(aws: FakeAws, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        run(aws.context(), {**PARAMS, **wrong})
    assert aws.calls == []


def test_an_unknown_container_is_found_before_anything_starts(ecs: FakeAws) -> None:
    with pytest.raises(NotFound, match="has no container 'web'; it has: management, statsd"):
        run(ecs.context(), {**PARAMS, "container": "web"})
    assert ecs.changes() == []
