"""The data plane as a whole: what ends with it, and what it forgets."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import Any

import psutil
from moto.core.base_backend import BackendDict

from sandbox import ecs
from tests.fakes.sandbox.ecs_world import World


def test_containers_end_with_the_sandbox(workers: World) -> None:
    pid_file = workers.runtime.scratch_dir / "pid"
    workers.run(workers.define(f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; sleep 600"))
    workers.until(pid_file.exists)
    pid = int(pid_file.read_text())
    workers.runtime.stopping.set()
    workers.until(lambda: not psutil.pid_exists(pid))


def test_containers_end_when_moto_is_reset_and_the_plane_goes_on(workers: World) -> None:
    pid_file = workers.runtime.scratch_dir / "pid"
    workers.run(workers.define(f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; sleep 600"))
    workers.until(pid_file.exists)
    pid = int(pid_file.read_text())
    BackendDict.reset()
    workers.until(lambda: not psutil.pid_exists(pid))
    assert workers.ecs.list_clusters()["clusterArns"] == []
    workers.ecs.create_cluster(clusterName="workers")
    workers.group()
    workers.instances(1)
    workers.task_in(workers.run(workers.define("true"))["taskArn"], "STOPPED")


def test_a_second_sandbox_ends_the_first_and_starts_empty(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))["taskArn"]
    workers.task_in(task, "RUNNING")
    ecs.install(replace(workers.runtime, stopping=Event()))
    assert workers.runtime.stopping.is_set()
    assert workers.ecs.list_clusters()["clusterArns"] == []
    ecs.install(workers.runtime)


def listed(world: World, **filters: Any) -> list[str]:
    return list(world.ecs.list_tasks(cluster="workers", **filters)["taskArns"])


def test_forgotten_tasks_are_nowhere_and_their_tokens_start_others(workers: World) -> None:
    quick, slow = workers.define("true"), workers.define("sleep 600", family="slow")
    ended = workers.run(quick, startedBy="ingest/one", clientToken="t1")["taskArn"]
    running = workers.run(slow, startedBy="ingest/one", clientToken="t2")["taskArn"]
    workers.task_in(ended, "STOPPED")
    assert workers.run(quick, startedBy="ingest/one", clientToken="t1")["taskArn"] == ended, "known while it is seen"
    assert ecs.forget_stopped() == 1
    answer = workers.ecs.describe_tasks(cluster="workers", tasks=[ended, running])
    assert [task["taskArn"] for task in answer["tasks"]] == [running]
    assert answer["failures"] == [{"arn": ended, "reason": "MISSING"}]
    assert listed(workers, startedBy="ingest/one", desiredStatus="STOPPED") == []
    assert workers.run(quick, startedBy="ingest/one", clientToken="t1")["taskArn"] != ended
    assert workers.run(slow, startedBy="ingest/one", clientToken="t2")["taskArn"] == running
