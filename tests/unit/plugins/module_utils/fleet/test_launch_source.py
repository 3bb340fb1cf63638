"""What moto does not keep of launch configurations and templates."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    NotFound,
)
from ansible_collections.climate.ingest.plugins.module_utils.fleet import launch_source
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_source import Source
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.fleet import FleetAccount

CONFIGURATION = {
    "ImageId": "ami-1",
    "KeyName": "",
    "KernelId": "",
    "RamdiskId": "",
    "UserData": "",
    "SecurityGroups": ["sg-1", "default"],
    "InstanceType": "t2.large",
    "SpotPrice": "0.1",
    "EbsOptimized": False,
    "BlockDeviceMappings": [],
    "InstanceMonitoring": {"Enabled": False},
}


def test_empty_settings_and_the_purchase_are_not_copied():
    assert launch_source.from_configuration(CONFIGURATION) == {
        "ImageId": "ami-1",
        "Monitoring": {"Enabled": False},
        "SecurityGroupIds": ["sg-1"],
        "SecurityGroups": ["default"],
    }


def test_everything_a_launch_configuration_can_say_is_copied():
    found = CONFIGURATION | {
        "KeyName": "operators",
        "KernelId": "aki-1",
        "RamdiskId": "ari-1",
        "EbsOptimized": True,
        "IamInstanceProfile": "arn:aws:iam::1:instance-profile/ecs",
        "PlacementTenancy": "dedicated",
        "AssociatePublicIpAddress": True,
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvdb", "NoDevice": True},
            {"DeviceName": "/dev/xvdc", "VirtualName": "ephemeral0"},
            {
                "DeviceName": "/dev/xvdd",
                "NoDevice": False,
                "Ebs": {"VolumeSize": 5, "SnapshotId": "", "Encrypted": False},
            },
        ],
    }
    data = launch_source.from_configuration(found)
    assert data["KeyName"] == "operators" and data["KernelId"] == "aki-1" and data["RamDiskId"] == "ari-1"
    assert data["EbsOptimized"] is True
    assert data["IamInstanceProfile"] == {"Arn": "arn:aws:iam::1:instance-profile/ecs"}
    assert data["Placement"] == {"Tenancy": "dedicated"}
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["NetworkInterfaces"] == [{"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": ["sg-1"]}]
    assert "SecurityGroupIds" not in data
    assert data["BlockDeviceMappings"] == [
        {"DeviceName": "/dev/xvdb", "NoDevice": ""},
        {"DeviceName": "/dev/xvdc", "VirtualName": "ephemeral0"},
        {"DeviceName": "/dev/xvdd", "Ebs": {"VolumeSize": 5, "Encrypted": False}},
    ]


def test_what_an_answer_adds_is_left_out(aws: FakeAws):
    shape = aws.client("ec2").meta.service_model.shape_for("RequestLaunchTemplateData")
    data = {
        "MetadataOptions": {"State": "applied", "HttpTokens": "required"},
        "Unheard": 1,
        "SecurityGroupIds": ["sg-1"],
    }
    assert launch_source.trim(data, shape) == {
        "MetadataOptions": {"HttpTokens": "required"},
        "SecurityGroupIds": ["sg-1"],
    }


def found_in(aws: FakeAws, group: dict[str, Any]) -> Source:
    aws.on("ListContainerInstances", {"containerInstanceArns": ["arn:1"]})
    aws.on("DescribeContainerInstances", {"containerInstances": [{"ec2InstanceId": "i-1"}]})
    aws.on("DescribeAutoScalingInstances", {"AutoScalingInstances": [{"AutoScalingGroupName": "asg"}]})
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": [{"AutoScalingGroupName": "asg", "Tags": []} | group]})
    return launch_source.find(aws.context(), "c", None)


def version(**data: Any) -> dict[str, Any]:
    described = {"CreateTime": 1, "LaunchTemplateName": "ltX", "VersionNumber": 7, "LaunchTemplateData": data}
    return {"LaunchTemplateVersions": [described]}


def test_a_mixed_group_s_template_is_the_source(aws: FakeAws):
    aws.on("DescribeLaunchTemplateVersions", version(ImageId="ami-1"))
    specification = {"LaunchTemplateId": "lt-1", "Version": "$Latest"}
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": specification}}
    source = found_in(aws, {"MixedInstancesPolicy": policy, "VPCZoneIdentifier": "subnet-1,subnet-2"})
    assert source == Source("ltX:7", {"ImageId": "ami-1"}, "ami-1", ["subnet-1", "subnet-2"])
    assert aws.sent("DescribeLaunchTemplateVersions") == [{"LaunchTemplateId": "lt-1", "Versions": ["$Latest"]}]


def test_an_image_parameter_is_resolved_for_its_devices_and_kept(aws: FakeAws):
    aws.on("DescribeLaunchTemplateVersions", version(ImageId="resolve:ssm:/ami"), version(ImageId="ami-9"))
    source = found_in(aws, {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "7"}})
    assert (source.data["ImageId"], source.image) == ("resolve:ssm:/ami", "ami-9")
    assert aws.sent("DescribeLaunchTemplateVersions")[1]["ResolveAlias"] is True


def test_a_launch_configuration_that_is_gone_is_named(aws: FakeAws):
    aws.on("DescribeLaunchConfigurations", {"LaunchConfigurations": []})
    with pytest.raises(NotFound, match="Launch configuration old is gone"):
        found_in(aws, {"LaunchConfigurationName": "old"})


def test_a_template_version_that_is_gone_is_named(aws: FakeAws):
    aws.on("DescribeLaunchTemplateVersions", {"LaunchTemplateVersions": []})
    with pytest.raises(NotFound, match="Launch template lt-1 has no version 3"):
        found_in(aws, {"LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "3"}})


def test_a_group_that_names_nothing_is_named(aws: FakeAws):
    with pytest.raises(NotFound, match="Group asg names no launch template"):
        found_in(aws, {})


def test_another_refusal_passes_through(aws: FakeAws):
    aws.on("ListContainerInstances", {"containerInstanceArns": []})
    aws.on("DescribeLaunchConfigurations", {"LaunchConfigurations": []})
    aws.on("DescribeLaunchTemplateVersions", Refusal("UnauthorizedOperation"))
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        launch_source.find(aws.context(), "c", "name")


def test_our_own_fleet_is_never_the_source(account: FleetAccount):
    account.fleet()
    account.configuration("lcOurs")
    assert account.fleet(name="ingest-staging-more", check_mode=True).values["source"] == "lcStaging-1"


def test_the_newest_launch_configuration_in_use_is_taken(account: FleetAccount):
    account.group("asgStaging-2", launch_configuration="lcStaging-2")
    assert account.fleet(check_mode=True).values["source"] == "lcStaging-2"


def test_a_named_launch_configuration_is_taken(account: FleetAccount):
    account.configuration("other", KeyName="operators")
    assert account.fleet(source="other", wait=False).values["source"] == "other"
    assert account.data()["KeyName"] == "operators"


@pytest.mark.parametrize("by_name", [True, False])
def test_a_named_launch_template_is_taken(account: FleetAccount, by_name: bool):
    identity = account.template(KeyName="operators", CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1})
    result = account.fleet(source="ltStaging" if by_name else identity, wait=False)
    assert result.values["source"] == "ltStaging:1"
    assert account.data()["KeyName"] == "operators"
    assert "CpuOptions" not in account.data() and "InstanceType" not in account.data()


def test_a_group_on_a_launch_template_is_a_source_too(account: FleetAccount):
    identity = account.template(KeyName="operators")
    account.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="asgStaging", ForceDelete=True)
    account.group("asgNew", LaunchTemplate={"LaunchTemplateId": identity, "Version": "1"})
    assert account.fleet(check_mode=True).values["source"] == "ltStaging:1"


def test_a_source_that_does_not_exist_is_named(account: FleetAccount):
    for name in ("nothing", "lt-0123456789abcdef0"):
        with pytest.raises(NotFound, match=f"no launch configuration or launch template '{name}'"):
            account.fleet(source=name)


def test_a_cluster_without_groups_has_no_source(account: FleetAccount):
    account.client("ecs").create_cluster(clusterName="empty")
    with pytest.raises(NotFound, match="cluster empty belongs to an Auto Scaling group"):
        account.fleet(cluster="empty")
