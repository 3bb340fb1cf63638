"""What runs of an environment left, found by its tag whatever its name."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound
from ansible_collections.climate.ingest.plugins.module_utils.ecs import leftovers
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.environment import CLUSTER, FLEET, GROUP, OURS, SERVICE, Environment

OTHERS = {"climate.ingest:environment": "production"}


@pytest.fixture
def environment(aws: FakeAws) -> Environment:
    return Environment(aws)


def test_our_services_are_found_among_others(aws: FakeAws, environment: Environment) -> None:
    environment.service("theirs", {"Project": "x"})
    environment.service("renamed", OURS)
    environment.service("production", OTHERS)
    assert leftovers.services(aws.context(), CLUSTER, "staging") == [SERVICE, "renamed"]


def test_services_are_described_ten_a_call(aws: FakeAws, environment: Environment) -> None:
    for number in range(12):
        environment.service(f"s{number}", OURS, workers=0)
    assert len(leftovers.services(aws.context(), CLUSTER, "staging")) == 13
    assert [len(sent["services"]) for sent in aws.sent("DescribeServices")] == [10, 3]


def test_our_tasks_are_found_those_told_to_stop_as_well(aws: FakeAws, environment: Environment) -> None:
    environment.tasks.clear()
    running, told = environment.command("migrate"), environment.command("loaddata", desiredStatus="STOPPED")
    environment.command("ended", desiredStatus="STOPPED", lastStatus="STOPPED")
    environment.task("theirs", OTHERS)
    assert [each["taskArn"] for each in leftovers.tasks(aws.context(), CLUSTER, "staging")] == [running, told]
    assert all(sent["include"] == ["TAGS"] for sent in aws.sent("DescribeTasks"))


@pytest.mark.parametrize("find", [leftovers.services, leftovers.tasks])
@pytest.mark.parametrize(
    ("code", "expected"), [("ClusterNotFoundException", NotFound), ("AccessDeniedException", ClientError)]
)
def test_a_missing_cluster_is_named_and_other_refusals_are_not_hidden(
    aws: FakeAws, find: Any, code: str, expected: type[Exception]
) -> None:
    aws.on("ListServices", Refusal(code))
    aws.on("ListTasks", Refusal(code))
    with pytest.raises(expected):
        find(aws.context(), CLUSTER, "staging")


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ({"overrides": {"containerOverrides": [{"name": "statsd"}, {"command": ["migrate", "-v"]}]}}, "migrate (7)"),
        ({"group": "service:s"}, "service:s (7)"),
        ({"group": "service:s", "overrides": {"containerOverrides": [{"name": "m"}]}}, "service:s (7)"),
        ({}, "task (7)"),
    ],
)
def test_a_task_is_named_by_its_command_or_its_service(task: dict[str, Any], name: str) -> None:
    assert leftovers.named({"taskArn": "arn:aws:ecs:us-east-1:1:task/c/7", **task}) == name


def test_a_group_and_its_template_are_one_fleet(aws: FakeAws, environment: Environment) -> None:
    environment.templates["template-only"] = OURS
    environment.group("group-only", OURS)
    environment.group("theirs", OTHERS)
    assert leftovers.fleets(aws.context(), "staging") == [FLEET, "group-only", "template-only"]


def test_instances_in_no_group_are_orphans(aws: FakeAws, environment: Environment) -> None:
    environment.instance("i-alone", OURS)
    environment.instance("i-ended", OURS, "terminated")
    environment.instance("i-theirs", OTHERS)
    environment.instance("i-member", {**OURS, GROUP: FLEET})
    assert leftovers.orphans(aws.context(), "staging") == ["i-alone"]
