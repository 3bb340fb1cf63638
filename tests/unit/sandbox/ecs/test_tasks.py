"""Tasks, from RunTask to STOPPED."""

from __future__ import annotations

from typing import Any

World = Any


def test_task_runs_and_stops_with_its_exit_code(workers: World) -> None:
    task = workers.run(workers.define("echo hello; exit 3"))
    assert (task["lastStatus"], task["desiredStatus"], task["group"]) == ("PENDING", "RUNNING", "family:job")
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["createdAt"] < stopped["startedAt"] <= stopped["stoppingAt"] <= stopped["stoppedAt"]
    [container] = stopped["containers"]
    assert (container["name"], container["lastStatus"], container["exitCode"]) == ("main", "STOPPED", 3)
