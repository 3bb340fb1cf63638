"""What moto never answers: a busy group, one that vanishes, launches that fail."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, NotFound
from ansible_collections.climate.ingest.plugins.module_utils.fleet import arrival as spot_fleet
from ansible_collections.climate.ingest.plugins.module_utils.fleet import group as spot_group
from tests.fakes.aws import FakeAws, Refusal

NO_CAPACITY = {"StatusCode": "Failed", "StatusMessage": "There is no Spot capacity available."}
BUSY = Refusal("ScalingActivityInProgress", "Activity in progress")


def test_a_busy_group_is_asked_again(aws: FakeAws):
    aws.on("DeleteAutoScalingGroup", BUSY, BUSY, {})
    spot_group.delete(aws.context(), "fleet", 60)
    assert aws.sent("DeleteAutoScalingGroup") == [{"AutoScalingGroupName": "fleet", "ForceDelete": True}] * 3


def test_a_group_that_stays_busy_is_a_deadline(aws: FakeAws):
    aws.on("DeleteAutoScalingGroup", BUSY)
    with pytest.raises(DeadlineExceeded, match="fleet to finish a scaling activity after 60 seconds"):
        spot_group.delete(aws.context(), "fleet", 60)


def test_a_group_that_is_gone_already_is_fine(aws: FakeAws):
    aws.on("DeleteAutoScalingGroup", Refusal("ValidationError", "AutoScalingGroup name not found - fleet"))
    spot_group.delete(aws.context(), "fleet", 60)


def test_another_refusal_passes_through(aws: FakeAws):
    aws.on("DeleteAutoScalingGroup", Refusal("AccessDenied"))
    with pytest.raises(Exception, match="AccessDenied"):
        spot_group.delete(aws.context(), "fleet", 60)


def test_each_reason_of_failed_launches_is_given_once(aws: FakeAws):
    successful = {"StatusCode": "Successful", "StatusMessage": "fine"}
    aws.on("DescribeScalingActivities", {"Activities": [NO_CAPACITY, successful, NO_CAPACITY]})
    assert spot_group.failed_activities(aws.context(), "fleet") == ["There is no Spot capacity available."]


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
