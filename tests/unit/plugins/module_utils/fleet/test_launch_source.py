"""What moto does not keep of launch configurations and templates."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, NotFound
from ansible_collections.climate.ingest.plugins.module_utils.fleet import launch_copy, launch_source
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_source import Source
from tests.fakes.aws import FakeAws, Refusal

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
USER_DATA = base64.b64encode(b"#!/bin/sh\necho ECS_CLUSTER=c >> /etc/ecs/ecs.config\n").decode()


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


def copied(image: dict[str, Any], *mappings: dict[str, Any], disk_gb: int = 100, **data: Any) -> dict[str, Any]:
    source = Source("s", {"UserData": USER_DATA, "BlockDeviceMappings": list(mappings)} | data, "ami-1", [])
    return launch_copy.template_data(source, image, cluster="c", disk_gb=disk_gb, tags={"run": "r1"})[0]


def image(root: str, **sizes: int) -> dict[str, Any]:
    mappings = [{"DeviceName": f"/dev/{name}", "Ebs": {"VolumeSize": size}} for name, size in sizes.items()]
    return {"RootDeviceName": root, "BlockDeviceMappings": mappings}


@pytest.mark.parametrize(
    ("described", "device"),
    [
        (image("/dev/sda1", sda1=8), "/dev/sda1"),
        (image("/dev/xvda", xvda=30, xvdf=5), "/dev/xvda"),
        (image("/dev/xvda", xvda=8, xvdcz=22), "/dev/xvdcz"),
        ({}, "/dev/xvda"),
    ],
)
def test_the_disk_is_on_the_device_the_image_fills(described: dict[str, Any], device: str):
    assert copied(described)["BlockDeviceMappings"] == [
        {"DeviceName": device, "Ebs": {"DeleteOnTermination": True, "VolumeSize": 100}}
    ]


def test_the_only_device_of_the_source_is_taken_when_the_image_is_not_known():
    assert (
        copied({}, {"DeviceName": "/dev/sdz", "Ebs": {"VolumeSize": 30}})["BlockDeviceMappings"][0]["DeviceName"]
        == "/dev/sdz"
    )


def test_the_disk_keeps_its_type_and_the_other_devices_stay():
    other = {"DeviceName": "/dev/xvdf", "Ebs": {"VolumeSize": 5}}
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3", "DeleteOnTermination": False}}
    assert copied(image("/dev/xvda", xvda=30), other, root)["BlockDeviceMappings"] == [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 100, "VolumeType": "gp3", "DeleteOnTermination": False}},
        other,
    ]


def test_a_disk_smaller_than_the_image_is_refused():
    with pytest.raises(InvalidInput, match="disk_gb is 20; AMI ami-1 needs at least 30 GB on /dev/xvda"):
        copied(image("/dev/xvda", xvda=30), disk_gb=20)


def test_the_source_s_tags_stay_and_ours_come_along():
    theirs = [
        {"ResourceType": "instance", "Tags": [{"Key": "Project", "Value": "x"}]},
        {"ResourceType": "network-interface", "Tags": []},
        {"ResourceType": "launch-template", "Tags": []},
    ]
    kinds = {each["ResourceType"]: each["Tags"] for each in copied({}, TagSpecifications=theirs)["TagSpecifications"]}
    ours = {"Key": "run", "Value": "r1"}
    assert kinds == {
        "instance": [{"Key": "Project", "Value": "x"}, ours],
        "volume": [ours],
        "network-interface": [ours],
    }
