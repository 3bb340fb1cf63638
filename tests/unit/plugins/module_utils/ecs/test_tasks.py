from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.ecs.tasks import describe_tasks, stopped_reason
from tests.fakes.aws import FakeAws


def task(code: int | None = 0, stop_code: str = "EssentialContainerExited", **more: Any) -> dict[str, Any]:
    reason = more.pop("reason", None)
    container = {"name": "management"} | ({} if code is None else {"exitCode": code})
    container |= {"reason": reason} if reason else {}
    return {
        "containers": [container, *more.pop("others", [])],
        "stopCode": stop_code,
        "startedAt": 1,
        "stoppedReason": "Essential container in task exited",
        **more,
    }


def test_tasks_are_described_a_hundred_a_call(aws: FakeAws) -> None:
    aws.on("DescribeTasks", lambda params: {"tasks": [{"taskArn": arn} for arn in params["tasks"]], "failures": []})
    arns = [f"arn:{number}" for number in range(250)]
    assert [found["taskArn"] for found in describe_tasks(aws.client("ecs"), "c", arns)] == arns
    assert [len(sent["tasks"]) for sent in aws.sent("DescribeTasks")] == [100, 100, 50]


def test_no_task_needs_no_call(aws: FakeAws) -> None:
    assert describe_tasks(aws.client("ecs"), "c", []) == []
    assert aws.calls == []


@pytest.mark.parametrize(
    "stopped",
    [
        task(0),
        task(0, others=[{"name": "statsd", "exitCode": 137}]),
    ],
)
def test_exit_code_0_of_the_container_is_success(stopped: dict[str, Any]) -> None:
    assert stopped_reason(stopped, "management") is None


@pytest.mark.parametrize(
    ("stopped", "expected"),
    [
        (task(1), "ended with exit code 1"),
        (
            task(143, others=[{"name": "statsd", "exitCode": 2}]),
            "ended with exit code 143 (other containers of the task ended: statsd with 2)",
        ),
        (
            task(137, reason="OutOfMemoryError: Container killed due to memory usage"),
            "was killed for using more memory than its hard limit (exit code 137; OutOfMemoryError: Container killed"
            " due to memory usage; Essential container in task exited)",
        ),
        (
            task(137, others=[{"name": "statsd", "exitCode": 137, "reason": "OutOfMemoryError: killed"}]),
            "was killed (exit code 137; statsd: OutOfMemoryError: killed; Essential container in task exited)",
        ),
        (task(137), "was killed (exit code 137; Essential container in task exited)"),
        (
            task(143, "UserInitiated", stoppedReason="Task stopped by user"),
            "was stopped: somebody or something called StopTask (exit code 143; Task stopped by user)",
        ),
        (
            task(137, "ServiceSchedulerInitiated", stoppedReason="Scaling activity"),
            "was stopped: its service stopped it (exit code 137; Scaling activity)",
        ),
        (
            task(0, "UserInitiated", stoppedReason="stopped in the console"),
            "was stopped: somebody or something called StopTask (exit code 0; stopped in the console), so it may have"
            " done only a part of its work",
        ),
        (
            task(0, "SpotInterruption", stoppedReason="Your Spot Task was interrupted."),
            "was stopped: its spot instance was reclaimed (exit code 0; Your Spot Task was interrupted.), so it may"
            " have done only a part of its work",
        ),
        (
            task(143, "SpotInterruption", stoppedReason="Your Spot Task was interrupted."),
            "was stopped: its spot instance was reclaimed (exit code 143; Your Spot Task was interrupted.)",
        ),
        (
            task(None, "TerminationNotice", stoppedReason="Host EC2 (instance i-1) terminated."),
            "never ended by itself and has no exit code: its instance was terminated:"
            " Host EC2 (instance i-1) terminated.",
        ),
        (
            task(None, "", stoppedReason="Host EC2 (instance i-1) terminated."),
            "never ended by itself and has no exit code: its host was lost: Host EC2 (instance i-1) terminated.",
        ),
        (
            task(
                None,
                "TaskFailedToStart",
                startedAt=None,
                reason="CannotPullContainerError: pull access denied",
                stoppedReason="Task failed to start",
            ),
            "failed to start: CannotPullContainerError: pull access denied; Task failed to start",
        ),
        (
            task(
                None,
                "TaskFailedToStart",
                startedAt=None,
                stoppedReason="Task failed to start",
                others=[{"name": "statsd", "reason": "CannotPullContainerError: no such image"}],
            ),
            "failed to start: statsd: CannotPullContainerError: no such image; Task failed to start",
        ),
        (
            {"containers": [], "stoppedReason": "ResourceInitializationError: no secrets"},
            "failed to start: ResourceInitializationError: no secrets",
        ),
        (
            task(None, "UserInitiated", startedAt=None, stoppedReason="by hand"),
            "never ended by itself and has no exit code: somebody or something called StopTask: by hand",
        ),
        ({"containers": []}, "failed to start"),
    ],
)
def test_what_went_wrong_is_named(stopped: dict[str, Any], expected: str) -> None:
    assert stopped_reason(stopped, "management") == expected


def test_the_side_car_does_not_decide() -> None:
    stopped = task(3, others=[{"name": "statsd", "exitCode": 0}])
    assert stopped_reason(stopped, "management") == "ended with exit code 3"
