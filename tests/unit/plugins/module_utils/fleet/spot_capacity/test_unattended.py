"""A spot fleet without a controller, and after the account ended it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.aws import essence
from tests.fakes.fleet import NAME, FleetAccount, due

# the action that ends the group is there before the group has an instance
RAISES = ["SuspendProcesses", "PutParameter", "PutScheduledUpdateGroupAction", "UpdateAutoScalingGroup"]


def fire(account: FleetAccount) -> None:
    """Do what AWS does when the group's action is due."""
    autoscaling = account.client("autoscaling")
    policy = account.describe()["MixedInstancesPolicy"]  # moto drops it otherwise
    policy["LaunchTemplate"]["LaunchTemplateSpecification"].pop("LaunchTemplateName", None)
    sizes = {"MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0}
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=NAME, MixedInstancesPolicy=policy, **sizes)
    autoscaling.delete_scheduled_action(AutoScalingGroupName=NAME, ScheduledActionName="climate.ingest-unattended")
    account.calls.clear()


def test_a_crash_before_the_group_is_raised_leaves_one_that_costs_nothing(
    account: FleetAccount, monkeypatch: pytest.MonkeyPatch
):
    def crash(**params: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(account.client("autoscaling"), "put_scheduled_update_group_action", crash)
        with pytest.raises(KeyboardInterrupt):
            account.fleet()
    assert account.describe()["DesiredCapacity"] == 0 and due(account) is None
    assert account.fleet().warnings == []
    assert account.describe()["DesiredCapacity"] == 3 and due(account)


@pytest.mark.parametrize(("before", "after"), [(12, 24), (12, 0), (0, 12)])
def test_other_hours_without_a_controller_take_effect(account: FleetAccount, before: int, after: int):
    account.fleet(unattended_hours=before, wait=False)
    first = due(account)
    predicted = essence(account.fleet(unattended_hours=after, wait=False, check_mode=True))
    result = account.fleet(unattended_hours=after, wait=False)
    assert (result.before["unattended_hours"], result.after["unattended_hours"]) == (before, after)
    assert essence(result) == predicted
    assert bool(due(account)) is bool(after)
    assert not (first and after) or due(account) > first
    assert not account.fleet(unattended_hours=after, wait=False).changed


def test_an_action_that_somebody_deleted_is_put_back(account: FleetAccount):
    account.fleet(wait=False)
    account.client("autoscaling").delete_scheduled_action(
        AutoScalingGroupName=NAME, ScheduledActionName="climate.ingest-unattended"
    )
    result = account.fleet(wait=False)
    assert result.before["unattended_hours"] == 0 and result.warnings == [] and due(account)


def test_a_fleet_the_account_ended_is_raised_again_with_what_happened(account: FleetAccount):
    account.fleet(wait=False)
    fire(account)
    preview = account.fleet(wait=False, check_mode=True)
    assert account.changes() == []
    result = account.fleet(wait=False)
    assert essence(result) == essence(preview) and result.warnings == preview.warnings
    assert (result.before["group"]["MaxSize"], result.after["group"]["MaxSize"]) == (0, 3)
    assert result.warnings[0].startswith(f"The dead man's switch set the fleet {NAME} to 0 instances at ")
    assert account.describe()["DesiredCapacity"] == 3 and due(account)
    assert account.changes() == RAISES[1:]
    again = account.fleet(wait=False)
    assert not again.changed and again.warnings == []


def test_a_fleet_that_is_ended_while_it_is_awaited_is_raised_again(account: FleetAccount):
    def boots() -> None:
        account.boots = lambda: account.register(NAME)
        fire(account)

    account.boots = boots
    result = account.fleet(timeout=60)
    assert len(result.values["instances"]) == 3 and account.describe()["MaxSize"] == 3
