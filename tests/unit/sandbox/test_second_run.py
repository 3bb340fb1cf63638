"""What the sandbox answers in other words than it was told is no change: a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions import task_definition
from ansible_collections.climate.ingest.plugins.module_utils.workers import service
from sandbox import seed
from sandbox.server import Sandbox

CLONE = {
    "state": "present",
    "family": "second-run",
    "container": "management",
    "purpose": "run_jobs",
    "environment": "second",
    "task_memory": 1024,
    "env": {"Z": "1", "A": "2"},
    "command": ["run_jobs"],
}
WORKERS = {
    "state": "present",
    "environment": "second",
    "cluster": seed.CLUSTER,
    "task_definition": "second-run",
    "purpose": "run_jobs",
    "container": "management",
    "count": 1,
    "placement_strategy": [{"type": "spread", "field": "host"}, {"type": "binpack", "field": "memory"}],
    "placement_constraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type == t2.large"}],
    "wait": False,
    "timeout": 10,
}


@pytest.fixture
def changes(account: Sandbox, client: Callable[..., Any]) -> Callable[..., list[str]]:
    """Carry an operation out, and give the calls that changed something."""

    def carry_out(operation: Operation, params: dict[str, Any]) -> list[str]:
        since = account.recorder.last
        result = operation.run(Context(cache(client)), params)
        made = [each.operation for each in account.recorder.calls(since=since, changes=True)]
        assert result.changed is bool(made)
        return made

    return carry_out


def test_a_second_run_registers_and_updates_nothing(
    account: Sandbox, client: Callable[..., Any], changes: Callable[..., list[str]]
) -> None:
    ecs, ec2 = client("ecs"), client("ec2")
    subnets = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["PrivateSubnet"]}])["Subnets"]
    network = {"subnets": [each["SubnetId"] for each in subnets][::-1], "assign_public_ip": False}
    ecs.register_task_definition(
        family="second-run",
        networkMode="awsvpc",
        containerDefinitions=[
            {
                "name": name,
                "image": "app:1",
                "memory": 64,
                "portMappings": [{"containerPort": 80}],
                "environment": [{"name": "Q", "value": ""}, {"name": "B", "value": "1"}],
            }
            for name in ("statsd", "management")
        ],
    )
    workers = {**WORKERS, "network_configuration": network}
    made = changes(task_definition.OPERATION, CLONE)
    assert made == ["CreateLogGroup", "PutRetentionPolicy", "RegisterTaskDefinition"]
    assert changes(task_definition.OPERATION, CLONE) == []
    assert changes(service.OPERATION, workers) == ["CreateService"]
    assert changes(service.OPERATION, workers) == []
    found = ecs.describe_services(cluster=seed.CLUSTER, services=["ingest-second-run-jobs"])["services"][0]
    assert changes(service.OPERATION, {**workers, "count": 2}) == ["UpdateService"]
    again = ecs.describe_services(cluster=seed.CLUSTER, services=["ingest-second-run-jobs"])["services"][0]
    assert again["desiredCount"] == 2
    assert again["deployments"][0]["id"] == found["deployments"][0]["id"], "another count starts no deployment"
