# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task definition as RegisterTaskDefinition takes it: copied, changed, compared by meaning.

What ECS describes is not what was sent: it adds defaults, some of them years after a revision was registered, and gives
lists that have no order in any.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from ...core.errors import InvalidInput, NotFound
from ...core.secrets import container_definition
from ..log_groups import AWSLOGS, group_of
from .overrides import check_entry_point, parse_command
from .task_size import size

STREAM_PREFIX = "ingest"  # of the log streams of containers that log elsewhere in a clone
# What a command prints is its result: a driver that drops lines when its buffer is full, the default of ECS since June
# 2025, would lose some (ECS Developer Guide, account setting defaultLogDriverMode).
LOG_OPTIONS = {"awslogs-stream-prefix": STREAM_PREFIX, "mode": "blocking"}
FIRELENS = "awsfirelens"
SHOWN = ("cpu", "memory", "memoryReservation", "command", "logConfiguration")

# Lists whose order means nothing; commands, names of DNS servers and environment files have an order.
UNORDERED = {
    "containerDefinitions",
    "dependsOn",
    "environment",
    "extraHosts",
    "links",
    "mountPoints",
    "placementConstraints",
    "portMappings",
    "requiresCompatibilities",
    "resourceRequirements",
    "secretOptions",
    "secrets",
    "systemControls",
    "ulimits",
    "volumes",
    "volumesFrom",
    "add",
    "drop",
    "devices",
    "tmpfs",
}
# What a setting is where it is left out; False, zero and everything empty besides.
DEFAULTS: dict[str, Any] = {
    "essential": True,
    "interval": 30,
    "networkMode": "bridge",
    "protocol": "tcp",
    "retries": 3,
    "rootDirectory": "/",
    "scope": "task",
    "timeout": 5,
    "transitEncryption": "DISABLED",
    "versionConsistency": "enabled",
}
# Maps of the operator's own words.
VERBATIM = {"dockerLabels", "driverOpts", "labels", "options"}
SAME_PORTS = {"awsvpc", "host"}  # network modes in which a host port is the container's


def register_input(ecs: Any, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a described definition what RegisterTaskDefinition accepts: botocore's model is the list."""
    accepted = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    return {name: copy.deepcopy(value) for name, value in definition.items() if name in accepted}


def reshape(definition: dict[str, Any], params: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Apply the changes a run makes to a register input.

    Args:
        definition: the base's register input; changed in place and returned.
        params: ``container``; ``task_memory``, ``memory``, ``memory_reservation`` in MiB and ``task_cpu`` in CPU
            units (0 removes, None keeps; the container's own CPU is lowered to what the task leaves it);
            ``env`` (merged by name) and ``command`` of that container, and the ``log_group`` it logs to, in ``region``.

    Raises:
        NotFound: the definition has no such container.
        InvalidInput: no memory setting is left.
    """
    container = container_definition(definition, params["container"])
    if not container:
        names = ", ".join(entry["name"] for entry in definition.get("containerDefinitions", []))
        raise NotFound(
            f"The task definition family {definition['family']!r} has no container {params['container']!r};"
            f" it has: {names}."
        )
    _set_size(definition, "memory", params.get("task_memory"), as_text=True)
    _set_size(definition, "cpu", params.get("task_cpu"), as_text=True)
    if params.get("task_cpu"):
        _fit_cpu(definition, container)
    _set_size(container, "memory", params.get("memory"))
    _set_size(container, "memoryReservation", params.get("memory_reservation"))
    if not any((definition.get("memory"), container.get("memory"), container.get("memoryReservation"))):
        raise InvalidInput(
            f"Container {params['container']!r} would have no memory setting at all: set memory,"
            " memory_reservation or task_memory."
        )
    _set_environment(container, params.get("env") or {})
    if params.get("command"):
        container["command"] = parse_command(params["command"])
        check_entry_point(container["command"], container)
    if params.get("log_group"):
        _set_log_group(container, params["log_group"], region)
        _remove_idle_router(definition, container)
    return definition


def shape(definition: Mapping[str, Any], container: str) -> dict[str, Any]:
    """Give the part of a definition a clone may differ in, for the diff: of variables the names only."""
    entry = container_definition(definition, container)
    shown = {name: entry[name] for name in SHOWN if name in entry}
    shown["environment"] = sorted(variable["name"] for variable in entry.get("environment") or [])
    cpu = {"cpu": definition["cpu"]} if definition.get("cpu") else {}
    return {**cpu, "memory": definition.get("memory"), "containerDefinitions": {container: shown}}


def _set_size(target: dict[str, Any], name: str, value: int | None, as_text: bool = False) -> None:
    if value == 0:
        target.pop(name, None)
    elif value is not None:
        target[name] = str(value) if as_text else value


def _fit_cpu(definition: Mapping[str, Any], container: dict[str, Any]) -> None:
    """Lower the container's CPU to what the task has left for it: ECS refuses containers that take more than the task.

    It is never raised: within its task, a container may use what the others leave.
    """
    others = sum(each.get("cpu") or 0 for each in definition["containerDefinitions"] if each is not container)
    left = max(size(definition.get("cpu")) - others, 0)
    if (container.get("cpu") or 0) > left:
        container["cpu"] = left


def _set_environment(container: dict[str, Any], variables: Mapping[str, Any]) -> None:
    """Set variables by name; ECS refuses one that is a secret, too."""
    kept = [entry for entry in container.get("environment") or [] if entry["name"] not in variables]
    container["environment"] = kept + [{"name": name, "value": str(value)} for name, value in variables.items()]
    if container.get("secrets"):
        container["secrets"] = [entry for entry in container["secrets"] if entry["name"] not in variables]


def _set_log_group(container: dict[str, Any], group: str, region: str) -> None:
    """Send the container's log to CloudWatch, unless it goes to that group already."""
    there = group_of(container)
    if there is None or (there.name, there.region or region) != (group, region):
        container["logConfiguration"] = {
            "logDriver": AWSLOGS,
            "options": {"awslogs-group": group, "awslogs-region": region, **LOG_OPTIONS},
        }


def _remove_idle_router(definition: dict[str, Any], container: dict[str, Any]) -> None:
    """Remove FireLens's log router where no container logs through it any more: ECS refuses one without any.

    Without FireLens its health check would fail, on which the container may depend.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
    """
    containers = definition["containerDefinitions"]
    routers = {each["name"] for each in containers if each.get("firelensConfiguration")} - {container["name"]}
    if not routers or any((each.get("logConfiguration") or {}).get("logDriver") == FIRELENS for each in containers):
        return
    kept = [each for each in containers if each["name"] not in routers]
    definition["containerDefinitions"] = kept
    for each in kept:
        for name, other in (("dependsOn", "containerName"), ("volumesFrom", "sourceContainer")):
            if each.get(name):
                each[name] = [one for one in each[name] if one.get(other) not in routers]
        if each.get("links"):
            each["links"] = [one for one in each["links"] if one.partition(":")[0] not in routers]
    if not any(each.get("essential", True) for each in kept):
        container["essential"] = True


def normalised(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Write a register input so that two of the same meaning are equal."""
    return _normalised(definition, definition.get("networkMode") in SAME_PORTS)


def _normalised(part: Mapping[str, Any], same_ports: bool) -> dict[str, Any]:
    tidy = {name: _tidy(name, value, same_ports) for name, value in part.items()}
    found = {name: value for name, value in tidy.items() if not _is_default(name, value)}
    if same_ports and found.get("hostPort") == found.get("containerPort"):
        found.pop("hostPort", None)
    return found


def _is_default(name: str, value: Any) -> bool:
    if name in DEFAULTS:
        return value is None or value == DEFAULTS[name]
    return not value


def _tidy(name: str, value: Any, same_ports: bool) -> Any:
    if isinstance(value, dict):
        return value if name in VERBATIM else _normalised(value, same_ports)
    if isinstance(value, list):
        items = [_tidy("", item, same_ports) for item in value]
        return sorted(items, key=_key(name)) if name in UNORDERED else items
    return value


def _key(name: str) -> Callable[[Any], str]:
    """Give what to sort a list by: of two variables of one name the later one counts, so they keep their order."""
    if name == "environment":
        return lambda item: str(item["name"])
    return lambda item: json.dumps(item, sort_keys=True, default=str)
