"""The fleet that a preview predicts: raised by one step, used and removed by later ones."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.fleet import group as spot_group
from ansible_collections.climate.ingest.plugins.module_utils.fleet import predicted_fleet
from tests.fakes.aws import FakeAws

PARAMS: dict[str, Any] = {
    "name": "fleet",
    "cluster": "c",
    "environment": "staging",
    "source": None,
    "subnets": None,
    "instance_types": ["m4.2xlarge"],
    "count": 3,
    "disk_gb": 100,
    "max_price": None,
    "unattended_hours": 12,
    "wait": True,
}
DATA = {"ImageId": "ami-1"}
DESIRED = spot_group.wanted(template_id="", version="1", types=["m4.2xlarge"], count=3, subnets=["subnet-a"], bid=None)
VALUES = {"group": "fleet", "message": "3 instances of m4.2xlarge"}


@pytest.fixture
def preview(aws: FakeAws) -> Context:
    """A preview in which an earlier step raised the fleet."""
    context = aws.context(check_mode=True)
    predicted_fleet.predict(context, PARAMS, DATA, DESIRED, VALUES)
    return context


def test_without_a_prediction_the_account_is_read(aws: FakeAws) -> None:
    aws.on("DescribeLaunchTemplates", {"LaunchTemplates": []})
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    assert predicted_fleet.read(aws.context(), "fleet") == (None, None)
    assert aws.count("DescribeLaunchTemplates") == aws.count("DescribeAutoScalingGroups") == 1


def test_a_predicted_fleet_is_read_as_it_would_be_described(aws: FakeAws, preview: Context) -> None:
    template, group = predicted_fleet.read(preview, "fleet")
    assert template and (template.version, template.data) == ("1", DATA)
    assert template.tags == {"climate.ingest:environment": "staging"}
    assert group and spot_group.summary(group) == spot_group.summary(spot_group.settled(DESIRED))
    assert group["Tags"] == [{"Key": "climate.ingest:environment", "Value": "staging"}]
    assert aws.calls == []


def test_a_removed_fleet_is_absent(aws: FakeAws, preview: Context) -> None:
    assert predicted_fleet.remove(preview, "fleet", []) == {"terminated": 3, "predicted": True}
    assert predicted_fleet.read(preview, "fleet") == (None, None)
    assert predicted_fleet.of_environment(preview, "staging") is None
    assert aws.calls == []


def test_of_a_fleet_the_account_has_its_instances_would_be_terminated(aws: FakeAws) -> None:
    assert predicted_fleet.remove(aws.context(), "fleet", ["i-1", "i-2"])["terminated"] == 2


@pytest.mark.parametrize("changes", [{}, {"wait": False}, {"name": "fleet", "timeout": 5}])
def test_the_same_fleet_once_more_gives_the_same_values(preview: Context, changes: dict[str, Any]) -> None:
    assert predicted_fleet.repeated(preview, {**PARAMS, **changes}) == VALUES


@pytest.mark.parametrize(
    "changes", [{"count": 4}, {"disk_gb": 200}, {"max_price": "0.2"}, {"unattended_hours": 0}, {"name": "other"}]
)
def test_another_fleet_is_no_repetition(preview: Context, changes: dict[str, Any]) -> None:
    assert predicted_fleet.repeated(preview, {**PARAMS, **changes}) is None


def test_a_removed_fleet_is_not_repeated(preview: Context) -> None:
    predicted_fleet.remove(preview, "fleet", [])
    assert predicted_fleet.repeated(preview, PARAMS) is None


def test_the_fleet_of_an_environment_is_found(preview: Context) -> None:
    assert predicted_fleet.of_environment(preview, "staging") == (["m4.2xlarge"], 3)
    assert predicted_fleet.of_environment(preview, "production") is None


def test_the_plan_gets_what_the_fleet_is_and_costs(preview: Context) -> None:
    prices = [{"instance_type": "m4.2xlarge", "price": 0.1}]
    predicted_fleet.note(preview, PARAMS, prices)
    assert preview.preview.get("plan/fleet/fleet") == {
        "types": ["m4.2xlarge"],
        "count": 3,
        "prices": prices,
        "max_price": None,
        "unattended_hours": 12,
    }


AFTER = {"launch_template": {"ImageId": "ami-2"}, "group": {"DesiredCapacity": 3}, "unattended_hours": 12}


@pytest.mark.parametrize(
    ("before", "verbs"),
    [
        ({}, {"launch template": "created", "Auto Scaling group": "created"}),
        ({"launch_template": AFTER["launch_template"]}, {"Auto Scaling group": "created"}),
        ({**AFTER, "group": {"DesiredCapacity": 2}}, {"Auto Scaling group": "changed"}),
        ({**AFTER, "unattended_hours": 6}, {"Auto Scaling group": "changed"}),
        ({**AFTER, "launch_template": {"ImageId": "ami-1"}}, {"launch template": "changed"}),
        (AFTER, {}),
    ],
)
def test_the_plan_names_what_is_different(before: dict[str, Any], verbs: dict[str, str]) -> None:
    found = predicted_fleet.changes(PARAMS, before, AFTER)
    assert {what.partition(f" {PARAMS['name']}")[0]: verb for verb, what in found} == verbs
