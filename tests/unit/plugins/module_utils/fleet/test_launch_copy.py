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
from tests.fakes.fleet import CLUSTER, FleetAccount

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


@pytest.mark.parametrize("cluster", ["ecsProductionCluster", ""])
def test_user_data_of_another_cluster_is_refused(account: FleetAccount, cluster: str):
    account.configuration("other", UserData=f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n")
    with pytest.raises(
        Refused, match=f"names {f'cluster {cluster}' if cluster else 'no cluster'}.*wanted is {CLUSTER}"
    ):
        account.fleet(source="other")
    assert [name for name in account.changes() if name != "CreateLaunchConfiguration"] == []


def test_user_data_that_is_not_understood_is_warned_of(account: FleetAccount):
    account.configuration("other", UserData=f"#cloud-config\nruncmd: [ECS_CLUSTER={CLUSTER} /setup]\n")
    assert "is not understood enough" in account.fleet(source="other", wait=False).warnings[0]


def test_an_image_that_is_gone_is_named(account: FleetAccount):
    account.template(ImageId="ami-12345678")
    with pytest.raises(NotFound, match="AMI ami-12345678 of ltStaging:1 does not exist"):
        account.fleet(source="ltStaging")


def test_a_mapping_of_the_source_for_dockers_volume_is_the_one_that_grows():
    docker = {"DeviceName": "/dev/xvdcz", "Ebs": {"VolumeSize": 22}}
    assert launch_copy.disk_device([docker], image("/dev/xvda", xvda=8)) == "/dev/xvdcz"


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
