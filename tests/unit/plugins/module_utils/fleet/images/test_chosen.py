"""The AMI of the fleet, and which of the source's volumes fit it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, NotFound, Refused
from ansible_collections.climate.ingest.plugins.module_utils.fleet.images.chosen import choose, mappings, parse
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_copy import template_data
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_source import Source
from tests.fakes.aws import FakeAws, Refusal

OLD, NEW = "ami-00000001", "ami-00000002"
SHELL = base64.b64encode(b"#!/bin/sh\necho ECS_CLUSTER=c >> /etc/ecs/ecs.config\n").decode()
FAST = {"VolumeType": "gp3", "Encrypted": True, "Throughput": 500}


def image(name: str, *volumes: str, ami: str = NEW, root: str = "/dev/xvda", **more: Any) -> dict[str, Any]:
    """Describe an AMI; each volume as ``xvda=30``."""
    parts = [each.split("=") for each in volumes]
    devices = [{"DeviceName": f"/dev/{device}", "Ebs": {"VolumeSize": int(size)}} for device, size in parts]
    return {
        "ImageId": ami,
        "Name": name,
        "ImageOwnerAlias": "amazon",
        "State": "available",
        "RootDeviceName": root,
        "BlockDeviceMappings": devices,
        **more,
    }


AL1 = image("amzn-ami-2018.03.1-amazon-ecs-optimized", "xvda=8", "xvdcz=22", ami=OLD)
AL2_OLD = image("amzn2-ami-ecs-hvm-2.0.1-x86_64-ebs", "xvda=30", ami=OLD)
AL2 = image("amzn2-ami-ecs-hvm-2.0.9-x86_64-ebs", "xvda=30")


def volume(device: str, **ebs: Any) -> dict[str, Any]:
    return {"DeviceName": f"/dev/{device}", "Ebs": ebs}


def source(*devices: dict[str, Any], **data: Any) -> Source:
    return Source("lc", {"ImageId": OLD, "UserData": SHELL, "BlockDeviceMappings": list(devices)} | data, OLD, [])


def answers(aws: FakeAws, *images: dict[str, Any]) -> None:
    known = {each["ImageId"]: each for each in images}

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        found = [known[each] for each in params["ImageIds"] if each in known]
        if not found:
            raise Refusal("InvalidAMIID.NotFound")
        return {"Images": found}

    aws.on("DescribeImages", describe)
    aws.on("GetParameter", {"Parameter": {"Value": NEW}})


def test_the_source_keeps_its_own(aws: FakeAws) -> None:
    answers(aws, AL2_OLD)
    chosen = choose(aws.context(), source(volume("xvda", VolumeSize=30)), "source")
    assert (chosen.source, chosen.image, chosen.sentence) == (source(volume("xvda", VolumeSize=30)), AL2_OLD, "")
    assert aws.count("GetParameter") == 0


def test_the_recommended_one_takes_its_place_and_both_are_named(aws: FakeAws) -> None:
    answers(aws, AL2_OLD, AL2)
    chosen = choose(aws.context(), source(), "recommended")
    assert (chosen.source.image, chosen.source.data["ImageId"], chosen.image) == (NEW, NEW, AL2)
    assert chosen.sentence == f"{NEW} ({AL2['Name']}) in place of {OLD} ({AL2_OLD['Name']})"


def test_that_the_source_has_the_newest_already_is_said(aws: FakeAws) -> None:
    answers(aws, AL2_OLD)
    aws.on("GetParameter", {"Parameter": {"Value": OLD}})
    chosen = choose(aws.context(), source(), "recommended")
    assert chosen.source.image == OLD and "that of lc, is the newest" in chosen.sentence


def test_one_that_is_named_takes_the_place_of_one_that_is_gone(aws: FakeAws) -> None:
    answers(aws, AL2)
    assert choose(aws.context(), source(), NEW).sentence == f"{NEW} ({AL2['Name']}) in place of {OLD}"
    with pytest.raises(Refused, match="the AMI, which is not known"):
        choose(aws.context(), source(), "recommended")


@pytest.mark.parametrize(
    ("other", "error", "says"),
    [
        ({**AL2, "ImageId": "ami-00000003"}, NotFound, f"AMI {NEW} of image .* does not exist"),
        ({**AL2, "State": "pending"}, InvalidInput, "is pending, not available"),
        (image("bottlerocket-aws-ecs-2-x86_64-v1.19.2-2", "xvda=2", "xvdb=20"), Refused, "Bottlerocket's"),
    ],
)
def test_one_that_cannot_be_used_is_refused(aws: FakeAws, other: dict[str, Any], error: type, says: str) -> None:
    answers(aws, AL2_OLD, other)
    with pytest.raises(error, match=says):
        choose(aws.context(), source(), NEW)


@pytest.mark.parametrize("wrong", ["newest", "ami-12", "AMI-00000001", ""])
def test_what_is_no_choice_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="use source, recommended or the ID of an AMI"):
        parse(wrong)


SPARE = volume("xvdf", VolumeSize=5)
CASES = [
    ("no devices", AL2_OLD, AL2, [], []),
    ("the same device", AL2_OLD, AL2, [volume("xvda", VolumeSize=50, **FAST)], [volume("xvda", VolumeSize=50, **FAST)]),
    (
        "a larger snapshot",
        AL2_OLD,
        AL2,
        [volume("xvda", VolumeSize=8, **FAST)],
        [volume("xvda", VolumeSize=30, **FAST)],
    ),
    ("a snapshot of the former", AL2_OLD, AL2, [volume("xvda", SnapshotId="snap-1", **FAST)], [volume("xvda", **FAST)]),
    ("Docker's volume", AL1, AL2, [volume("xvdcz", VolumeSize=100, **FAST)], [volume("xvda", **FAST)]),
    ("Docker's volume of a former that is gone", {}, AL2, [volume("xvdcz", **FAST)], [volume("xvda", **FAST)]),
    ("devices of the operator's own", AL1, AL2, [SPARE, volume("xvdcz", VolumeSize=22)], [SPARE]),
    (
        "another root",
        {**AL2_OLD, "RootDeviceName": "/dev/sda1", "BlockDeviceMappings": [volume("sda1", VolumeSize=8)]},
        AL2,
        [volume("sda1", VolumeSize=20, **FAST)],
        [volume("xvda", **FAST)],
    ),
]


@pytest.mark.parametrize(("_name", "former", "new", "given", "expected"), CASES, ids=[each[0] for each in CASES])
def test_volumes_are_those_of_the_new_one(
    _name: str, former: Any, new: Any, given: list[Any], expected: list[Any]
) -> None:
    assert mappings({"UserData": SHELL, "BlockDeviceMappings": given}, former, new) == expected


def test_the_disk_is_the_volume_that_fills_up_there(aws: FakeAws) -> None:
    answers(aws, AL1, AL2)
    chosen = choose(aws.context(), source(volume("xvdcz", VolumeSize=22, **FAST)), NEW)
    data, _warnings = template_data(chosen.source, chosen.image, cluster="c", disk_gb=100, tags={})
    assert data["ImageId"] == NEW
    expected = {"DeleteOnTermination": True, **FAST, "VolumeSize": 100}
    assert data["BlockDeviceMappings"] == [{"DeviceName": "/dev/xvda", "Ebs": expected}]
    with pytest.raises(InvalidInput, match=f"disk_gb is 20; AMI {NEW} needs at least 30 GB on /dev/xvda"):
        template_data(chosen.source, chosen.image, cluster="c", disk_gb=20, tags={})
