# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS tasks: described in batches, and judged when they have stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.aws import batches

DESCRIBE_BATCH = 100  # DescribeTasks
KILLED = 137  # 128 + SIGKILL
INTERRUPTED = {
    "SpotInterruption": "its spot instance was reclaimed",
    "TerminationNotice": "its instance was terminated",
    "InfrastructureHealth": "its instance or the infrastructure under it failed",
    "UserInitiated": "somebody or something called StopTask",
    "ServiceSchedulerInitiated": "its service stopped it",
}


def describe_tasks(ecs: Any, cluster: str, arns: Sequence[str]) -> list[dict[str, Any]]:
    """Describe tasks, 100 a call; those ECS does not know (any more) are left out."""
    return [
        task
        for batch in batches(arns, DESCRIBE_BATCH)
        for task in ecs.describe_tasks(cluster=cluster, tasks=list(batch))["tasks"]
    ]


def container_of(task: dict[str, Any], container: str) -> dict[str, Any]:
    """Give a task's entry of a container; a task that failed early may have none."""
    return next((entry for entry in task.get("containers", []) if entry.get("name") == container), {})


def exit_code(task: dict[str, Any], container: str) -> int | None:
    """Give the exit code of a container; None when it has none: it runs, never ran, or its host was lost."""
    code = container_of(task, container).get("exitCode")
    return None if code is None else int(code)


def stopped_reason(task: dict[str, Any], container: str) -> str | None:
    """Say what went wrong with a stopped task, judged by one container: never by a side-car.

    Args:
        task: as DescribeTasks gives it, ``lastStatus`` STOPPED.
        container: name of the container that does the work.

    Returns:
        None when the container ended by itself with exit code 0; else the rest of a sentence that begins with the
        task's name. A process may end with 0 when it is asked to stop, so a task that was stopped proves nothing.
    """
    code, cause = exit_code(task, container), INTERRUPTED.get(task.get("stopCode", ""))
    if code == 0 and not cause:
        return None
    why = _why(task, container)
    if code == 0:
        return f"was stopped: {cause} (exit code 0{why}), so it may have done only a part of its work"
    if code is None:
        return _without_exit_code(task, why)
    if "OutOfMemory" in f"{container_of(task, container).get('reason')} {task.get('stoppedReason')}":
        return f"was killed for using more memory than its hard limit (exit code {code}{why})"
    if cause:
        return f"was stopped: {cause} (exit code {code}{why})"
    if code == KILLED:
        return f"was killed (exit code {code}{why})"
    return f"ended with exit code {code}{_others(task, container)}"


def _without_exit_code(task: dict[str, Any], why: str) -> str:
    stop_code = task.get("stopCode", "")
    if stop_code == "TaskFailedToStart" or (not task.get("startedAt") and stop_code not in INTERRUPTED):
        return f"failed to start{why.replace('; ', ': ', 1)}"
    cause = INTERRUPTED.get(stop_code, "its host was lost")
    return f"never ended by itself and has no exit code: {cause}{why.replace('; ', ': ', 1)}"


def _why(task: dict[str, Any], container: str) -> str:
    """Join ECS's reasons, most particular first; each begins with a semicolon."""
    others = [entry for entry in task.get("containers", []) if entry.get("name") != container and entry.get("reason")]
    reasons = [
        container_of(task, container).get("reason"),
        *(f"{entry['name']}: {entry['reason']}" for entry in others),
        task.get("stoppedReason"),
    ]
    return "".join(f"; {reason}" for reason in dict.fromkeys(reasons) if reason)


def _others(task: dict[str, Any], container: str) -> str:
    """Name the side-cars that ended badly: an essential one takes the whole task along."""
    bad = [
        f"{entry['name']} with {entry['exitCode']}"
        for entry in task.get("containers", [])
        if entry.get("name") != container and entry.get("exitCode") not in (None, 0, KILLED, 143)
    ]
    return f" (other containers of the task ended: {', '.join(bad)})" if bad else ""
