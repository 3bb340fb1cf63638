"""Finding tasks again: by who started them, by their client token, until ECS forgets them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox import ecs
from tests.fakes.ecs_world import World


def listed(world: World, **filters: Any) -> list[str]:
    return list(world.ecs.list_tasks(cluster="workers", **filters)["taskArns"])


def test_tasks_are_found_by_who_started_them(workers: World) -> None:
    quick, slow = workers.define("true"), workers.define("sleep 600", family="slow")
    ended = workers.run(quick, startedBy="ingest/one")["taskArn"]
    running = workers.run(slow, startedBy="ingest/one")["taskArn"]
    workers.run(slow, startedBy="ingest/two")
    workers.task_in(ended, "STOPPED")
    assert listed(workers, startedBy="ingest/one") == [running]
    assert listed(workers, startedBy="ingest/one", desiredStatus="RUNNING") == [running]
    assert listed(workers, startedBy="ingest/one", desiredStatus="STOPPED") == [ended]
    assert listed(workers, startedBy="ingest", desiredStatus="RUNNING") == []


@pytest.mark.parametrize("other", [{"family": "job"}, {"serviceName": "jobs"}, {"launchType": "EC2"}])
def test_who_started_them_is_asked_for_alone(workers: World, other: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        listed(workers, startedBy="ingest/one", **other)


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
