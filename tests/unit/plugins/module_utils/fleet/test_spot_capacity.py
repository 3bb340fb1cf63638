"""The spot fleet against moto; instances join the cluster when the test's clock says so."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.fleet import group as spot_group
from ansible_collections.climate.ingest.plugins.module_utils.fleet.spot_capacity import OPERATION
from tests.fakes.aws import Recorder, essence

CLUSTER = "ecsStagingCluster"
NAME = "ingest-staging-spot"
USER_DATA = f"#!/bin/bash\necho ECS_CLUSTER={CLUSTER} >> /etc/ecs/ecs.config\n"
IMAGE = "ami-0d75e18107f482a72"  # an ECS-optimized one of moto's


CALLS: list[str] = []


@cache
def client(service: str) -> Any:
    """Make a client that records its calls; once, as making one takes longer than a test."""
    made = boto3.client(service, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    made.meta.events.register("before-call", lambda model, **event: CALLS.append(model.name))
    return made


class Account:
    """What terraform made: a cluster whose two instances come from a group with a launch configuration."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls = CALLS
        self.client = client
        self.progress = Recorder()
        self.boots: Callable[[], Any] = lambda: self.register(NAME)
        self.subnets = [each["SubnetId"] for each in self.client("ec2").describe_subnets()["Subnets"]][:2]
        self.client("ecs").create_cluster(clusterName=CLUSTER)
        self.group("asgStaging", launch_configuration="lcStaging-1")
        self.calls.clear()

    def context(self, check_mode: bool = False, preview: Preview | None = None) -> Context:
        kept = preview or Preview()
        return Context(self.client, check_mode, lambda: self.now, self._sleep, self.progress, preview=kept)

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.boots()

    def configuration(self, name: str, **more: Any) -> None:
        wanted = {"ImageId": IMAGE, "InstanceType": "t2.large", "UserData": USER_DATA, "IamInstanceProfile": "ecs"}
        self.client("autoscaling").create_launch_configuration(LaunchConfigurationName=name, **wanted | more)

    def group(self, name: str, launch_configuration: str = "", **launch: Any) -> None:
        if launch_configuration:
            self.configuration(launch_configuration)
            launch = {"LaunchConfigurationName": launch_configuration}
        self.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=2, MaxSize=2, VPCZoneIdentifier=",".join(self.subnets), **launch
        )
        self.register(name)

    def describe(self, name: str = NAME) -> dict[str, Any]:
        answer = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return next(iter(answer["AutoScalingGroups"]), {})

    def members(self) -> dict[str, str]:
        ecs = self.client("ecs")
        arns = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
        if not arns:
            return {}
        found = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)["containerInstances"]
        return {each["ec2InstanceId"]: each["containerInstanceArn"] for each in found}

    def register(self, group: str, most: int = 100) -> None:
        """Let the group's instances join the cluster, and those that are gone leave it."""
        wanted = [each["InstanceId"] for each in self.describe(group).get("Instances", [])]
        joined = self.members()
        for instance in [each for each in wanted if each not in joined][:most]:
            document = json.dumps({"instanceId": instance})
            self.client("ecs").register_container_instance(cluster=CLUSTER, instanceIdentityDocument=document)

    def leave(self, group: str = NAME) -> None:
        query = [{"Name": "tag:aws:autoscaling:groupName", "Values": [group]}]
        found = self.client("ec2").describe_instances(Filters=query)["Reservations"]
        gone = {
            each["InstanceId"] for part in found for each in part["Instances"] if each["State"]["Name"] == "terminated"
        }
        for instance, arn in self.members().items():
            if instance in gone:
                self.client("ecs").deregister_container_instance(cluster=CLUSTER, containerInstance=arn, force=True)

    def data(self) -> dict[str, Any]:
        answer = self.client("ec2").describe_launch_template_versions(LaunchTemplateName=NAME, Versions=["$Latest"])
        return answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    def changes(self) -> list[str]:
        reads = ("Describe", "List", "Get")
        return [name for name in self.calls if not name.startswith((*reads, "RegisterContainerInstance"))]


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


def run(
    account: Account, check_mode: bool = False, preview: Preview | None = None, run_id: str = "r1", **params: Any
) -> Result:
    defaults = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
    desired = {"name": NAME, "cluster": CLUSTER, "environment": "staging", "count": 3}
    return OPERATION.run(replace(account.context(check_mode, preview), run_id=run_id), defaults | desired | params)


def test_the_fleet_is_a_template_copied_from_the_launch_configuration_and_a_spot_group(account: Account):
    result = run(account)
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
    assert account.changes() == ["CreateLaunchTemplate", "CreateAutoScalingGroup", "SuspendProcesses"]


def test_the_wait_ends_when_the_instances_have_joined_the_cluster(account: Account):
    result = run(account)
    assert {each["instance_id"] for each in result.values["instances"]} == {
        each["InstanceId"] for each in account.describe()["Instances"]
    }
    assert result.values["message"] == "3 of 3 instances of m4.2xlarge registered"
    assert result.values["source"] == "lcStaging-1"
    assert {each["instance_type"] for each in result.values["spot_prices"]} == {"m4.2xlarge"}
    assert result.values["max_price"] == "on-demand price"
    assert account.calls.count("DescribeImages") == account.calls.count("DescribeSpotPriceHistory") == 1
    assert account.progress.statuses[-1][1] == 1.0


def test_a_second_time_changes_nothing(account: Account):
    run(account)
    account.calls.clear()
    result = run(account, run_id="r2")
    assert not result.changed
    assert result.before == result.after
    assert account.changes() == []
    assert len(result.values["instances"]) == 3


def test_check_mode_predicts_what_the_run_then_does(account: Account):
    predicted = run(account, check_mode=True)
    assert predicted.changed and account.changes() == [] and account.now == 0
    assert predicted.values["message"] == "3 instances of m4.2xlarge"
    assert predicted.after == run(account).after


def test_a_preview_of_several_steps_is_what_they_then_do(account: Account):
    absent: dict[str, Any] = {"state": "absent"}
    larger = {"count": 2, "disk_gb": 200}
    steps: list[dict[str, Any]] = [{"wait": False}, {}, {"count": 2}, larger, larger, absent, absent, {}]
    preview = Preview()
    foreseen = [essence(run(account, check_mode=True, preview=preview, **step)) for step in steps]
    assert account.describe() == {}
    done = []
    for step in steps:
        account.boots = account.leave if step is absent else lambda: account.register(NAME)
        done.append(essence(run(account, **step)))
    assert foreseen == done
    assert [changed for changed, _, _ in done] == [True, False, True, True, False, True, False, True]


def test_another_count_updates_the_group_only(account: Account):
    run(account)
    account.calls.clear()
    result = run(account, count=4)
    assert (result.before["group"]["DesiredCapacity"], result.after["group"]["DesiredCapacity"]) == (3, 4)
    assert account.changes() == ["UpdateAutoScalingGroup"]
    assert account.describe()["DesiredCapacity"] == 4


def test_another_disk_is_a_new_version_that_the_group_takes(account: Account):
    run(account)
    account.calls.clear()
    result = run(account, disk_gb=200, wait=False)
    assert result.changed
    assert account.changes() == ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup"]
    specification = account.describe()["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert specification["Version"] == "2"


def test_a_template_left_by_a_crash_is_used_again(account: Account):
    run(account, wait=False)
    account.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=NAME, ForceDelete=True)
    account.calls.clear()
    assert run(account).changed
    assert account.changes() == ["CreateAutoScalingGroup", "SuspendProcesses"]


def test_without_waiting_nothing_is_polled(account: Account):
    result = run(account, wait=False)
    assert account.now == 0 and result.values["instances"] == []


def test_fewer_instances_than_wanted_are_a_warning(account: Account):
    account.boots = lambda: account.register(NAME, most=0 if len(account.members()) >= 4 else 1)
    result = run(account, timeout=60)
    assert len(result.values["instances"]) == 2
    assert result.warnings == [f"2 of 3 spot instances joined {CLUSTER} in 60 seconds. Going on with those."]


def test_fewer_than_the_minimum_is_a_deadline_that_says_why(account: Account, monkeypatch: pytest.MonkeyPatch):
    account.boots = lambda: None
    activity = {"StatusCode": "Failed", "StatusMessage": "There is no Spot capacity available."}
    monkeypatch.setattr(
        account.client("autoscaling"), "describe_scaling_activities", lambda **query: {"Activities": [activity] * 3}
    )
    with pytest.raises(
        DeadlineExceeded, match="Only 0 of 3 spot.*Launches failed: There is no Spot capacity available.$"
    ):
        run(account, timeout=120)


def test_an_hour_of_waiting_takes_few_calls(account: Account):
    account.boots = lambda: None
    with pytest.raises(DeadlineExceeded):
        run(account, timeout=3600)
    assert account.calls.count("ListContainerInstances") <= 3600 / 15 + 30


def test_our_own_fleet_is_never_the_source(account: Account):
    run(account)
    account.configuration("lcOurs")
    assert run(account, name="ingest-staging-more", check_mode=True).values["source"] == "lcStaging-1"


def test_the_newest_launch_configuration_in_use_is_taken(account: Account):
    account.group("asgStaging-2", launch_configuration="lcStaging-2")
    assert run(account, check_mode=True).values["source"] == "lcStaging-2"


def test_a_named_launch_configuration_is_taken(account: Account):
    account.configuration("other", KeyName="operators")
    assert run(account, source="other", wait=False).values["source"] == "other"
    assert account.data()["KeyName"] == "operators"


def template(account: Account, **data: Any) -> str:
    wanted = {"ImageId": IMAGE, "InstanceType": "t2.large", "UserData": base64.b64encode(USER_DATA.encode()).decode()}
    answer = account.client("ec2").create_launch_template(
        LaunchTemplateName="ltStaging", LaunchTemplateData=wanted | data
    )
    return answer["LaunchTemplate"]["LaunchTemplateId"]


@pytest.mark.parametrize("by_name", [True, False])
def test_a_named_launch_template_is_taken(account: Account, by_name: bool):
    identity = template(account, KeyName="operators", CpuOptions={"CoreCount": 1, "ThreadsPerCore": 1})
    result = run(account, source="ltStaging" if by_name else identity, wait=False)
    assert result.values["source"] == "ltStaging:1"
    assert account.data()["KeyName"] == "operators"
    assert "CpuOptions" not in account.data() and "InstanceType" not in account.data()


def test_a_group_on_a_launch_template_is_a_source_too(account: Account):
    identity = template(account, KeyName="operators")
    account.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="asgStaging", ForceDelete=True)
    account.group("asgNew", LaunchTemplate={"LaunchTemplateId": identity, "Version": "1"})
    assert run(account, check_mode=True).values["source"] == "ltStaging:1"


def test_an_image_named_by_a_parameter_stays_so(account: Account):
    template(account, ImageId="resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id")
    run(account, source="ltStaging", wait=False, check_mode=True)
    after = run(account, source="ltStaging", check_mode=True).after["launch_template"]
    assert after["ImageId"].startswith("resolve:ssm:")
    assert after["BlockDeviceMappings"] == [
        {"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": True, "VolumeSize": 100}}
    ]


@pytest.mark.parametrize("cluster", ["ecsProductionCluster", ""])
def test_user_data_of_another_cluster_is_refused(account: Account, cluster: str):
    account.configuration("other", UserData=f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n")
    with pytest.raises(
        Refused, match=f"names {f'cluster {cluster}' if cluster else 'no cluster'}.*wanted is {CLUSTER}"
    ):
        run(account, source="other")
    assert [name for name in account.changes() if name != "CreateLaunchConfiguration"] == []


def test_user_data_that_is_not_understood_is_warned_of(account: Account):
    account.configuration("other", UserData=f"#cloud-config\nruncmd: [ECS_CLUSTER={CLUSTER} /setup]\n")
    assert "is not understood enough" in run(account, source="other", wait=False).warnings[0]


def test_a_source_that_does_not_exist_is_named(account: Account):
    for name in ("nothing", "lt-0123456789abcdef0"):
        with pytest.raises(NotFound, match=f"no launch configuration or launch template '{name}'"):
            run(account, source=name)


def test_a_cluster_without_groups_has_no_source(account: Account):
    account.client("ecs").create_cluster(clusterName="empty")
    with pytest.raises(NotFound, match="cluster empty belongs to an Auto Scaling group"):
        run(account, cluster="empty")


def test_an_image_that_is_gone_is_named(account: Account):
    template(account, ImageId="ami-12345678")
    with pytest.raises(NotFound, match="AMI ami-12345678 of ltStaging:1 does not exist"):
        run(account, source="ltStaging")


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ({"count": 0}, "count is 0"),
        ({"disk_gb": 0}, "disk_gb is 0"),
        ({"disk_gb": 10}, "disk_gb is 10; AMI .* needs at least [0-9]+ GB on /dev/xvda"),
        ({"minimum": 4}, "minimum is 4, more than count, which is 3"),
        ({"max_price": "cheap"}, "max_price 'cheap' is not a price"),
        ({"max_price": "0"}, "max_price '0' is not a price"),
        ({"instance_types": ["m9.huge"]}, "m9.huge exists in us-east-1"),
        ({"instance_types": ["m6g.large"]}, "m6g.large runs arm64; AMI .* is for x86_64"),
    ],
)
def test_values_no_account_could_take(account: Account, desired: dict[str, Any], message: str):
    with pytest.raises(InvalidInput, match=message):
        run(account, **desired)
    assert account.changes() == []


def prices(account: Account, monkeypatch: pytest.MonkeyPatch, *found: float) -> None:
    history = [
        {"InstanceType": "m4.2xlarge", "AvailabilityZone": f"us-east-1{zone}", "SpotPrice": str(price), "Timestamp": 1}
        for zone, price in zip("abc", found, strict=False)
    ]
    pages = [{"SpotPriceHistory": history}]
    real = account.client("ec2").get_paginator

    def paginator(name: str) -> Any:
        return type("Pages", (), {"paginate": lambda self, **query: pages})() if "spot" in name else real(name)

    monkeypatch.setattr(account.client("ec2"), "get_paginator", paginator)


@pytest.mark.parametrize(("desired", "sent"), [("0.25", "0.2500"), ("1.5x", "0.1800"), ("$.2", "0.2000")])
def test_a_bid_is_a_figure_or_a_multiple_of_the_highest_price(
    account: Account, monkeypatch: pytest.MonkeyPatch, desired: str, sent: str
):
    prices(account, monkeypatch, 0.1, 0.12)
    result = run(account, max_price=desired, wait=False)
    assert account.describe()["MixedInstancesPolicy"]["InstancesDistribution"]["SpotMaxPrice"] == sent
    assert result.values["spot_prices"][0] == {
        "instance_type": "m4.2xlarge",
        "availability_zone": "us-east-1a",
        "price": 0.1,
    }


def test_a_multiple_computed_once_stays_when_prices_move(account: Account, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch, 0.1)
    run(account, max_price="2x", wait=False)
    prices(account, monkeypatch, 0.3)
    assert not run(account, max_price="2x", wait=False).changed


def test_a_bid_is_taken_back(account: Account, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch, 0.1)
    run(account, max_price="0.2", wait=False)
    assert run(account, wait=False).changed
    assert not run(account, wait=False).changed


def test_a_bid_below_every_price_is_warned_of(account: Account, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch, 0.1, 0.12)
    assert "0.0500 is below every current spot price" in run(account, max_price="0.05", wait=False).warnings[0]


def test_no_price_is_said_and_cannot_be_multiplied(account: Account, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch)
    assert "No spot price is known for m4.2xlarge" in run(account, check_mode=True).warnings[0]
    with pytest.raises(Refused, match="max_price is 2x, and there is no current spot price"):
        run(account, max_price="2x")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_has_the_name_and_is_not_ours_is_left_alone(account: Account, state: str):
    account.client("ec2").create_launch_template(LaunchTemplateName=NAME, LaunchTemplateData={"KeyName": "x"})
    account.calls.clear()
    with pytest.raises(Refused, match=f"launch template {NAME} exists and carries no tag climate.ingest:environment"):
        run(account, state=state)
    assert account.changes() == []


def test_another_environment_s_fleet_is_left_alone(account: Account):
    run(account, wait=False)
    with pytest.raises(Refused, match="climate.ingest:environment=production"):
        run(account, state="absent", environment="production")


def test_absent_leaves_nothing_and_touches_nothing_else(account: Account):
    theirs = account.describe("asgStaging")
    run(account)
    account.boots = account.leave
    account.calls.clear()
    result = run(account, state="absent")
    assert result.changed and result.values["terminated"] == 3
    assert account.describe() == {}
    assert len(account.members()) == 2
    names = [
        each["LaunchTemplateName"] for each in account.client("ec2").describe_launch_templates()["LaunchTemplates"]
    ]
    assert NAME not in names
    assert account.describe("asgStaging") == theirs


def test_absent_twice_is_unchanged(account: Account):
    run(account)
    account.boots = account.leave
    run(account, state="absent")
    account.calls.clear()
    assert not run(account, state="absent").changed
    assert account.changes() == []


def test_absent_in_check_mode_only_predicts(account: Account):
    run(account)
    account.calls.clear()
    result = run(account, check_mode=True, state="absent")
    assert result.changed and result.before["group"]["DesiredCapacity"] == 3
    assert account.changes() == []


def test_instances_ecs_does_not_deregister_by_itself_are_deregistered_after_a_while(account: Account):
    run(account)
    account.boots = lambda: None
    started = account.now
    run(account, state="absent")
    assert account.calls.count("DeregisterContainerInstance") == 3
    assert len(account.members()) == 2
    assert account.now - started >= 30


def test_a_former_group_that_is_still_being_deleted_is_waited_for(account: Account, monkeypatch: pytest.MonkeyPatch):
    run(account, wait=False)
    account.calls.clear()
    going, read = account.describe() | {"Status": "Delete in progress"}, spot_group.read
    last = account.now + 5

    def gone_later(context: Context, name: str) -> dict[str, Any] | None:
        if account.now < last:
            return going
        if account.describe() and not account.calls.count("CreateAutoScalingGroup"):
            account.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        return read(context, name)

    monkeypatch.setattr(spot_group, "read", gone_later)
    result = run(account)
    assert result.changed and "group" not in result.before
    assert account.calls.count("CreateAutoScalingGroup") == 1
    assert len(result.values["instances"]) == 3


def test_absent_without_waiting_deletes_and_returns(account: Account):
    run(account, wait=False)
    account.now = 0.0
    run(account, state="absent", wait=False)
    assert account.now == 0 and account.describe() == {}
