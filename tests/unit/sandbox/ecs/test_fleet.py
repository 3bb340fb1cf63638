"""EC2 instances come, register and go."""

from __future__ import annotations

import base64
import re

import pytest

from sandbox import ecs
from sandbox.ecs.fleet import agent_settings, usable_memory
from tests.fakes.sandbox.ecs_world import IMAGE, LOG, World

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_an_instance_registers_with_type_zone_and_resources(world: World) -> None:
    world.group("own", 1, "m4.2xlarge")
    [instance] = world.instances(1)
    attributes = {one["name"]: one.get("value") for one in instance["attributes"]}
    assert attributes["ecs.instance-type"] == "m4.2xlarge"
    assert attributes["ecs.availability-zone"] == "us-east-1a"
    assert attributes["ecs.ami-id"] == IMAGE
    resources = {one["name"]: one.get("integerValue") for one in instance["registeredResources"]}
    assert (resources["CPU"], resources["MEMORY"]) == (8192, 32150)
    assert (instance["status"], instance["agentConnected"]) == ("ACTIVE", True)
    [cluster] = world.ecs.describe_clusters(clusters=["workers"])["clusters"]
    assert cluster["registeredContainerInstancesCount"] == 1


@pytest.mark.parametrize("factors", [{"instance_boot": 4.0}])
def test_it_takes_a_while_to_boot(world: World) -> None:
    world.group()
    assert world.ecs.list_container_instances(cluster="workers")["containerInstanceArns"] == []
    world.instances(1)


def test_only_the_cluster_that_user_data_names_is_joined(world: World) -> None:
    world.ecs.create_cluster(clusterName="default")
    world.group("other", 1, UserData=encoded("#!/bin/sh\necho hello\n"))
    world.group("late", 1, UserData=encoded("#!/bin/sh\necho ECS_CLUSTER=later >> /etc/ecs/ecs.config\n"))
    world.group("own", 1)
    world.instances(1)
    assert world.ecs.list_container_instances(cluster="default")["containerInstanceArns"] == []
    world.ecs.create_cluster(clusterName="later")
    world.until(lambda: world.ecs.list_container_instances(cluster="later")["containerInstanceArns"])
    assert len(world.ecs.list_container_instances(cluster="workers")["containerInstanceArns"]) == 1


def test_an_agent_takes_only_the_log_drivers_that_user_data_gives_it(world: World) -> None:
    drivers = """echo 'ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","splunk"]' >> /etc/ecs/ecs.config\n"""
    world.group("own", 1, UserData=encoded(f"#!/bin/sh\necho ECS_CLUSTER=workers >> /etc/ecs/ecs.config\n{drivers}"))
    [instance] = world.instances(1)
    capability = "com.amazonaws.ecs.capability.logging-driver."
    names = {each["name"] for each in instance["attributes"]}
    assert {name.removeprefix(capability) for name in names if name.startswith(capability)} == {"json-file", "splunk"}
    for query, found in ((f"attribute:{capability}awslogs !exists", 1), (f"attribute:{capability}awslogs exists", 0)):
        listed = world.ecs.list_container_instances(cluster="workers", filter=query)["containerInstanceArns"]
        assert len(listed) == found
    definition = world.define("true", logConfiguration=LOG)
    failures = world.ecs.run_task(cluster="workers", taskDefinition=definition)["failures"]
    assert [each["reason"] for each in failures] == ["ATTRIBUTE"]


def test_user_data_is_read_however_it_is_written() -> None:
    assert agent_settings("ECS_CLUSTER=a\nECS_LOGLEVEL=info") == {"ECS_CLUSTER": "a", "ECS_LOGLEVEL": "info"}
    assert agent_settings("echo ECS_CLUSTER='a' >> /etc/ecs/ecs.config") == {"ECS_CLUSTER": "a"}
    assert agent_settings('echo "ECS_CLUSTER=a" >> x; reboot') == {"ECS_CLUSTER": "a"}
    assert agent_settings("#cloud-config\nwrite_files:\n  - content: |\n      ECS_CLUSTER=a\n") == {"ECS_CLUSTER": "a"}
    assert agent_settings("# ECS_CLUSTER=a") == {}


def test_usable_memory_is_what_instances_register() -> None:
    for nominal, registered in {4096: 3953, 8192: 7982, 16384: 16041, 32768: 32151}.items():
        assert usable_memory(nominal) == pytest.approx(registered, abs=12)


def test_a_lost_instance_takes_its_tasks(workers: World) -> None:
    task = workers.run(workers.define("trap '' TERM; sleep 600"))
    workers.task_in(task["taskArn"], "RUNNING")
    [instance] = workers.instances(1)
    workers.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="own", ForceDelete=True)
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stoppedReason"] == f"Host EC2 (instance {instance['ec2InstanceId']}) terminated."
    assert stopped["stopCode"] == "TerminationNotice"
    assert "exitCode" not in stopped["containers"][0]
    workers.instances(0)


@pytest.mark.parametrize("factors", [{"all": 0.2, "instance_terminate": 100.0}])
def test_an_agent_of_a_terminated_instance_is_disconnected(workers: World) -> None:
    [instance] = workers.instances(1)
    workers.ec2.terminate_instances(InstanceIds=[instance["ec2InstanceId"]])
    arn = instance["containerInstanceArn"]

    def described() -> dict[str, object]:
        answer = workers.ecs.describe_container_instances(cluster="workers", containerInstances=[arn])
        return dict(answer["containerInstances"][0])

    workers.until(lambda: described()["agentConnected"] is False)
    answer = workers.ecs.start_task(cluster="workers", taskDefinition=workers.define("true"), containerInstances=[arn])
    assert [one["reason"] for one in answer["failures"]] == ["AGENT"]
    # The group puts another in its place.
    workers.instances(2)


def test_an_interrupted_instance_drains_and_is_replaced(world: World) -> None:
    text = "ECS_CLUSTER=workers\nECS_ENABLE_SPOT_INSTANCE_DRAINING=true\n"
    world.group(UserData=encoded(text), InstanceMarketOptions={"MarketType": "spot"})
    [instance] = world.instances(1)
    arn = instance["containerInstanceArn"]
    ecs.interrupt(instance["ec2InstanceId"])
    assert world.ecs.list_container_instances(cluster="workers", status="DRAINING")["containerInstanceArns"] == [arn]
    world.until(lambda: arn not in world.ecs.list_container_instances(cluster="workers")["containerInstanceArns"])
    [after] = world.instances(1)
    assert after["ec2InstanceId"] != instance["ec2InstanceId"]
    [reservation] = world.ec2.describe_instances(InstanceIds=[instance["ec2InstanceId"]])["Reservations"]
    [reclaimed] = reservation["Instances"]
    assert reclaimed["StateReason"]["Code"] == "Server.SpotInstanceTermination"
    assert re.fullmatch(rf"Service initiated \({TIME} GMT\)", reclaimed["StateTransitionReason"])
    with pytest.raises(ValueError, match="no running instance"):
        ecs.interrupt(instance["ec2InstanceId"])


def test_custom_attributes_take_part_in_placement(workers: World) -> None:
    [instance] = workers.instances(1)
    workers.ecs.put_attributes(
        cluster="workers",
        attributes=[{"name": "stack", "value": "blue", "targetId": instance["containerInstanceArn"]}],
    )
    constraint = [{"type": "memberOf", "expression": "attribute:stack == blue"}]
    workers.run(workers.define("true"), placementConstraints=constraint)
