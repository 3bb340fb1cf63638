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


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"memory": "1 GB", "cpu": "1 vCPU"}, {"memory": "1024", "cpu": "1024"}),
        ({"memory": "1GB", "cpu": ".25 vcpu"}, {"memory": "1024", "cpu": "256"}),
        ({"memory": "2048", "cpu": "512"}, {"memory": "2048", "cpu": "512"}),
        ({}, {"memory": None, "cpu": None}),
    ],
)
def test_sizes_come_back_as_numbers(world: World, given: dict[str, str], shown: dict[str, str | None]) -> None:
    definition = described(world, world.define("x", task=given))
    assert {name: definition.get(name) for name in ("memory", "cpu")} == shown


def test_ecs_adds_defaults_and_has_an_order_of_its_own(world: World) -> None:
    side = {"name": "a", "image": "x", "memory": 64, "healthCheck": {"command": ["CMD", "true"]}}
    variables = [{"name": "B", "value": "1"}, {"name": "A", "value": "2"}]
    ports = [{"containerPort": 80}]
    definition = described(world, world.define("x", sidecars=[side], environment=variables, portMappings=ports))
    assert definition["enableFaultInjection"] is False and definition["volumes"] == []
    found = definition["containerDefinitions"]
    assert isinstance(found, list)
    assert [one["name"] for one in found] == ["a", "main"]
    assert found[0]["healthCheck"] == {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3}
    assert found[0]["cpu"] == 0 and found[0]["essential"] is True and found[0]["systemControls"] == []
    assert found[1]["environment"] == variables[::-1]
    assert found[1]["portMappings"] == [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["EXTERNAL", "EC2"]),
        ({"networkMode": "awsvpc"}, ["EC2"]),
        ({"networkMode": "awsvpc", "cpu": "256", "memory": "512"}, ["EC2", "FARGATE"]),
        ({"networkMode": "awsvpc", "cpu": "256", "memory": "8192"}, ["EC2"]),
    ],
)
def test_a_definition_runs_where_it_is_valid_whatever_it_requires(
    world: World, settings: dict[str, str], expected: list[str]
) -> None:
    definition = described(world, world.define("x", task=settings))
    assert definition["compatibilities"] == expected
    assert definition.get("networkMode") == settings.get("networkMode")


def test_deregistering_needs_a_revision_and_can_be_repeated(world: World) -> None:
    arn = world.define("x")
    with pytest.raises(ClientError, match="Revision is missing"):
        world.ecs.deregister_task_definition(taskDefinition="job")
    with pytest.raises(ClientError, match="Unable to describe"):
        world.ecs.deregister_task_definition(taskDefinition="job:7")
    for _ in range(2):
        answer = world.ecs.deregister_task_definition(taskDefinition=arn)
        assert answer["taskDefinition"]["status"] == "INACTIVE"
