"""A fleet that a task of the play raised is not looked up anew by the tasks that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.fleet import raised_fleet
from tests.fakes.aws import FakeAws

PARAMS: dict[str, Any] = {"name": "spot", "cluster": "c", "environment": "staging", "count": 2, "wait": True}
GROUP: dict[str, Any] = {
    "AutoScalingGroupName": "spot",
    "MinSize": 0,
    "MaxSize": 2,
    "DesiredCapacity": 2,
    "DefaultCooldown": 300,
    "AvailabilityZones": ["us-east-1a"],
    "HealthCheckType": "EC2",
    "CreatedTime": 0,
}


@pytest.fixture
def memo() -> Memo:
    return Memo()


def raised(aws: FakeAws, memo: Memo) -> Any:
    """Give the context of the next task, after one that raised the fleet."""
    context = replace(aws.context(), memo=memo)
    group = raised_fleet.group.summary(GROUP)
    result = Result(True, after={"launch_template": {"ImageId": "ami-1"}, "group": group}, values={"group": "spot"})
    raised_fleet.remember(context, PARAMS, result)
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": [GROUP]})
    return context


def test_the_same_fleet_takes_one_call(aws: FakeAws, memo: Memo) -> None:
    result = raised_fleet.unchanged(raised(aws, memo), {**PARAMS, "wait": False})
    assert result is not None and not result.changed
    assert result.values == {"group": "spot"} and result.before == result.after
    assert [name for name, _params in aws.calls] == ["DescribeAutoScalingGroups"]


@pytest.mark.parametrize("changes", [{"count": 3}, {"cluster": "other"}, {"name": "other"}])
def test_another_request_is_another_fleet(aws: FakeAws, memo: Memo, changes: dict[str, Any]) -> None:
    assert raised_fleet.unchanged(raised(aws, memo), {**PARAMS, **changes}) is None
    assert aws.calls == []


@pytest.mark.parametrize("groups", [[], [{**GROUP, "Status": "Delete in progress"}], [{**GROUP, "DesiredCapacity": 1}]])
def test_a_group_that_was_changed_or_removed_is_looked_up_anew(
    aws: FakeAws, memo: Memo, groups: list[dict[str, Any]]
) -> None:
    context = raised(aws, memo)
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": groups})
    assert raised_fleet.unchanged(context, PARAMS) is None


def test_a_fleet_that_is_removed_is_forgotten(aws: FakeAws, memo: Memo) -> None:
    context = raised(aws, memo)
    raised_fleet.forget(context, "spot")
    assert raised_fleet.unchanged(context, PARAMS) is None
