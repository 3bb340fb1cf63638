"""What the spot instances get of the source: the disk that fills up, and the tags of its group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.fleet import launch_copy
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_source import Source
from tests.fakes.fleet import NAME, FleetAccount

HERE = Path(__file__).parent
IMAGE = json.loads((HERE / "bottlerocket_image.json").read_text())
TAGS = json.loads((HERE / "group_tags.json").read_text())


@pytest.fixture
def account() -> Iterator[FleetAccount]:
    with mock_aws():
        yield FleetAccount()


def copied(disk_gb: int, **data: Any) -> dict[str, Any]:
    encoded = (HERE / "bottlerocket.toml").read_bytes()
    source = Source("lt:1", {"UserData": launch_copy.user_data.encode(encoded.decode()), **data}, "ami-1", [])
    return launch_copy.template_data(source, IMAGE, cluster="web-staging", disk_gb=disk_gb, tags={})[0]


def test_bottlerocket_s_containers_get_the_disk_and_its_system_keeps_its_own() -> None:
    disk = {"DeviceName": "/dev/xvdb", "Ebs": {"DeleteOnTermination": True, "VolumeSize": 100}}
    assert copied(100)["BlockDeviceMappings"] == [disk]
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 2}}
    assert copied(100, BlockDeviceMappings=[root])["BlockDeviceMappings"] == [disk, root]


def test_a_disk_smaller_than_bottlerocket_s_second_one_is_refused() -> None:
    with pytest.raises(InvalidInput, match="disk_gb is 19; AMI ami-1 needs at least 20 GB on /dev/xvdb"):
        copied(19)


def test_bottlerocket_drains_too() -> None:
    text = launch_copy.user_data.decode(copied(100)["UserData"])
    assert text == '[settings.ecs]\ncluster = "web-staging"\nenable-spot-instance-draining = true\n'


def test_the_tags_that_a_group_gives_at_launch_are_on_our_instances(account: FleetAccount) -> None:
    group = {"ResourceId": "asgStaging", "ResourceType": "auto-scaling-group"}
    account.client("autoscaling").create_or_update_tags(Tags=[{**group, **tag} for tag in TAGS])
    account.fleet(wait=False)
    (instances,) = (each for each in account.data()["TagSpecifications"] if each["ResourceType"] == "instance")
    tags = {tag["Key"]: tag["Value"] for tag in instances["Tags"]}
    assert tags.items() >= {"Project": "Web", "cost-centre": "42", "Name": NAME}.items()
    running = account.client("ec2").describe_instances(Filters=[{"Name": "tag:cost-centre", "Values": ["42"]}])
    ours = [each for part in running["Reservations"] for each in part["Instances"]]
    assert len(ours) == 3
    assert not account.fleet(wait=False).changed
