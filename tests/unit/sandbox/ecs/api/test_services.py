"""CreateService, UpdateService, DeleteService, DescribeServices and ListServices."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_services import create, running, tasks_of
from tests.fakes.sandbox.ecs_world import World


def test_a_new_definition_rolls_out(workers: World) -> None:
    create(workers, workers.define("sleep 600"), 2)
    running(workers, 2)
    old = tasks_of(workers)
    new = workers.define("sleep 700")
    service = workers.ecs.update_service(cluster="workers", service="jobs", taskDefinition=new)["service"]
    assert [one["status"] for one in service["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert service["taskDefinition"] == new
    workers.until(lambda: len(workers.service()["deployments"]) == 1)
    running(workers, 2)
    assert not set(old) & set(tasks_of(workers))
    assert {workers.task(task)["taskDefinitionArn"] for task in tasks_of(workers)} == {new}


def test_describe_answers_in_other_words_than_were_sent(workers: World) -> None:
    steps = [{"type": "spread", "field": "host"}, {"type": "binpack", "field": "memory"}]
    create(workers, workers.define("sleep 600"), 0, placementStrategy=steps)
    service = workers.service()
    assert service["placementStrategy"] == [
        {"type": "spread", "field": "instanceId"},
        {"type": "binpack", "field": "MEMORY"},
    ]
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": False, "rollback": False}
    assert service["availabilityZoneRebalancing"] == "DISABLED"


def test_a_network_starts_a_deployment_even_unchanged_and_a_strategy_does_not(workers: World) -> None:
    subnet = workers.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet]}}
    definition = workers.define("sleep 600", task={"networkMode": "awsvpc"})
    create(workers, definition, 0, networkConfiguration=network)
    [first] = workers.service()["deployments"]
    described = workers.service()["networkConfiguration"]["awsvpcConfiguration"]
    assert described == {"subnets": [subnet], "securityGroups": [], "assignPublicIp": "DISABLED"}
    update = workers.ecs.update_service
    update(cluster="workers", service="jobs", placementStrategy=[{"type": "random"}], taskDefinition=definition)
    assert [one["id"] for one in workers.service()["deployments"]] == [first["id"]]
    update(cluster="workers", service="jobs", networkConfiguration=network)
    assert workers.service()["deployments"][0]["id"] != first["id"]


def test_a_forced_deployment_replaces_equal_tasks(workers: World) -> None:
    create(workers, workers.define("sleep 600"), 1)
    running(workers, 1)
    [old] = tasks_of(workers)
    workers.ecs.update_service(cluster="workers", service="jobs", forceNewDeployment=True)
    workers.until(lambda: len(workers.service()["deployments"]) == 1 and old not in tasks_of(workers))
    running(workers, 1)


@pytest.mark.parametrize("factors", [{"all": 0.2, "drain": 50.0}])
def test_delete_drains_and_then_frees_the_name(workers: World) -> None:
    definition = workers.define("trap 'sleep 0.3; exit 0' TERM; sleep 600 & wait")
    create(workers, definition, 2)
    running(workers, 2)
    with pytest.raises(ClientError, match="while it is scaled above 0"):
        workers.ecs.delete_service(cluster="workers", service="jobs")
    answer = workers.ecs.delete_service(cluster="workers", service="jobs", force=True)["service"]
    assert (answer["status"], answer["desiredCount"]) == ("DRAINING", 0)
    with pytest.raises(ClientError, match="Unable to Start a service that is still Draining"):
        create(workers, definition, 1)
    with pytest.raises(ClientError, match="ServiceNotActiveException"):
        workers.ecs.update_service(cluster="workers", service="jobs", desiredCount=1)
    workers.until(lambda: workers.service()["runningCount"] == 0)
    assert workers.service()["status"] == "DRAINING"
    workers.until(lambda: workers.service()["status"] == "INACTIVE")
    assert tasks_of(workers) == []
    assert workers.ecs.list_services(cluster="workers")["serviceArns"] == []
    with pytest.raises(ClientError, match="ServiceNotFoundException"):
        workers.ecs.update_service(cluster="workers", service="jobs", desiredCount=1)
    create(workers, definition, 1)
    running(workers, 1)


def test_a_service_scaled_to_zero_needs_no_force(workers: World) -> None:
    create(workers, workers.define("sleep 600"), 0)
    workers.ecs.delete_service(cluster="workers", service="jobs")
    workers.until(lambda: workers.service()["status"] == "INACTIVE")


def test_services_are_tagged_found_and_tag_their_tasks(workers: World) -> None:
    tags = [{"key": "run", "value": "1"}]
    service = create(
        workers, workers.define("sleep 600"), 1, tags=tags, propagateTags="SERVICE", enableECSManagedTags=True
    )
    running(workers, 1)
    [task] = tasks_of(workers)
    answer = workers.ecs.describe_tasks(cluster="workers", tasks=[task], include=["TAGS"])["tasks"][0]
    found = {tag["key"]: tag["value"] for tag in answer["tags"]}
    assert found == {"run": "1", "aws:ecs:clusterName": "workers", "aws:ecs:serviceName": "jobs"}
    assert workers.service()["tags"] == [] if "tags" in workers.service() else True
    described = workers.ecs.describe_services(cluster="workers", services=["jobs"], include=["TAGS"])["services"][0]
    assert described["tags"] == tags
    finder = workers.client("resourcegroupstaggingapi")

    def arns() -> set[str]:
        answer = finder.get_resources(TagFilters=[{"Key": "run", "Values": ["1"]}])["ResourceTagMappingList"]
        return {one["ResourceARN"] for one in answer}

    assert arns() == {service["serviceArn"], task}
    assert workers.ecs.list_tags_for_resource(resourceArn=service["serviceArn"])["tags"] == tags
    workers.ecs.tag_resource(resourceArn=service["serviceArn"], tags=[{"key": "more", "value": "x"}])
    assert len(workers.ecs.list_tags_for_resource(resourceArn=service["serviceArn"])["tags"]) == 2
    workers.ecs.delete_service(cluster="workers", service="jobs", force=True)
    workers.until(lambda: workers.service()["status"] == "INACTIVE")
    assert arns() == set()


def test_requests_ecs_refuses(workers: World) -> None:
    definition = workers.define("sleep 600")
    create(workers, definition, 0)
    refused: list[tuple[dict[str, Any], str]] = [
        ({}, "Creation of service was not idempotent"),
        ({"name": "no spaces"}, "Service name"),
        ({"name": "other", "schedulingStrategy": "DAEMON"}, "REPLICA"),
        ({"name": "other", "deploymentController": {"type": "EXTERNAL"}}, "ECS deployment controller"),
        ({"name": "other", "launchType": "FARGATE"}, "does not support launch_type FARGATE"),
        ({"name": "other", "placementStrategy": [{"type": "spread", "field": "x"}]}, "Invalid placement strategy"),
    ]
    for settings, message in refused:
        with pytest.raises(ClientError, match=message):
            create(workers, definition, 1, **settings)
    with pytest.raises(ClientError, match="TaskDefinition not found"):
        create(workers, "nothing", 1, "other")
    with pytest.raises(ClientError, match="Task definition can not be blank"):
        workers.ecs.create_service(cluster="workers", serviceName="other", desiredCount=1)
    with pytest.raises(ClientError, match="InvalidParameterException"):
        workers.ecs.describe_services(cluster="workers", services=[str(number) for number in range(11)])
    answer = workers.ecs.describe_services(cluster="workers", services=["nothing"])
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    with pytest.raises(ClientError, match="ServiceNotFoundException"):
        workers.ecs.delete_service(cluster="workers", service="nothing")
