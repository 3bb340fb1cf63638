"""Two task definitions of one meaning are equal, whatever ECS makes of them when it describes them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.ecs.meaning import normalised

BASE: dict[str, Any] = {
    "family": "app",
    "containerDefinitions": [
        {
            "name": "management",
            "image": "app:1",
            "memory": 512,
            "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            "portMappings": [{"containerPort": 80}, {"containerPort": 443}],
            "command": ["run", "me"],
            "healthCheck": {"command": ["CMD", "true"]},
            "logConfiguration": {"logDriver": "splunk", "options": {"protocol": "tcp", "retries": "3"}},
            "dockerLabels": {"scope": "task"},
        },
        {"name": "statsd", "image": "statsd:1", "memory": 64, "essential": False},
    ],
    "volumes": [{"name": "tmp", "host": {"sourcePath": "/tmp"}}, {"name": "empty"}],
}


def described() -> dict[str, Any]:
    """Give BASE as ECS of another year describes it."""
    definition = copy.deepcopy(BASE)
    definition |= {"enableFaultInjection": False, "networkMode": "bridge", "placementConstraints": [], "cpu": None}
    definition["volumes"] = [{"name": "empty", "host": {}}, definition["volumes"][0]]
    first, second = definition["containerDefinitions"]
    first |= {"cpu": 0, "essential": True, "systemControls": [], "mountPoints": [], "versionConsistency": "enabled"}
    first |= {"linuxParameters": {"initProcessEnabled": False}}
    first["environment"].reverse()
    first["portMappings"] = [{"containerPort": port, "hostPort": 0, "protocol": "tcp"} for port in (443, 80)]
    first["healthCheck"] |= {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}
    first["logConfiguration"]["secretOptions"] = []
    definition["containerDefinitions"] = [second, first]
    return definition


def changed(**settings: Any) -> dict[str, Any]:
    definition = copy.deepcopy(BASE)
    definition["containerDefinitions"][0] |= settings
    return definition


def test_defaults_that_ecs_adds_and_another_order_are_no_difference() -> None:
    assert normalised(described()) == normalised(BASE)


@pytest.mark.parametrize(
    "other",
    [
        BASE | {"networkMode": "awsvpc"},
        BASE | {"enableFaultInjection": True},
        changed(essential=False),
        changed(command=["me", "run"]),
        changed(environment=[{"name": "A", "value": "1"}]),
        changed(portMappings=[{"containerPort": 80, "hostPort": 80}, {"containerPort": 443}]),
        changed(healthCheck={"command": ["CMD", "true"], "retries": 1}),
        changed(logConfiguration={"logDriver": "splunk", "options": {"retries": "3"}}),
        changed(dockerLabels={}),
        changed(versionConsistency="disabled"),
        changed(linuxParameters={"initProcessEnabled": True}),
    ],
)
def test_what_is_set_is_a_difference(other: dict[str, Any]) -> None:
    assert normalised(other) != normalised(BASE)


@pytest.mark.parametrize(("mode", "same"), [("awsvpc", True), ("host", True), ("bridge", False), (None, False)])
def test_a_host_port_is_a_default_only_where_it_must_be_the_container_s(mode: str | None, same: bool) -> None:
    def definition(port: dict[str, int]) -> dict[str, Any]:
        return {"networkMode": mode, "containerDefinitions": [{"name": "a", "portMappings": [port]}]}

    one, other = definition({"containerPort": 80}), definition({"containerPort": 80, "hostPort": 80})
    assert (normalised(one) == normalised(other)) is same


def test_of_two_variables_of_one_name_the_order_counts() -> None:
    def definition(*values: str) -> dict[str, Any]:
        return {"containerDefinitions": [{"environment": [{"name": "A", "value": each} for each in values]}]}

    assert normalised(definition("1", "2")) != normalised(definition("2", "1"))
