"""The spot fleet against moto; instances join the cluster when the test's clock says so."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    InvalidInput,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from tests.fakes.aws import essence
from tests.fakes.fleet import CLUSTER, IMAGE, NAME, FleetAccount, prices

# the action that ends the group is there before the group has an instance
RAISES = ["SuspendProcesses", "PutParameter", "PutScheduledUpdateGroupAction", "UpdateAutoScalingGroup"]


def test_the_fleet_is_a_template_copied_from_the_launch_configuration_and_a_spot_group(account: FleetAccount):
    result = account.fleet()
    assert result.changed and result.before == {}
    data = account.data()
    assert data["ImageId"] == IMAGE
    assert data["IamInstanceProfile"] == {"Name": "ecs"}
    assert "InstanceType" not in data
    assert data["BlockDeviceMappings"][0]["DeviceName"] == "/dev/xvda"
    assert data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 100
    text = base64.b64decode(data["UserData"]).decode()
    assert f"ECS_CLUSTER={CLUSTER}" in text and "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true" in text
    kinds = {each["ResourceType"] for each in data["TagSpecifications"]}
    assert {"instance", "volume"} <= kinds
    group = account.describe()
    assert group["DesiredCapacity"] == group["MaxSize"] == 3 and group["MinSize"] == 0
    policy = group["MixedInstancesPolicy"]
    assert policy["InstancesDistribution"]["SpotAllocationStrategy"] == "price-capacity-optimized"
    assert policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 0
    assert policy["LaunchTemplate"]["Overrides"] == [{"InstanceType": "m4.2xlarge"}]
    assert sorted(group["VPCZoneIdentifier"].split(",")) == sorted(account.subnets)
    assert {each["ProcessName"] for each in group["SuspendedProcesses"]} == {"AZRebalance"}
    tags = {each["Key"]: (each["Value"], each["PropagateAtLaunch"]) for each in group["Tags"]}
    assert tags == {"climate.ingest:run": ("r1", True), "climate.ingest:environment": ("staging", True)}
    assert account.changes() == ["CreateLaunchTemplate", "CreateAutoScalingGroup", *RAISES]


def test_the_wait_ends_when_the_instances_have_joined_the_cluster(account: FleetAccount):
    result = account.fleet()
    assert {each["instance_id"] for each in result.values["instances"]} == {
        each["InstanceId"] for each in account.describe()["Instances"]
    }
    assert result.values["message"] == "3 of 3 instances of m4.2xlarge registered"
    assert result.values["source"] == "lcStaging-1"
    assert {each["instance_type"] for each in result.values["spot_prices"]} == {"m4.2xlarge"}
    assert result.values["max_price"] == "on-demand price"
    assert account.calls.count("DescribeImages") == account.calls.count("DescribeSpotPriceHistory") == 1
    assert account.progress.statuses[-1][1] == 1.0


def test_a_second_time_changes_nothing(account: FleetAccount):
    account.fleet()
    account.calls.clear()
    result = account.fleet(run_id="r2")
    assert not result.changed
    assert result.before == result.after
    assert account.changes() == []
    assert len(result.values["instances"]) == 3


def test_check_mode_predicts_what_the_run_then_does(account: FleetAccount):
    predicted = account.fleet(check_mode=True)
    assert predicted.changed and account.changes() == [] and account.now == 0
    assert predicted.values["message"] == "3 instances of m4.2xlarge"
    assert predicted.after == account.fleet().after


def test_a_preview_of_several_steps_is_what_they_then_do(account: FleetAccount):
    absent: dict[str, Any] = {"state": "absent"}
    larger = {"count": 2, "disk_gb": 200}
    steps: list[dict[str, Any]] = [{"wait": False}, {}, {"count": 2}, larger, larger, absent, absent, {}]
    preview = Preview()
    predicted = [essence(account.fleet(check_mode=True, preview=preview, **step)) for step in steps]
    assert account.describe() == {}
    done = []
    for step in steps:
        account.boots = account.leave if step is absent else lambda: account.register(NAME)
        done.append(essence(account.fleet(**step)))
    assert predicted == done
    assert [changed for changed, _, _ in done] == [True, False, True, True, False, True, False, True]


def test_another_count_updates_the_group_only(account: FleetAccount):
    account.fleet()
    account.calls.clear()
    result = account.fleet(count=4)
    assert (result.before["group"]["DesiredCapacity"], result.after["group"]["DesiredCapacity"]) == (3, 4)
    assert account.changes() == ["PutParameter", "PutScheduledUpdateGroupAction", "UpdateAutoScalingGroup"]
    assert account.describe()["DesiredCapacity"] == 4


def test_another_disk_is_a_new_version_that_the_group_takes(account: FleetAccount):
    account.fleet()
    account.calls.clear()
    result = account.fleet(disk_gb=200, wait=False)
    assert result.changed
    assert account.changes() == ["CreateLaunchTemplateVersion", *RAISES[1:]]
    specification = account.describe()["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert specification["Version"] == "2"


def test_a_template_left_by_a_crash_is_used_again(account: FleetAccount):
    account.fleet(wait=False)
    account.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=NAME, ForceDelete=True)
    account.calls.clear()
    assert account.fleet().changed
    assert account.changes() == ["CreateAutoScalingGroup", *RAISES]


def test_without_waiting_nothing_is_polled(account: FleetAccount):
    result = account.fleet(wait=False)
    assert account.now == 0 and result.values["instances"] == []


def test_fewer_instances_than_wanted_are_a_warning(account: FleetAccount):
    account.boots = lambda: account.register(NAME, most=0 if len(account.members()) >= 4 else 1)
    result = account.fleet(timeout=60)
    assert len(result.values["instances"]) == 2
    assert result.warnings == [f"2 of 3 spot instances joined {CLUSTER} in 60 seconds. Continuing with those."]


def test_fewer_than_the_minimum_is_a_deadline_that_says_why(account: FleetAccount, monkeypatch: pytest.MonkeyPatch):
    account.boots = lambda: None
    activity = {"StatusCode": "Failed", "StatusMessage": "There is no Spot capacity available."}
    monkeypatch.setattr(
        account.client("autoscaling"), "describe_scaling_activities", lambda **query: {"Activities": [activity] * 3}
    )
    with pytest.raises(
        DeadlineExceeded, match="Only 0 of 3 spot.*Launches failed: There is no Spot capacity available. Give"
    ) as caught:
        account.fleet(timeout=120)
    for variable in ("ingest_capacity_timeout", "ingest_instance_types", "ingest_spot_max_price"):
        assert f"({variable})" in caught.value.message


def test_an_hour_of_waiting_takes_few_calls(account: FleetAccount):
    account.boots = lambda: None
    with pytest.raises(DeadlineExceeded):
        account.fleet(timeout=3600)
    assert account.calls.count("ListContainerInstances") <= 3600 / 15 + 30


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ({"count": 0}, "count is 0"),
        ({"disk_gb": 0}, "disk_gb is 0; it must be 1 or more"),
        ({"minimum": -1}, "minimum is -1; it must be 0 or more"),
        ({"disk_gb": 10}, "disk_gb is 10; AMI .* needs at least [0-9]+ GB on /dev/xvda"),
        ({"minimum": 4}, "minimum is 4, more than count, which is 3"),
        ({"max_price": "cheap"}, "max_price 'cheap' is not a price"),
        ({"max_price": "0"}, "max_price '0' is not a price"),
        ({"instance_types": ["m9.huge"]}, "m9.huge exists in us-east-1"),
        ({"instance_types": ["m6g.large"]}, "m6g.large runs arm64; AMI .* is for x86_64"),
    ],
)
def test_values_no_account_could_take(account: FleetAccount, desired: dict[str, Any], message: str):
    with pytest.raises(InvalidInput, match=message):
        account.fleet(**desired)
    assert account.changes() == []


def test_a_multiple_computed_once_stays_when_prices_move(account: FleetAccount, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch, 0.1)
    account.fleet(max_price="2x", wait=False)
    prices(account, monkeypatch, 0.3)
    assert not account.fleet(max_price="2x", wait=False).changed


def test_a_bid_is_taken_back(account: FleetAccount, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch, 0.1)
    account.fleet(max_price="0.2", wait=False)
    assert account.fleet(wait=False).changed
    assert not account.fleet(wait=False).changed


def test_a_bid_below_every_price_is_warned_of(account: FleetAccount, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch, 0.1, 0.12)
    assert "0.0500 is below every current spot price" in account.fleet(max_price="0.05", wait=False).warnings[0]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_has_the_name_and_is_not_ours_is_left_alone(account: FleetAccount, state: str):
    account.client("ec2").create_launch_template(LaunchTemplateName=NAME, LaunchTemplateData={"KeyName": "x"})
    account.calls.clear()
    with pytest.raises(Refused, match=f"launch template {NAME} exists and carries no tag climate.ingest:environment"):
        account.fleet(state=state)
    assert account.changes() == []


def test_another_environment_s_fleet_is_left_alone(account: FleetAccount):
    account.fleet(wait=False)
    with pytest.raises(Refused, match="climate.ingest:environment=production"):
        account.fleet(state="absent", environment="production")
