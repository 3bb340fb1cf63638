"""What of the source is copied, and what of it is ours."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    InvalidInput,
    NotFound,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.fleet import launch_copy
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_source import Source
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.fleet import CLUSTER, NAME, FleetAccount

USER_DATA = base64.b64encode(b"#!/bin/sh\necho ECS_CLUSTER=c >> /etc/ecs/ecs.config\n").decode()


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


def test_an_image_named_by_a_parameter_stays_so(account: FleetAccount):
    account.template(ImageId="resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id")
    account.fleet(source="ltStaging", wait=False, check_mode=True)
    after = account.fleet(source="ltStaging", check_mode=True).after["launch_template"]
    assert after["ImageId"].startswith("resolve:ssm:")
    assert after["BlockDeviceMappings"] == [
        {"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": True, "VolumeSize": 100}}
    ]


def test_user_data_of_another_cluster_is_refused(account: FleetAccount):
    account.configuration("other", UserData="#!/bin/bash\necho ECS_CLUSTER=production >> /etc/ecs/ecs.config\n")
    with pytest.raises(Refused, match=f"names cluster production instead of {CLUSTER}"):
        account.fleet(source="other")
    assert [name for name in account.changes() if name != "CreateLaunchConfiguration"] == []


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("#!/bin/bash\naws s3 cp s3://config/agent.conf /etc/ecs/ecs.config\n", "names no cluster"),
        ('#!/bin/bash\nSTAGE=x\necho "ECS_CLUSTER=web-${STAGE}" >> /etc/ecs/ecs.config\n', "computes or fetches"),
        ("#!/bin/bash\necho ECS_CLUSTER=$(aws ssm get-parameter) >> /etc/ecs/ecs.config\n", "computes or fetches"),
    ],
)
def test_user_data_whose_cluster_cannot_be_read_is_a_warning(account: FleetAccount, text: str, how: str):
    account.configuration("other", UserData=text)
    warning = account.fleet(source="other", wait=False).warnings[0]
    assert f"The user data of other {how}" in warning
    assert f"whether its instances join {CLUSTER} cannot be read from it" in warning


def test_user_data_that_is_not_understood_is_warned_of(account: FleetAccount):
    script = f"#!/bin/bash\necho ECS_CLUSTER={CLUSTER} | tee /etc/ecs/ecs.config\nstart ecs\n"
    account.configuration("other", UserData=script)
    warnings = account.fleet(source="other", wait=False).warnings
    assert "ECS_ENABLE_SPOT_INSTANCE_DRAINING cannot be turned on" in warnings[0]


def test_bottlerocket_keeps_containers_on_its_second_volume():
    data = {"UserData": base64.b64encode(b'[settings.ecs]\ncluster = "c"\n').decode()}
    mapping = copied(image("/dev/xvda", xvda=2, xvdb=20), **data)["BlockDeviceMappings"]
    assert mapping == [{"DeviceName": "/dev/xvdb", "Ebs": {"DeleteOnTermination": True, "VolumeSize": 100}}]


def test_what_the_group_of_the_source_tags_at_launch_is_tagged(account: FleetAccount):
    marks = [("Project", "Web", True), ("cost-centre", "42", True), ("Quiet", "x", False)]
    tags = [
        {"ResourceId": "asgStaging", "ResourceType": "auto-scaling-group", "Key": key, "Value": value,
         "PropagateAtLaunch": propagated}
        for key, value, propagated in marks
    ]  # fmt: skip
    account.client("autoscaling").create_or_update_tags(Tags=tags)
    account.fleet(wait=False)
    version = account.client("ec2").describe_launch_template_versions(LaunchTemplateName=NAME)
    kinds = {
        each["ResourceType"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        for each in version["LaunchTemplateVersions"][0]["LaunchTemplateData"]["TagSpecifications"]
    }
    assert kinds["instance"].items() >= {"Project": "Web", "cost-centre": "42", "Name": NAME}.items()
    assert "Quiet" not in kinds["instance"]
    assert "Project" not in kinds["volume"]


def test_what_spot_does_not_take_is_not_copied(account: FleetAccount):
    account.template(
        DisableApiTermination=True,
        DisableApiStop=True,
        HibernationOptions={"Configured": True},
        InstanceInitiatedShutdownBehavior="stop",
        Placement={"Tenancy": "host", "HostId": "h-1", "Affinity": "host"},
    )
    after = account.fleet(source="ltStaging", check_mode=True).after["launch_template"]
    kept = {"Placement", "HibernationOptions", "DisableApiTermination", "DisableApiStop"} & after.keys()
    assert kept | ({"InstanceInitiatedShutdownBehavior"} & after.keys()) == set()


def test_an_image_that_is_gone_is_named(account: FleetAccount):
    account.template(ImageId="ami-12345678")
    with pytest.raises(NotFound, match="AMI ami-12345678 of ltStaging:1 does not exist"):
        account.fleet(source="ltStaging")


def test_a_mapping_of_the_source_for_dockers_volume_is_the_one_that_grows():
    docker = {"DeviceName": "/dev/xvdcz", "Ebs": {"VolumeSize": 22}}
    assert launch_copy.disk_device({"BlockDeviceMappings": [docker]}, image("/dev/xvda", xvda=8)) == "/dev/xvdcz"


def test_an_image_that_is_not_known_is_not_asked_for(aws: FakeAws):
    assert launch_copy.read_image(aws.context(), Source("lt:1", {}, "", [])) == {}
    assert aws.calls == []


@pytest.mark.parametrize(
    "answer", [{"Images": []}, Refusal("InvalidAMIID.NotFound"), Refusal("InvalidAMIID.Unavailable")]
)
def test_an_image_that_does_not_exist_is_named(aws: FakeAws, answer: Any):
    aws.on("DescribeImages", answer)
    with pytest.raises(NotFound, match="AMI ami-1 of lc does not exist"):
        launch_copy.read_image(aws.context(), Source("lc", {}, "ami-1", []))


def test_another_refusal_passes_through(aws: FakeAws):
    aws.on("DescribeImages", Refusal("UnauthorizedOperation"))
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        launch_copy.read_image(aws.context(), Source("lc", {}, "ami-1", []))


@pytest.mark.parametrize(
    ("architecture", "supported"),
    [("x86_64", ["i386", "x86_64"]), (None, ["arm64"]), ("x86_64", [])],
)
def test_a_type_that_can_run_the_image_passes(architecture: str | None, supported: list[str]):
    described = {"ProcessorInfo": {"SupportedArchitectures": supported}}
    launch_copy.check_architecture("m4.2xlarge", described, {"ImageId": "ami-1", "Architecture": architecture})


def test_a_type_of_another_architecture_is_refused():
    described = {"ProcessorInfo": {"SupportedArchitectures": ["arm64"]}}
    with pytest.raises(InvalidInput, match="m6g.large runs arm64; AMI ami-1 is for x86_64"):
        launch_copy.check_architecture("m6g.large", described, {"ImageId": "ami-1", "Architecture": "x86_64"})
