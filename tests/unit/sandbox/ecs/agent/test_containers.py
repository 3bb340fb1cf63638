"""Containers as processes: memory limits, signals, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.fakes.ecs_world import LOG, World


def test_over_its_hard_limit_a_container_is_killed(workers: World) -> None:
    script = "data = bytearray(120 * 2**20); import time; time.sleep(60)"
    definition = workers.define(script, entryPoint=[sys.executable, "-c"], memory=64)
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    [container] = stopped["containers"]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert stopped["stopCode"] == "EssentialContainerExited"


def test_a_soft_limit_kills_nobody(workers: World) -> None:
    script = "data = bytearray(120 * 2**20); import time; time.sleep(1)"
    definition = workers.define(script, entryPoint=[sys.executable, "-c"], memoryReservation=64, memory=None)
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 0


def test_stop_task_kills_what_does_not_listen(workers: World) -> None:
    deaf = workers.runtime.scratch_dir / "deaf"
    task = workers.run(workers.define(f"trap '' TERM; touch '{deaf}'; while :; do sleep 0.1; done"))
    workers.until(deaf.exists)
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    assert workers.task_in(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 137


@pytest.fixture
def forked(workers: World) -> Callable[..., dict[str, Any]]:
    """Run a script in a container that is a fork, and give its task."""
    workers.logs.create_log_group(logGroupName="jobs")
    app = workers.runtime.images.parent / "app"
    definition = workers.define(image="forked", entryPoint=["./manage.py"], memory=64, logConfiguration=LOG)

    def run(script: str, *arguments: str) -> dict[str, Any]:
        (app / "manage.py").write_text(script)
        override = {"name": "main", "command": list(arguments)}
        return workers.run(definition, overrides={"containerOverrides": [override]})

    def is_fork() -> bool:
        task = run("import sys; print('csv' in sys.modules)")
        workers.task_in(task["taskArn"], "STOPPED")
        return workers.lines(task) == ["True"]

    workers.until(is_fork)  # the first come before the libraries are there
    return run


def test_a_fork_is_a_container_like_any_other(workers: World, forked: Callable[..., dict[str, Any]]) -> None:
    task = forked("import os, sys; print(sys.argv[1:], os.environ['AWS_SDK_UA_APP_ID']); sys.exit(3)", "migrate")
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)
    assert workers.lines(task) == ["['migrate'] sandbox-task"]


def test_a_fork_is_killed_over_its_hard_limit(workers: World, forked: Callable[..., dict[str, Any]]) -> None:
    task = forked("data = bytearray(120 * 2**20); import time; time.sleep(60)")
    [container] = workers.task_in(task["taskArn"], "STOPPED")["containers"]
    assert (container["exitCode"], container["reason"]) == (
        137,
        "OutOfMemoryError: Container killed due to memory usage",
    )


def test_a_fork_is_stopped(workers: World, forked: Callable[..., dict[str, Any]]) -> None:
    task = forked("print('up', flush=True); import time; time.sleep(60)")
    workers.task_in(task["taskArn"], "RUNNING")
    workers.until(lambda: workers.lines(task) == ["up"])
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    assert workers.task_in(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 143


def test_forks_and_their_server_end_with_the_sandbox(workers: World, forked: Callable[..., dict[str, Any]]) -> None:
    task = forked("import os; print(os.getpid(), os.getppid(), flush=True); import time; time.sleep(60)")
    workers.task_in(task["taskArn"], "RUNNING")
    [line] = workers.until(lambda: workers.lines(task))
    workers.runtime.stopping.set()
    workers.until(lambda: not any(psutil.pid_exists(int(pid)) for pid in line.split()))
