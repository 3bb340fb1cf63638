"""RunTask, StartTask, StopTask, DescribeTasks and ListTasks."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_world import World


def code_of(world: World, **request: object) -> tuple[str, str]:
    """Give code and message of the error RunTask answers with."""
    with pytest.raises(ClientError) as caught:
        world.ecs.run_task(cluster="workers", **request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_requests_ecs_refuses(workers: World) -> None:
    definition = workers.define("true")
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    awsvpc = workers.define("true", family="net", task={"networkMode": "awsvpc"})
    refused = [
        ({"count": 11}, "InvalidParameterException"),
        ({"startedBy": "x" * 129}, "InvalidParameterException"),
        ({"startedBy": "no spaces"}, "InvalidParameterException"),
        ({"overrides": {"containerOverrides": [{"name": "other"}]}}, "InvalidParameterException"),
        (
            {"overrides": {"containerOverrides": [{"name": "main", "command": ["x" * 8200]}]}},
            "InvalidParameterException",
        ),
        ({"launchType": "FARGATE"}, "InvalidParameterException"),
        ({"networkConfiguration": network}, "InvalidParameterException"),
        ({"taskDefinition": awsvpc}, "InvalidParameterException"),
        ({"taskDefinition": awsvpc, "networkConfiguration": network}, "InvalidParameterException"),
        ({"launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "x"}]}, "InvalidParameterException"),
        ({"taskDefinition": "nothing"}, "ClientException"),
        ({"placementConstraints": [{"type": "memberOf", "expression": "attribute:x ="}]}, "InvalidParameterException"),
        ({"placementStrategy": [{"type": "binpack", "field": "disk"}]}, "InvalidParameterException"),
    ]
    for request, code in refused:
        assert code_of(workers, **{"taskDefinition": definition, **request})[0] == code, request
    with pytest.raises(ClientError, match="ClusterNotFoundException"):
        workers.ecs.run_task(cluster="elsewhere", taskDefinition=definition)
    workers.ecs.deregister_task_definition(taskDefinition=definition)
    assert code_of(workers, taskDefinition=definition) == ("ClientException", "TaskDefinition is inactive")


def test_a_client_token_starts_tasks_once(workers: World) -> None:
    definition = workers.define("sleep 600")
    first = workers.run(definition, clientToken="t1")
    again = workers.run(definition, clientToken="t1")
    assert first["taskArn"] == again["taskArn"]
    with pytest.raises(ClientError) as caught:
        workers.ecs.run_task(cluster="workers", taskDefinition=definition, clientToken="t1", count=2)
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    assert caught.value.response["resourceIds"] == [first["taskArn"]]
    assert workers.run(definition, clientToken="t2")["taskArn"] != first["taskArn"]


def test_tags_are_kept_propagated_and_found(workers: World) -> None:
    definition = workers.ecs.register_task_definition(
        family="tagged",
        containerDefinitions=[{"name": "main", "image": "shell", "memory": 64, "command": ["sleep", "600"]}],
        tags=[{"key": "of", "value": "definition"}, {"key": "both", "value": "definition"}],
    )["taskDefinition"]["taskDefinitionArn"]
    task = workers.run(
        definition,
        tags=[{"key": "both", "value": "task"}],
        propagateTags="TASK_DEFINITION",
        enableECSManagedTags=True,
    )
    answer = workers.ecs.describe_tasks(cluster="workers", tasks=[task["taskArn"]], include=["TAGS"])
    tags = {tag["key"]: tag["value"] for tag in answer["tasks"][0]["tags"]}
    assert tags == {"of": "definition", "both": "task", "aws:ecs:clusterName": "workers"}
    assert workers.task(task["taskArn"])["tags"] == []
    finder = workers.client("resourcegroupstaggingapi")
    filters = [{"Key": "both", "Values": ["task"]}]

    def found() -> list[str]:
        return [one["ResourceARN"] for one in finder.get_resources(TagFilters=filters)["ResourceTagMappingList"]]

    assert found() == [task["taskArn"]]
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    workers.task_in(task["taskArn"], "STOPPED")
    assert found() == []


def test_list_tasks_filters(workers: World) -> None:
    mine = workers.run(workers.define("sleep 600", family="a"), startedBy="me")["taskArn"]
    other = workers.run(workers.define("sleep 600", family="b"))
    ended = workers.run(workers.define("true", family="a"))["taskArn"]
    workers.task_in(ended, "STOPPED")

    def listed(**filters: str) -> set[str]:
        return set(workers.ecs.list_tasks(cluster="workers", **filters)["taskArns"])

    assert listed() == {mine, other["taskArn"]}
    assert listed(startedBy="me") == {mine}
    assert listed(family="a") == {mine}
    assert listed(family="a", desiredStatus="STOPPED") == {ended}
    assert listed(containerInstance=other["containerInstanceArn"]) == {mine, other["taskArn"]}
    assert listed(serviceName="none") == set()
    assert listed(launchType="FARGATE") == set()
    with pytest.raises(ClientError, match="startedBy"):
        listed(startedBy="me", family="a")
    with pytest.raises(ClientError, match="not found"):
        listed(containerInstance="none")
    first = workers.ecs.list_tasks(cluster="workers", maxResults=1)
    second = workers.ecs.list_tasks(cluster="workers", maxResults=1, nextToken=first["nextToken"])
    assert set(first["taskArns"] + second["taskArns"]) == {mine, other["taskArn"]}
    assert "nextToken" not in second


def test_describe_tasks_names_what_is_missing_and_takes_a_hundred(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))["taskArn"]
    answer = workers.ecs.describe_tasks(cluster="workers", tasks=["nothing", task.rpartition("/")[2]])
    assert [one["taskArn"] for one in answer["tasks"]] == [task]
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    for tasks in ([], [str(number) for number in range(101)]):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            workers.ecs.describe_tasks(cluster="workers", tasks=tasks)
    with pytest.raises(ClientError, match="The referenced task was not found"):
        workers.ecs.stop_task(cluster="workers", task="nothing")


def test_start_task_names_its_instance(workers: World) -> None:
    definition = workers.define("sleep 600", memory=6000)
    [instance] = workers.instances(1)
    arn = instance["containerInstanceArn"]
    answer = workers.ecs.start_task(cluster="workers", taskDefinition=definition, containerInstances=[arn, "gone"])
    assert [one["containerInstanceArn"] for one in answer["tasks"]] == [arn]
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    answer = workers.ecs.start_task(cluster="workers", taskDefinition=definition, containerInstances=[arn])
    assert [one["reason"] for one in answer["failures"]] == ["RESOURCE:MEMORY"]


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
