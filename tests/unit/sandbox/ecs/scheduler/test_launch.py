"""How tasks are launched: on instances, on Fargate, through a capacity provider."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_world import World


def code_of(world: World, **request: object) -> tuple[str, str]:
    """Give code and message of the error RunTask answers with."""
    with pytest.raises(ClientError) as caught:
        world.ecs.run_task(cluster="workers", **request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_fargate_runs_without_an_instance(world: World) -> None:
    subnet = world.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    definition = world.define(
        "sleep 600",
        task={"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"},
    )
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}}
    task = world.run(definition, launchType="FARGATE", networkConfiguration=network)
    assert task["lastStatus"] == "PROVISIONING"
    assert "containerInstanceArn" not in task
    running = world.task_in(task["taskArn"], "RUNNING")
    assert (running["launchType"], running["cpu"], running["memory"]) == ("FARGATE", "256", "512")
    details = {one["name"]: one["value"] for one in running["attachments"][0]["details"]}
    assert details["subnetId"] == subnet
    world.ecs.stop_task(cluster="workers", task=task["taskArn"])
    world.task_in(task["taskArn"], "STOPPED")
    found = world.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert details["networkInterfaceId"] not in [one["NetworkInterfaceId"] for one in found]


def test_a_capacity_provider_places_on_its_group_only(workers: World) -> None:
    workers.group("spot", 1)
    workers.instances(2)
    found = workers.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["spot"])
    [group] = found["AutoScalingGroups"]
    workers.ecs.create_capacity_provider(
        name="cheap", autoScalingGroupProvider={"autoScalingGroupArn": group["AutoScalingGroupARN"]}
    )
    definition = workers.define("sleep 600")
    strategy = [{"capacityProvider": "cheap", "weight": 1}]
    _, message = code_of(workers, taskDefinition=definition, capacityProviderStrategy=strategy)
    assert "not associated" in message
    workers.ecs.put_cluster_capacity_providers(
        cluster="workers", capacityProviders=["cheap"], defaultCapacityProviderStrategy=[]
    )
    task = workers.run(definition, capacityProviderStrategy=strategy)
    assert task["capacityProviderName"] == "cheap"
    instance = {one["containerInstanceArn"]: one["ec2InstanceId"] for one in workers.instances(2)}
    assert instance[task["containerInstanceArn"]] == group["Instances"][0]["InstanceId"]
    workers.autoscaling.update_auto_scaling_group(AutoScalingGroupName="spot", DesiredCapacity=0)
    workers.instances(1)
    answer = workers.ecs.run_task(cluster="workers", taskDefinition=definition, capacityProviderStrategy=strategy)
    assert [one["reason"] for one in answer["failures"]] == ["EMPTY CAPACITY PROVIDER"]


def test_an_empty_cluster_is_an_error_not_a_failure(world: World) -> None:
    assert code_of(world, taskDefinition=world.define("true")) == (
        "InvalidParameterException",
        "No Container Instances were found in your cluster.",
    )
