"""Auto Scaling groups as the sandbox makes them."""

from __future__ import annotations

import base64
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_world import IMAGE, USER_DATA, World


def template(world: World, name: str = "fleet", **settings: Any) -> dict[str, str]:
    data = {"ImageId": IMAGE, "InstanceType": "t2.large", "UserData": USER_DATA, **settings}
    world.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    return {"LaunchTemplateName": name, "Version": "$Latest"}


def group(world: World, count: int, name: str = "fleet", **settings: Any) -> None:
    sizes = {"MinSize": 0, "MaxSize": 50, "DesiredCapacity": count, "AvailabilityZones": ["us-east-1a"]}
    if "VPCZoneIdentifier" in settings:
        del sizes["AvailabilityZones"]
    world.autoscaling.create_auto_scaling_group(AutoScalingGroupName=name, **{**sizes, **settings})


def described(world: World, name: str = "fleet") -> dict[str, Any]:
    answer = world.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return dict(answer["AutoScalingGroups"][0])


def ec2_instances(world: World) -> list[dict[str, Any]]:
    filters = [{"Name": "instance-state-name", "Values": ["running"]}]
    reservations = world.ec2.describe_instances(Filters=filters)["Reservations"]
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def mixed(specification: dict[str, str], *types: str, on_demand: int = 0, percent: int = 0) -> dict[str, Any]:
    return {
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": specification,
                "Overrides": [{"InstanceType": type_} for type_ in types],
            },
            "InstancesDistribution": {
                "OnDemandBaseCapacity": on_demand,
                "OnDemandPercentageAboveBaseCapacity": percent,
                "SpotAllocationStrategy": "price-capacity-optimized",
            },
        }
    }


def test_a_mixed_instances_policy_is_honoured(world: World) -> None:
    subnets = [one["SubnetId"] for one in world.ec2.describe_subnets()["Subnets"][:2]]
    policy = mixed(template(world), "m4.2xlarge", "m5.2xlarge", on_demand=1, percent=25)
    tags = [
        {"Key": "run", "Value": "1", "PropagateAtLaunch": True},
        {"Key": "own", "Value": "1", "PropagateAtLaunch": False},
    ]
    group(world, 5, VPCZoneIdentifier=",".join(subnets), Tags=tags, **policy)
    instances = ec2_instances(world)
    lifecycles = Counter(one.get("InstanceLifecycle", "on-demand") for one in instances)
    assert lifecycles == {"spot": 3, "on-demand": 2}
    spot = [one for one in instances if one.get("InstanceLifecycle") == "spot"]
    assert {one["InstanceType"] for one in spot} == {"m4.2xlarge", "m5.2xlarge"}
    assert {one["SubnetId"] for one in instances} == set(subnets)
    for one in instances:
        tags_of_one = {tag["Key"]: tag["Value"] for tag in one["Tags"]}
        assert tags_of_one["run"] == "1"
        assert tags_of_one["aws:autoscaling:groupName"] == "fleet"
        assert "own" not in tags_of_one
    world.instances(5)


def test_the_version_of_the_template_is_honoured(world: World) -> None:
    template(world)
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 100}}
    world.ec2.create_launch_template_version(
        LaunchTemplateName="fleet",
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": "m4.2xlarge",
            "BlockDeviceMappings": [disk],
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "version", "Value": "2"}]}],
        },
    )
    group(world, 1, LaunchTemplate={"LaunchTemplateName": "fleet", "Version": "2"})
    [instance] = ec2_instances(world)
    assert instance["InstanceType"] == "m4.2xlarge"
    assert {"Key": "version", "Value": "2"} in instance["Tags"]
    volumes = {one["DeviceName"]: one["Ebs"]["VolumeId"] for one in instance["BlockDeviceMappings"]}
    [volume] = world.ec2.describe_volumes(VolumeIds=[volumes["/dev/xvda"]])["Volumes"]
    assert volume["Size"] == 100


@pytest.mark.parametrize("source", ["template", "configuration", "policy"])
def test_spot_capacity_may_not_come(world: World, source: str) -> None:
    world.runtime.settings.spot_capacity = 2
    if source == "template":
        settings: dict[str, Any] = {"LaunchTemplate": template(world, InstanceMarketOptions={"MarketType": "spot"})}
    elif source == "policy":
        settings = mixed(template(world), "t2.large")
    else:
        world.autoscaling.create_launch_configuration(
            LaunchConfigurationName="old",
            ImageId=IMAGE,
            InstanceType="t2.large",
            UserData=base64.b64decode(USER_DATA).decode(),  # the client encodes it
            SpotPrice="0.1",
        )
        settings = {"LaunchConfigurationName": "old"}
    group(world, 5, **settings)
    assert (described(world)["DesiredCapacity"], len(described(world)["Instances"])) == (5, 2)
    world.instances(2)
    activities = world.autoscaling.describe_scaling_activities(AutoScalingGroupName="fleet")["Activities"]
    assert Counter(one["StatusCode"] for one in activities) == {"Successful": 2, "Failed": 1}
    failed = next(one for one in activities if one["StatusCode"] == "Failed")
    assert "no Spot capacity available" in failed["StatusMessage"]
    world.runtime.settings.spot_capacity = None
    world.instances(5)


def test_a_group_says_why_ec2_does_not_launch(world: World) -> None:
    world.ec2.create_key_pair(KeyName="operator")
    group(world, 1, LaunchTemplate=template(world, KeyName="operator"))
    world.ec2.delete_key_pair(KeyName="operator")
    world.autoscaling.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=3)
    assert len(described(world)["Instances"]) == 1
    latest = world.autoscaling.describe_scaling_activities(AutoScalingGroupName="fleet")["Activities"][0]
    assert latest["StatusCode"] == "Failed"
    assert latest["StatusMessage"] == "The key pair 'operator' does not exist. Launching EC2 instance failed."
    world.ec2.create_key_pair(KeyName="operator")
    world.until(lambda: len(described(world)["Instances"]) == 3)


def test_metrics_are_collected_and_no_more(world: World) -> None:
    group(world, 0, LaunchTemplate=template(world))
    world.autoscaling.enable_metrics_collection(AutoScalingGroupName="fleet", Granularity="1Minute")
    assert len(described(world)["EnabledMetrics"]) == 21
    world.autoscaling.disable_metrics_collection(AutoScalingGroupName="fleet", Metrics=["GroupMinSize"])
    assert "GroupMinSize" not in [one["Metric"] for one in described(world)["EnabledMetrics"]]
    world.autoscaling.disable_metrics_collection(AutoScalingGroupName="fleet")
    assert described(world)["EnabledMetrics"] == []


def test_on_demand_capacity_always_comes(world: World) -> None:
    world.runtime.settings.spot_capacity = 0
    group(world, 2, LaunchTemplate=template(world))
    world.instances(2)


def test_scaling_in_terminates(world: World) -> None:
    group(world, 3, LaunchTemplate=template(world))
    world.autoscaling.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=1)
    assert len(ec2_instances(world)) == 1
    world.instances(1)


def test_an_update_keeps_what_it_leaves_out(world: World) -> None:
    group(world, 1, **mixed(template(world), "m4.2xlarge"))
    world.autoscaling.update_auto_scaling_group(AutoScalingGroupName="fleet", DesiredCapacity=2)
    assert "MixedInstancesPolicy" in described(world)
    assert [one.get("InstanceLifecycle") for one in ec2_instances(world)] == ["spot", "spot"]


def test_a_group_with_instances_needs_force(world: World) -> None:
    group(world, 1, LaunchTemplate=template(world))
    with pytest.raises(ClientError, match="ResourceInUse"):
        world.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="fleet")
    world.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="fleet", ForceDelete=True)
    assert ec2_instances(world) == []
    assert world.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
    with pytest.raises(ClientError, match="not found"):
        world.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="fleet", ForceDelete=True)


def test_requests_auto_scaling_refuses(world: World) -> None:
    source = {"LaunchTemplate": template(world)}
    group(world, 0, **source)
    spot = template(world, "spot", InstanceMarketOptions={"MarketType": "spot"})
    with pytest.raises(ClientError, match="Incompatible launch template"):
        group(world, 0, "other", **mixed(spot, "t2.large"))
    with pytest.raises(ClientError, match="AlreadyExists"):
        group(world, 0, **source)
    with pytest.raises(ClientError, match="must be between"):
        group(world, 60, "other", **source)
    with pytest.raises(ClientError, match="must be greater than or equal to min bound"):
        group(world, 1, "other", MinSize=3, MaxSize=2, **source)
    with pytest.raises(ClientError, match="must be between"):
        world.autoscaling.set_desired_capacity(AutoScalingGroupName="fleet", DesiredCapacity=51)
    with pytest.raises(ClientError, match="must be between"):
        world.autoscaling.update_auto_scaling_group(AutoScalingGroupName="fleet", DesiredCapacity=51)
    for call in (world.autoscaling.set_desired_capacity, world.autoscaling.update_auto_scaling_group):
        with pytest.raises(ClientError, match="not found"):
            call(AutoScalingGroupName="nothing", DesiredCapacity=1)
