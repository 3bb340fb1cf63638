"""ListContainerInstances, DescribeContainerInstances, draining and deregistration."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_world import World


def test_draining_leaves_standalone_tasks_and_takes_no_more(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))
    [instance] = workers.instances(1)
    arn = instance["containerInstanceArn"]
    answer = workers.ecs.update_container_instances_state(
        cluster="workers", containerInstances=[arn, "gone"], status="DRAINING"
    )
    assert [one["status"] for one in answer["containerInstances"]] == ["DRAINING"]
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    assert workers.task_in(task["taskArn"], "RUNNING")["desiredStatus"] == "RUNNING"
    with pytest.raises(ClientError, match="No Container Instances were found in your cluster"):
        workers.run(workers.define("true"))

    def listed(**filters: str) -> list[str]:
        return list(workers.ecs.list_container_instances(cluster="workers", **filters)["containerInstanceArns"])

    assert (listed(status="ACTIVE"), listed(status="DRAINING")) == ([], [arn])
    with pytest.raises(ClientError, match="InvalidParameterException"):
        workers.ecs.update_container_instances_state(cluster="workers", containerInstances=[arn], status="REGISTERING")
    with pytest.raises(ClientError, match="InvalidParameterException"):
        workers.ecs.update_container_instances_state(cluster="workers", containerInstances=[arn] * 11, status="ACTIVE")


def test_an_instance_can_be_deregistered(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))
    [instance] = workers.instances(1)
    arn = instance["containerInstanceArn"]
    with pytest.raises(ClientError, match="running tasks"):
        workers.ecs.deregister_container_instance(cluster="workers", containerInstance=arn)
    answer = workers.ecs.deregister_container_instance(cluster="workers", containerInstance=arn, force=True)
    assert answer["containerInstance"]["status"] == "INACTIVE"
    workers.task_in(task["taskArn"], "STOPPED")
    assert workers.ecs.list_container_instances(cluster="workers")["containerInstanceArns"] == []
    with pytest.raises(ClientError, match="not found"):
        workers.ecs.deregister_container_instance(cluster="workers", containerInstance=arn)


def test_lists_are_filtered_and_paged(world: World) -> None:
    world.group("small", 2)
    world.group("large", 1, "m4.2xlarge")
    world.instances(3)

    def listed(**filters: object) -> dict[str, object]:
        return dict(world.ecs.list_container_instances(cluster="workers", **filters))

    large = listed(filter="attribute:ecs.instance-type == m4.2xlarge")["containerInstanceArns"]
    assert isinstance(large, list) and len(large) == 1
    first = listed(maxResults=2)
    second = listed(maxResults=2, nextToken=first["nextToken"])
    assert "nextToken" not in second
    with pytest.raises(ClientError, match="Invalid filter"):
        listed(filter="nonsense")
    with pytest.raises(ClientError, match="maxResults"):
        listed(maxResults=101)
    with pytest.raises(ClientError, match="Invalid token"):
        listed(nextToken="x")


def test_describe_names_what_is_missing(workers: World) -> None:
    answer = workers.ecs.describe_container_instances(cluster="workers", containerInstances=["gone"])
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    with pytest.raises(ClientError, match="cannot be empty"):
        workers.ecs.describe_container_instances(cluster="workers", containerInstances=[])
    with pytest.raises(ClientError, match="100"):
        workers.ecs.describe_container_instances(
            cluster="workers", containerInstances=[str(number) for number in range(101)]
        )
