"""A standing group is used only at rest, and where nothing else scales it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Foreign, NotFound, Refused
from ansible_collections.climate.ingest.plugins.module_utils.fleet.standing import rest
from tests.fakes.aws import FakeAws

GROUP: dict[str, Any] = {"AutoScalingGroupName": "asgImport", "DesiredCapacity": 0, "MinSize": 0, "MaxSize": 2}


def check(aws: FakeAws, hours: int = 12, policies: Any = (), actions: Any = (), **group: Any) -> None:
    aws.on("DescribePolicies", {"ScalingPolicies": list(policies)})
    aws.on("DescribeScheduledActions", {"ScheduledUpdateGroupActions": list(actions)})
    rest.check(aws.context(), {**GROUP, **group}, hours)


def suspended(*names: str) -> dict[str, Any]:
    return {"SuspendedProcesses": [{"ProcessName": each} for each in names]}


def test_one_at_rest_may_be_used(aws: FakeAws) -> None:
    ours = [{"ScheduledActionName": "climate.ingest-unattended"}]
    check(aws, policies=[{"PolicyName": "off", "Enabled": False}], actions=ours, **suspended("AZRebalance"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"DesiredCapacity": 1}, "desired capacity is 1, not 0"),
        ({"MinSize": 1}, "minimum is 1, not 0"),
        ({"Instances": [{}, {}]}, "it has 2 instances"),
        (suspended("Launch"), "Launch is suspended, so it would launch no instance"),
        (suspended("Terminate"), "its instances would never end"),
        (suspended("ScheduledActions"), "dead man's switch would not work"),
        ({"policies": [{"PolicyName": "busy"}]}, "the scaling policy busy scales it"),
        ({"actions": [{"ScheduledActionName": "nightly"}]}, "the scheduled action nightly scales it"),
    ],
)
def test_others_are_refused_with_the_reason(aws: FakeAws, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=f"ingest_fleet_group is 'asgImport', which cannot be used: .*{reason}"):
        check(aws, **changes)


def test_without_a_switch_scheduled_actions_may_be_suspended(aws: FakeAws) -> None:
    check(aws, hours=0, **suspended("ScheduledActions"))


@pytest.mark.parametrize(
    ("groups", "error", "words"),
    [
        ([], NotFound, "does not exist in this region"),
        ([{**GROUP, "Status": "Delete in progress"}], NotFound, "is being deleted"),
        ([{**GROUP, "Tags": [{"Key": "climate.ingest:environment", "Value": "x"}]}], Foreign, "a run of x made"),
    ],
)
def test_only_one_that_stays_is_taken(aws: FakeAws, groups: list[Any], error: type[Exception], words: str) -> None:
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": groups})
    with pytest.raises(error, match=words):
        rest.existing(aws.context(), "asgImport")
