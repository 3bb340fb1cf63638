"""Instances that come up and join the cluster, or go and leave it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, NotFound
from ansible_collections.climate.ingest.plugins.module_utils.fleet import arrival as spot_fleet
from tests.fakes.aws import FakeAws, Refusal

NO_CAPACITY = {"StatusCode": "Failed", "StatusMessage": "There is no Spot capacity available."}


def group(*instances: dict[str, Any]) -> dict[str, Any]:
    return {"AutoScalingGroups": [{"AutoScalingGroupName": "fleet", "Instances": list(instances)}]}


def test_failed_launches_are_told_while_waiting_once_and_looked_for_each_minute(aws: FakeAws):
    aws.on("DescribeAutoScalingGroups", group())
    aws.on("DescribeScalingActivities", {"Activities": [NO_CAPACITY]})
    arrival = spot_fleet.Arrival(aws.context(), "fleet", "cluster", 3)
    assert not arrival.wait(300)
    assert aws.progress.lines == ["spot capacity fleet: a launch failed: There is no Spot capacity available."]
    assert aws.count("DescribeScalingActivities") <= 6
    assert arrival.failures == ["There is no Spot capacity available."]


def test_a_group_that_vanishes_while_waiting_is_noticed(aws: FakeAws):
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    with pytest.raises(NotFound, match="fleet is gone"):
        spot_fleet.Arrival(aws.context(), "fleet", "cluster", 3).wait(300)


@pytest.mark.parametrize("agent", [{"agentConnected": False}, {"agentConnected": True, "ec2InstanceId": "i-other"}])
def test_only_connected_instances_of_the_group_count(aws: FakeAws, agent: dict[str, Any]):
    aws.on("DescribeAutoScalingGroups", group({"InstanceId": "i-1", "LifecycleState": "InService"}))
    aws.on("DescribeScalingActivities", {"Activities": []})
    aws.on("ListContainerInstances", {"containerInstanceArns": ["arn:1"]})
    aws.on("DescribeContainerInstances", {"containerInstances": [{"ec2InstanceId": "i-1"} | agent]})
    arrival = spot_fleet.Arrival(aws.context(), "fleet", "cluster", 1)
    assert not arrival.wait(10) and arrival.registered == []


def test_instances_that_do_not_go_are_a_deadline(aws: FakeAws):
    instance = {"InstanceId": "i-1", "State": {"Name": "shutting-down"}}
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    aws.on("DescribeInstances", {"Reservations": [{"Instances": [instance]}]})
    with pytest.raises(DeadlineExceeded, match="spot instances of fleet to be gone after 60"):
        spot_fleet.Departure(aws.context(), "fleet", "cluster").wait(60)


def test_a_registration_that_cannot_be_removed_is_told_and_tried_again(aws: FakeAws):
    instance = {"InstanceId": "i-1", "State": {"Name": "terminated"}}
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    aws.on("DescribeInstances", {"Reservations": [{"Instances": [instance]}]})
    aws.on("ListContainerInstances", {"containerInstanceArns": ["arn:1"]})
    member = {"ec2InstanceId": "i-1", "containerInstanceArn": "arn:1"}
    aws.on("DescribeContainerInstances", {"containerInstances": [member]})
    aws.on("DeregisterContainerInstance", Refusal("ServerException"))
    with pytest.raises(DeadlineExceeded):
        spot_fleet.Departure(aws.context(), "fleet", "cluster").wait(60)
    assert "arn:1 could not be deregistered" in aws.progress.lines[0]


def test_a_cluster_that_is_gone_holds_no_registrations(aws: FakeAws):
    instance = {"InstanceId": "i-1", "State": {"Name": "terminated"}}
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    aws.on("DescribeInstances", {"Reservations": [{"Instances": [instance]}]})
    aws.on("ListContainerInstances", Refusal("ClusterNotFoundException"))
    spot_fleet.Departure(aws.context(), "fleet", "cluster").wait(60)
    assert aws.now == 0


MEMBER = {
    "ec2InstanceId": "i-1",
    "containerInstanceArn": "arn:1",
    "agentConnected": True,
    "attributes": [{"name": "ecs.instance-type", "value": "m4.2xlarge"}],
}


def test_the_wait_ends_when_all_are_registered(aws: FakeAws):
    pending = {"InstanceId": "i-1", "LifecycleState": "Pending"}
    aws.on("DescribeAutoScalingGroups", group(), group(pending), group({**pending, "LifecycleState": "InService"}))
    aws.on("ListContainerInstances", {"containerInstanceArns": []}, {"containerInstanceArns": ["arn:1"]})
    aws.on("DescribeContainerInstances", {"containerInstances": [MEMBER]})
    arrival = spot_fleet.Arrival(aws.context(), "fleet", "cluster", 1)
    assert arrival.wait(300)
    assert arrival.instances() == [
        {"instance_id": "i-1", "instance_type": "m4.2xlarge", "container_instance_arn": "arn:1"}
    ]
    assert aws.progress.statuses[0] == ("fleet: 0 of 1 instances registered, 0 launched", 0.0)
    assert aws.progress.statuses[-1] == ("fleet: 1 of 1 instances registered, 1 launched", 1.0)
    assert aws.progress.details == ["spot capacity fleet: i-1 is in service"]
    assert aws.sent("ListContainerInstances")[0]["status"] == "ACTIVE"


def test_what_the_group_launched_is_found_by_its_tag(aws: FakeAws):
    states = [{"InstanceId": f"i-{name}", "State": {"Name": name}} for name in ("running", "terminated")]
    aws.on("DescribeInstances", {"Reservations": [{"Instances": states[:1]}, {"Instances": states[1:]}]})
    departure = spot_fleet.Departure(aws.context(), "fleet", "cluster")
    assert departure.find() == {"i-running": "running", "i-terminated": "terminated"}
    assert aws.sent("DescribeInstances")[0]["Filters"] == [
        {"Name": "tag:aws:autoscaling:groupName", "Values": ["fleet"]}
    ]


def test_without_instances_the_cluster_is_not_asked(aws: FakeAws):
    assert spot_fleet.Departure(aws.context(), "fleet", "cluster").left_in_cluster() == []
    assert aws.calls == []


def test_only_registrations_of_its_instances_are_left(aws: FakeAws):
    aws.on("ListContainerInstances", {"containerInstanceArns": ["arn:1", "arn:2"]})
    theirs = {"ec2InstanceId": "i-9", "containerInstanceArn": "arn:2"}
    aws.on("DescribeContainerInstances", {"containerInstances": [MEMBER, theirs]})
    departure = spot_fleet.Departure(aws.context(), "fleet", "cluster")
    departure.instances = ["i-1"]
    assert departure.left_in_cluster() == ["arn:1"]


def test_ecs_gets_half_a_minute_to_deregister_by_itself(aws: FakeAws):
    instance = {"InstanceId": "i-1", "State": {"Name": "terminated"}}
    registered = ["arn:1"]
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    aws.on("DescribeInstances", {"Reservations": [{"Instances": [instance]}]})
    aws.on("ListContainerInstances", lambda params: {"containerInstanceArns": registered if aws.now < 25 else []})
    aws.on("DescribeContainerInstances", {"containerInstances": [MEMBER]})
    spot_fleet.Departure(aws.context(), "fleet", "cluster").wait(60)
    assert 25 <= aws.now < 45 and aws.changes() == []
    registered_late = aws.now
    aws.on("ListContainerInstances", {"containerInstanceArns": registered})
    aws.on("DeregisterContainerInstance", lambda params: registered.clear() or {})
    spot_fleet.Departure(aws.context(), "fleet", "cluster").wait(60)
    assert aws.now - registered_late >= 30
    assert aws.sent("DeregisterContainerInstance") == [
        {"cluster": "cluster", "containerInstance": "arn:1", "force": True}
    ]
