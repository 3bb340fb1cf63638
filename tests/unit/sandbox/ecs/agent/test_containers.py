"""Containers as processes: memory limits, signals, exit codes."""

from __future__ import annotations

import sys

from tests.fakes.sandbox.ecs_world import World


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
