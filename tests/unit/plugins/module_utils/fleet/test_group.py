"""The Auto Scaling group: brought to what is desired, deleted, asked why launches failed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded
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


@pytest.mark.parametrize("code", ["Cancelled", "Failed"])
def test_a_launch_that_failed_without_a_message_gives_its_description(aws: FakeAws, code: str):
    aws.on("DescribeScalingActivities", {"Activities": [{"StatusCode": code, "Description": "Launching"}]})
    assert spot_group.failed_activities(aws.context(), "fleet") == ["Launching"]
    aws.on("DescribeScalingActivities", {"Activities": [{"StatusCode": code}]})
    assert spot_group.failed_activities(aws.context(), "fleet") == [code]


def test_only_the_latest_reasons_are_given(aws: FakeAws):
    failed = [{"StatusCode": "Failed", "StatusMessage": f"reason {number}"} for number in range(5)]
    aws.on("DescribeScalingActivities", {"Activities": failed})
    assert spot_group.failed_activities(aws.context(), "fleet") == ["reason 0", "reason 1", "reason 2"]


def desired(count: int = 3, bid: str | None = None) -> dict[str, Any]:
    types, subnets = ["m4.2xlarge", "m5.2xlarge"], ["subnet-b", "subnet-a"]
    return spot_group.wanted(template_id="lt-1", version="1", types=types, count=count, subnets=subnets, bid=bid)


def described(**changes: Any) -> dict[str, Any]:
    """The group as it is described once it is as desired."""
    return {**spot_group.settled(desired()), "AutoScalingGroupName": "fleet", "Tags": [], **changes}


def test_the_group_is_spot_only_from_cheap_and_deep_pools():
    group = desired(bid="0.2000")
    distribution = group["MixedInstancesPolicy"]["InstancesDistribution"]
    assert distribution == {
        "OnDemandBaseCapacity": 0,
        "OnDemandPercentageAboveBaseCapacity": 0,
        "SpotAllocationStrategy": "price-capacity-optimized",
        "SpotMaxPrice": "0.2000",
    }
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 3, 3)
    assert group["VPCZoneIdentifier"] == "subnet-b,subnet-a" and group["CapacityRebalance"] is False
    assert "SpotMaxPrice" not in desired()["MixedInstancesPolicy"]["InstancesDistribution"]


def test_a_group_is_read_by_its_name(aws: FakeAws):
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": [described()]}, {"AutoScalingGroups": []})
    found = spot_group.read(aws.context(), "fleet")
    assert found and found["AutoScalingGroupName"] == "fleet"
    assert spot_group.read(aws.context(), "fleet") is None
    assert aws.sent("DescribeAutoScalingGroups")[0]["AutoScalingGroupNames"] == ["fleet"]


@pytest.mark.parametrize(("status", "expected"), [({"Status": "Delete in progress"}, True), ({}, False)])
def test_a_group_that_is_being_deleted_is_told_apart(status: dict[str, str], expected: bool):
    assert spot_group.is_being_deleted(status) is expected


def test_the_summary_of_a_group_as_desired_is_that_of_it_described():
    assert (
        spot_group.summary(spot_group.settled(desired()))
        == spot_group.summary(described())
        == {
            "DesiredCapacity": 3,
            "MaxSize": 3,
            "MinSize": 0,
            "InstanceTypes": ["m4.2xlarge", "m5.2xlarge"],
            "LaunchTemplateVersion": "1",
            "OnDemandPercentageAboveBaseCapacity": 0,
            "SpotAllocationStrategy": "price-capacity-optimized",
            "SpotMaxPrice": "on-demand price",
            "Subnets": ["subnet-a", "subnet-b"],
            "SuspendedProcesses": ["AZRebalance"],
        }
    )


def test_a_group_without_a_policy_has_a_summary_too():
    summary = spot_group.summary({"DesiredCapacity": 1, "MaxSize": 1, "MinSize": 1})
    assert (summary["InstanceTypes"], summary["Subnets"], summary["LaunchTemplateVersion"]) == ([], [], None)


@pytest.mark.parametrize(
    ("group", "bid"), [(None, None), ({}, None), (desired(), None), (desired(bid="0.2000"), "0.2000")]
)
def test_the_bid_of_a_group_is_read(group: dict[str, Any] | None, bid: str | None):
    assert spot_group.current_bid(group) == bid


def test_a_missing_group_is_created_empty_with_tags_its_instances_get_and_raised_last(aws: FakeAws):
    for operation in ("CreateAutoScalingGroup", "SuspendProcesses", "UpdateAutoScalingGroup"):
        aws.on(operation, {})
    before: list[str] = []
    spot_group.ensure(
        aws.context(), "fleet", desired(), {"run": "r1"}, None, lambda: before.extend(name for name, _ in aws.calls)
    )
    (created,), (raised,) = aws.sent("CreateAutoScalingGroup"), aws.sent("UpdateAutoScalingGroup")
    assert created["Tags"] == [{"Key": "run", "Value": "r1", "PropagateAtLaunch": True}]
    assert (created["DesiredCapacity"], created["MaxSize"], raised["DesiredCapacity"]) == (0, 3, 3)
    assert aws.sent("SuspendProcesses") == [{"AutoScalingGroupName": "fleet", "ScalingProcesses": ["AZRebalance"]}]
    assert before == ["CreateAutoScalingGroup", "SuspendProcesses"]


@pytest.mark.parametrize(("most", "expected"), [(0, True), (3, False)])
def test_a_group_that_may_have_no_instance_is_at_zero(most: int, expected: bool):
    assert spot_group.is_at_zero({"MaxSize": most}) is expected


def test_a_group_as_desired_is_left_alone(aws: FakeAws):
    spot_group.ensure(aws.context(), "fleet", desired(), {}, described(), lambda: None)
    assert aws.calls == []


def test_another_group_is_updated_and_an_earlier_bid_taken_back(aws: FakeAws):
    aws.on("UpdateAutoScalingGroup", {})
    spot_group.ensure(aws.context(), "fleet", desired(5), {}, described(), lambda: None)
    (updated,) = aws.sent("UpdateAutoScalingGroup")
    assert updated["DesiredCapacity"] == 5
    assert updated["MixedInstancesPolicy"]["InstancesDistribution"]["SpotMaxPrice"] == ""


def test_a_group_left_by_a_crash_before_its_process_was_suspended_gets_that_too(aws: FakeAws):
    aws.on("UpdateAutoScalingGroup", {})
    aws.on("SuspendProcesses", {})
    spot_group.ensure(aws.context(), "fleet", desired(), {}, described(SuspendedProcesses=[]), lambda: None)
    assert aws.count("SuspendProcesses") == 1
