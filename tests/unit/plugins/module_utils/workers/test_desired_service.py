"""The workers' service in the words of CreateService."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.workers.desired_service import (
    changes,
    memberships,
    on_fargate,
    summary,
    type_expression,
    wanted,
)
from tests.fakes.aws import FakeAws
from tests.fakes.workers import Ecs


def test_fargate_takes_a_network_and_no_placement(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 200}
    network = {"subnets": ["subnet-b", "subnet-a"], "security_groups": ["sg-1"], "assign_public_ip": True}
    ecs.run(launch_type="FARGATE", network_configuration=network, instance_types=None)
    created = aws.sent("CreateService")[0]
    assert created["launchType"] == "FARGATE" and "placementConstraints" not in created
    assert created["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-b", "subnet-a"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "ENABLED",
    }


def test_capacity_providers_are_passed_on(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 200}
    ecs.run(capacity_provider_strategy=[{"capacity_provider": "spot", "weight": 1, "base": None}])
    created = aws.sent("CreateService")[0]
    assert created["capacityProviderStrategy"] == [{"capacityProvider": "spot", "weight": 1}]
    assert "launchType" not in created


def test_several_types_and_further_constraints_are_one_query(aws: FakeAws, ecs: Ecs):
    zone = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a"}
    ecs.run(instance_types=["m4.2xlarge", "m5.2xlarge"], placement_constraints=[zone, {"type": "distinctInstance"}])
    assert aws.sent("ListContainerInstances")[0]["filter"] == (
        "(attribute:ecs.instance-type in [m4.2xlarge, m5.2xlarge]) and (attribute:ecs.availability-zone == us-east-1a)"
    )


def test_the_runbook_s_expression():
    assert type_expression(["m4.2xlarge"]) == "attribute:ecs.instance-type == m4.2xlarge"


PARAMS: dict[str, Any] = {"count": 200, "instance_types": ["m4.2xlarge"]}
MEMBER = {"type": "memberOf", "expression": "attribute:ecs.instance-type == m4.2xlarge"}


def test_a_changed_definition_replaces_workers_in_place():
    desired = wanted(PARAMS, "arn:14")
    assert desired == {
        "taskDefinition": "arn:14",
        "desiredCount": 200,
        "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100},
        "availabilityZoneRebalancing": "DISABLED",
        "placementConstraints": [MEMBER],
        "placementStrategy": [],
    }


def test_without_types_the_workers_run_anywhere():
    assert wanted({"count": 1, "instance_types": None}, "arn:14")["placementConstraints"] == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, False),
        ({"launch_type": "EC2"}, False),
        ({"launch_type": "FARGATE"}, True),
        ({"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}]}, True),
        ({"capacity_provider_strategy": [{"capacity_provider": "spot"}]}, False),
    ],
)
def test_fargate_is_a_launch_type_or_a_provider(params: dict[str, Any], expected: bool):
    assert on_fargate(params) is expected


def test_a_service_as_desired_and_as_described_have_one_summary():
    network = {"subnets": ["subnet-b", "subnet-a"], "securityGroups": ["sg-1"]}
    service = {**wanted(PARAMS, "arn:14"), "networkConfiguration": {"awsvpcConfiguration": network}}
    described = {
        **service,
        "status": "ACTIVE",
        "networkConfiguration": {
            "awsvpcConfiguration": {**network, "subnets": ["subnet-a", "subnet-b"], "assignPublicIp": "DISABLED"}
        },
    }
    assert summary(service) == summary(described)
    assert summary(service)["networkConfiguration"]["subnets"] == ["subnet-a", "subnet-b"]


NETWORK = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}}


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"type": "binpack", "field": "memory"}, {"type": "binpack", "field": "MEMORY"}),
        ({"type": "binpack", "field": "cpu"}, {"type": "binpack", "field": "CPU"}),
        ({"type": "spread", "field": "host"}, {"type": "spread", "field": "instanceId"}),
        ({"type": "random"}, {"type": "random", "field": ""}),
    ],
)
def test_a_strategy_that_ecs_answers_in_other_words_is_no_change(sent: dict[str, str], answered: dict[str, str]):
    desired = wanted(PARAMS, "arn:14") | {"placementStrategy": [sent]} | NETWORK
    described = {**desired, "placementStrategy": [answered]}
    assert changes(summary(described), desired) == {}


def test_another_strategy_constraint_or_order_of_steps_is_a_change():
    steps = [{"type": "spread", "field": "host"}, {"type": "binpack", "field": "memory"}]
    desired = wanted(PARAMS, "arn:14") | {"placementStrategy": steps} | NETWORK
    assert changes(summary({**desired, "placementStrategy": steps[::-1]}), desired) == {"placementStrategy": steps}
    assert changes(summary({**desired, "placementConstraints": []}), desired) == {"placementConstraints": [MEMBER]}


def test_constraints_have_no_order():
    constraints = [MEMBER, {"type": "distinctInstance"}]
    desired = {**wanted(PARAMS, "arn:14"), "placementConstraints": constraints}
    assert changes(summary({**desired, "placementConstraints": constraints[::-1]}), desired) == {}


def test_the_network_is_sent_only_where_it_changes_as_it_starts_a_deployment():
    desired = wanted(PARAMS, "arn:14") | NETWORK
    before = summary({**desired, "desiredCount": 3})
    assert changes(before, desired) == {"desiredCount": 200}
    elsewhere = {"awsvpcConfiguration": {"subnets": ["subnet-b"]}}
    assert changes(summary({**desired, "networkConfiguration": elsewhere}), desired) == NETWORK


@pytest.mark.parametrize(
    ("constraints", "query"),
    [
        ([], ""),
        ([{"type": "distinctInstance"}], ""),
        ([MEMBER], MEMBER["expression"]),
        ([MEMBER, {"type": "memberOf", "expression": "x == y"}], f"({MEMBER['expression']}) and (x == y)"),
    ],
)
def test_the_members_a_service_may_use_are_one_query(constraints: list[dict[str, str]], query: str):
    assert memberships({"placementConstraints": constraints}) == query
