"""Task definitions, where moto's differ."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_world import World


def described(world: World, reference: str) -> dict[str, object]:
    return dict(world.ecs.describe_task_definition(taskDefinition=reference)["taskDefinition"])


def test_everything_registered_is_described_again(world: World) -> None:
    settings = {
        "networkMode": "bridge",
        "cpu": "512",
        "memory": "2048",
        "taskRoleArn": "arn:aws:iam::123456789012:role/task",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:x == y"}],
        "requiresCompatibilities": ["EC2"],
        "pidMode": "task",
        "ipcMode": "none",
        "ephemeralStorage": {"sizeInGiB": 30},
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        "volumes": [{"name": "data", "host": {"sourcePath": "/data"}}],
        "enableFaultInjection": True,
    }
    container = {
        "name": "main",
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1",
        "memoryReservation": 512,
        "memory": 1024,
        "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "x", "awslogs-region": "us-east-1"},
            "secretOptions": [],
        },
        "stopTimeout": 60,
        "secrets": [{"name": "A", "valueFrom": "b"}],
    }
    tags = [{"key": "a", "value": "b"}]
    answer = world.ecs.register_task_definition(family="app", containerDefinitions=[container], tags=tags, **settings)
    assert answer["tags"] == tags
    definition = described(world, "app")
    assert {key: definition[key] for key in settings} == settings
    found = definition["containerDefinitions"]
    assert isinstance(found, list)
    assert {key: found[0][key] for key in container} == container
    assert {"registeredAt", "registeredBy", "requiresAttributes", "compatibilities"} <= definition.keys()
    again = world.ecs.describe_task_definition(taskDefinition="app:1", include=["TAGS"])
    assert again["tags"] == tags


def test_a_family_alone_is_its_newest_active_revision(world: World) -> None:
    first, second = world.define("1"), world.define("2")
    assert described(world, "job")["taskDefinitionArn"] == second
    answer = world.ecs.deregister_task_definition(taskDefinition=second)["taskDefinition"]
    assert (answer["status"], "deregisteredAt" in answer) == ("INACTIVE", True)
    assert described(world, "job")["taskDefinitionArn"] == first
    assert described(world, second)["status"] == "INACTIVE"
    world.ecs.deregister_task_definition(taskDefinition=first)
    for reference in ("job", "job:9", "job:x", "other"):
        with pytest.raises(ClientError, match="Unable to describe task definition"):
            described(world, reference)


def test_revision_numbers_are_never_used_again(world: World) -> None:
    arn = world.define("1")
    world.ecs.deregister_task_definition(taskDefinition=arn)
    world.ecs.delete_task_definitions(taskDefinitions=[arn])
    assert world.define("2").endswith("job:2")
    second = described(world, "job:2")
    assert second["revision"] == 2


def test_lists_are_filtered_sorted_and_paged(world: World) -> None:
    arns = [world.define(str(number)) for number in range(11)]
    other = world.define("x", family="job-other")

    def listed(**filters: object) -> list[str]:
        return list(world.ecs.list_task_definitions(**filters)["taskDefinitionArns"])

    assert listed(familyPrefix="job") == arns
    assert listed(familyPrefix="job", sort="DESC") == arns[::-1]
    assert listed() == [*arns, other]
    assert listed(familyPrefix="job", sort="DESC", maxResults=1) == arns[-1:]
    world.ecs.deregister_task_definition(taskDefinition=arns[0])
    assert listed(status="INACTIVE") == arns[:1]
    assert len(listed(familyPrefix="job")) == 10
    world.ecs.deregister_task_definition(taskDefinition=other)
    families = world.ecs.list_task_definition_families
    assert families()["families"] == ["job", "job-other"]
    assert families(status="ACTIVE")["families"] == ["job"]
    assert families(status="INACTIVE", familyPrefix="job-")["families"] == ["job-other"]


def test_deleted_revisions_stay_while_something_runs_on_them(workers: World) -> None:
    arn = workers.define("sleep 600")
    task = workers.run(arn)["taskArn"]
    failures = workers.ecs.delete_task_definitions(taskDefinitions=[arn])["failures"]
    assert "ACTIVE" in failures[0]["reason"]
    workers.ecs.deregister_task_definition(taskDefinition=arn)
    [deleted] = workers.ecs.delete_task_definitions(taskDefinitions=[arn])["taskDefinitions"]
    assert deleted["status"] == "DELETE_IN_PROGRESS"
    assert described(workers, arn)["status"] == "DELETE_IN_PROGRESS"
    with pytest.raises(ClientError, match="is being deleted"):
        workers.ecs.deregister_task_definition(taskDefinition=arn)
    assert workers.ecs.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"] == [arn]
    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        workers.run(arn)
    workers.ecs.stop_task(cluster="workers", task=task)
    workers.until(lambda: not workers.ecs.list_task_definitions(status="DELETE_IN_PROGRESS")["taskDefinitionArns"])
    # Its tasks can still be described.
    assert workers.task_in(task, "STOPPED")["taskDefinitionArn"] == arn


def test_memory_settings_that_contradict_each_other_are_refused(world: World) -> None:
    with pytest.raises(ClientError, match="greater than for the task"):
        world.define("x", memory=4096, task={"memory": "2048"})
    with pytest.raises(ClientError, match="must be greater than or equal to"):
        world.define("x", memory=512, memoryReservation=1024)
    with pytest.raises(ClientError, match="The sum of all container 'memoryReservation' values"):
        world.define("x", memory=None, memoryReservation=4096, task={"memory": "2048"})
    with pytest.raises(ClientError, match="At least one of 'memory' or 'memoryReservation' must be specified"):
        world.define("x", memory=None)


def test_fargate_needs_sizes_and_awsvpc(world: World) -> None:
    task = {"requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512", "networkMode": "awsvpc"}
    for setting in ("cpu", "memory", "networkMode"):
        with pytest.raises(ClientError, match="Fargate"):
            world.define("x", task={key: value for key, value in task.items() if key != setting})


def test_deregistering_needs_a_revision_and_can_be_repeated(world: World) -> None:
    arn = world.define("x")
    with pytest.raises(ClientError, match="Revision is missing"):
        world.ecs.deregister_task_definition(taskDefinition="job")
    with pytest.raises(ClientError, match="Unable to describe"):
        world.ecs.deregister_task_definition(taskDefinition="job:7")
    for _ in range(2):
        answer = world.ecs.deregister_task_definition(taskDefinition=arn)
        assert answer["taskDefinition"]["status"] == "INACTIVE"
