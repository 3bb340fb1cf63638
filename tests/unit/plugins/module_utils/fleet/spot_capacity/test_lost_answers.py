"""A spot fleet when answers of AWS get lost."""

from __future__ import annotations

import pytest

from tests.fakes.aws import lose_answer
from tests.fakes.fleet import NAME, FleetAccount, due

# the action that ends the group is there before the group has an instance
RAISES = ["SuspendProcesses", "PutParameter", "PutScheduledUpdateGroupAction", "UpdateAutoScalingGroup"]


def service_of(operation: str) -> str:
    return "ssm" if operation == "PutParameter" else "ec2" if "Template" in operation else "autoscaling"


@pytest.mark.parametrize("operation", ["CreateLaunchTemplate", "CreateAutoScalingGroup", *RAISES])
def test_a_fleet_is_raised_once_though_an_answer_was_lost(account: FleetAccount, operation: str) -> None:
    lose_answer(account.client(service_of(operation)), operation)
    assert account.fleet().changed
    assert account.describe()["DesiredCapacity"] == 3 and due(account)
    assert not account.fleet().changed


@pytest.mark.parametrize("operation", ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup"])
def test_a_fleet_is_changed_once_though_an_answer_was_lost(account: FleetAccount, operation: str) -> None:
    account.fleet()
    lose_answer(account.client(service_of(operation)), operation)
    account.fleet(disk_gb=200)
    versions = account.client("ec2").describe_launch_template_versions(LaunchTemplateName=NAME)
    assert len(versions["LaunchTemplateVersions"]) == 2
    assert not account.fleet(disk_gb=200).changed


@pytest.mark.parametrize("operation", ["DeleteLaunchTemplate", "DeleteAutoScalingGroup"])
def test_a_fleet_is_removed_though_an_answer_was_lost(account: FleetAccount, operation: str) -> None:
    account.fleet()
    lose_answer(account.client(service_of(operation)), operation)
    assert account.fleet(state="absent").changed
    assert account.describe() == {}


def test_an_action_is_taken_off_though_the_answer_was_lost(account: FleetAccount) -> None:
    account.fleet(wait=False)
    lose_answer(account.client("autoscaling"), "DeleteScheduledAction")
    account.fleet(wait=False, unattended_hours=0)
    assert due(account) is None
