"""A task definition as ECS keeps it: sizes as numbers, defaults added, lists that have no order in one of its own."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from moto.ecs.exceptions import EcsClientException

# What DescribeTaskDefinition shows of a container that says nothing of it.
_CONTAINER: dict[str, Any] = {
    "cpu": 0,
    "portMappings": [],
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "volumesFrom": [],
    "systemControls": [],
}
_HEALTH_CHECK = {"interval": 30, "timeout": 5, "retries": 3}
_SORTED = {"environment": "name", "secrets": "name"}


def normal_form(params: Mapping[str, Any]) -> dict[str, Any]:
    """Write a request of RegisterTaskDefinition as ECS will describe it.

    Raises:
        EcsClientException: CPU or memory of the task is no size.
    """
    definition = copy.deepcopy(dict(params))
    for name, size in (("cpu", cpu_units), ("memory", memory_mib)):
        if definition.get(name) is not None:
            definition[name] = str(size(definition[name]))
    mode = definition.get("networkMode")
    containers = [_container(one, mode) for one in definition["containerDefinitions"]]
    # "The containers come back in another order" than they were given: callers must not rely on it.
    definition["containerDefinitions"] = sorted(containers, key=lambda one: str(one.get("name")))
    definition.setdefault("volumes", [])
    definition.setdefault("placementConstraints", [])
    definition.setdefault("enableFaultInjection", False)  # since December 2024
    return definition


def cpu_units(text: str) -> int:
    """Read a task's CPU: units, or ``1 vCPU``.

    Raises:
        EcsClientException: it is neither.
    """
    return _size(text, r"vcpu", "cpu")


def memory_mib(text: str) -> int:
    """Read a task's memory: MiB, or ``1 GB``.

    Raises:
        EcsClientException: it is neither.
    """
    return _size(text, r"gb", "memory")


def _size(text: str, unit: str, name: str) -> int:
    found = re.fullmatch(rf"\s*(\d*\.?\d+)\s*({unit})?\s*", str(text), re.IGNORECASE)
    if not found or (not found[2] and "." in found[1]):
        raise EcsClientException(f"Invalid '{name}' setting for task.")
    return round(float(found[1]) * (1024 if found[2] else 1))


def _container(given: Mapping[str, Any], network_mode: str | None) -> dict[str, Any]:
    container = {**copy.deepcopy(_CONTAINER), **given}
    container["portMappings"] = [_port(one, network_mode) for one in container["portMappings"]]
    for name, key in _SORTED.items():
        if name in container:
            container[name] = sorted(container[name], key=lambda one: str(one.get(key)))
    if container.get("healthCheck"):
        container["healthCheck"] = {**_HEALTH_CHECK, **container["healthCheck"]}
    if container.get("logConfiguration"):
        container["logConfiguration"] = {"options": {}, "secretOptions": [], **container["logConfiguration"]}
    return container


def _port(given: Mapping[str, Any], network_mode: str | None) -> dict[str, Any]:
    same = network_mode in ("awsvpc", "host")
    return {"hostPort": given.get("containerPort", 0) if same else 0, "protocol": "tcp", **given}
