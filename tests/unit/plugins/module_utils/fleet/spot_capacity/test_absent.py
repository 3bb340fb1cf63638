"""The removal of a spot fleet."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.fleet import group as spot_group
from tests.fakes.fleet import NAME, FleetAccount

# the action that ends the group is there before the group has an instance
RAISES = ["SuspendProcesses", "PutParameter", "PutScheduledUpdateGroupAction", "UpdateAutoScalingGroup"]


def test_absent_leaves_nothing_and_touches_nothing_else(account: FleetAccount):
    theirs = account.describe("asgStaging")
    account.fleet()
    account.boots = account.leave
    account.calls.clear()
    result = account.fleet(state="absent")
    assert result.changed and result.values["terminated"] == 3
    assert account.describe() == {}
    assert len(account.members()) == 2
    names = [
        each["LaunchTemplateName"] for each in account.client("ec2").describe_launch_templates()["LaunchTemplates"]
    ]
    assert NAME not in names
    assert account.describe("asgStaging") == theirs


def test_absent_twice_is_unchanged(account: FleetAccount):
    account.fleet()
    account.boots = account.leave
    account.fleet(state="absent")
    account.calls.clear()
    assert not account.fleet(state="absent").changed
    assert account.changes() == []


def test_absent_in_check_mode_only_predicts(account: FleetAccount):
    account.fleet()
    account.calls.clear()
    result = account.fleet(check_mode=True, state="absent")
    assert result.changed and result.before["group"]["DesiredCapacity"] == 3
    assert account.changes() == []


def test_instances_ecs_does_not_deregister_by_itself_are_deregistered_after_a_while(account: FleetAccount):
    account.fleet()
    account.boots = lambda: None
    started = account.now
    account.fleet(state="absent")
    assert account.calls.count("DeregisterContainerInstance") == 3
    assert len(account.members()) == 2
    assert account.now - started >= 30


def test_a_former_group_that_is_still_being_deleted_is_waited_for(
    account: FleetAccount, monkeypatch: pytest.MonkeyPatch
):
    account.fleet(wait=False)
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
    result = account.fleet()
    assert result.changed and "group" not in result.before
    assert account.calls.count("CreateAutoScalingGroup") == 1
    assert len(result.values["instances"]) == 3


def test_absent_without_waiting_deletes_and_returns(account: FleetAccount):
    account.fleet(wait=False)
    account.now = 0.0
    account.fleet(state="absent", wait=False)
    assert account.now == 0 and account.describe() == {}
