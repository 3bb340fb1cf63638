"""Tasks go through their states, from PENDING to STOPPED."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.sandbox.ecs_world import World


def test_a_task_runs_and_stops_with_its_exit_code(workers: World) -> None:
    task = workers.run(workers.define("echo hello; exit 3"))
    assert (task["lastStatus"], task["desiredStatus"], task["group"]) == ("PENDING", "RUNNING", "family:job")
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["createdAt"] < stopped["startedAt"] <= stopped["stoppingAt"] <= stopped["stoppedAt"]
    [container] = stopped["containers"]
    assert (container["name"], container["lastStatus"], container["exitCode"]) == ("main", "STOPPED", 3)


def test_an_essential_container_ends_the_others(workers: World) -> None:
    sidecar = {"name": "statsd", "image": "shell", "memory": 64, "entryPoint": ["sleep"], "command": ["600"]}
    task = workers.run(workers.define("exit 0", sidecars=[{**sidecar, "essential": True}]))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert {one["name"]: one["exitCode"] for one in stopped["containers"]} == {"main": 0, "statsd": 143}


def container(task: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in task["containers"] if each["name"] == name)


def test_a_container_that_is_not_essential_ends_alone(workers: World) -> None:
    sidecar = {"name": "init", "image": "shell", "memory": 64, "essential": False, "command": ["true"]}
    task = workers.run(workers.define("sleep 600", sidecars=[sidecar]))
    workers.until(lambda: container(workers.task(task["taskArn"]), "init").get("exitCode") == 0)
    assert workers.task(task["taskArn"])["desiredStatus"] == "RUNNING"
    task = workers.run(workers.define("sleep 600", sidecars=[{**sidecar, "image": "unknown"}]))
    running = workers.task_in(task["taskArn"], "RUNNING")
    assert container(running, "init")["reason"].startswith("CannotPullContainerError: ")


def test_stop_task_terminates(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))
    workers.task_in(task["taskArn"], "RUNNING")
    answer = workers.ecs.stop_task(cluster="workers", task=task["taskArn"], reason="enough")["task"]
    assert answer["desiredStatus"] == "STOPPED"
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert stopped["containers"][0]["exitCode"] == 143


@pytest.mark.parametrize("factors", [{"all": 0.2, "task_start": 1e6}])  # it would start long after the test
def test_a_pending_task_can_be_stopped(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert "startedAt" not in stopped
    assert "exitCode" not in stopped["containers"][0]
