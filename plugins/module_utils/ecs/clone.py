# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task definition as RegisterTaskDefinition takes it: copied, changed, compared."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidInput, NotFound
from ..core.secrets import container_definition
from .overrides import parse_command

STREAM_PREFIX = "ingest"  # of the log streams of containers whose log is sent to a group of the operator's choice
SHOWN = ("memory", "memoryReservation", "command", "logConfiguration")


def register_input(ecs: Any, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a described definition what RegisterTaskDefinition accepts: botocore's model is the list."""
    accepted = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    return {name: copy.deepcopy(value) for name, value in definition.items() if name in accepted}


def reshape(definition: dict[str, Any], params: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Apply the changes a run makes to a register input.

    Args:
        definition: the base's register input; changed in place and returned.
        params: ``container``; ``task_memory``, ``memory``, ``memory_reservation`` in MiB (0 removes, None keeps);
            ``env`` (merged by name), ``command`` and ``log_group`` of that container.

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
    _set_memory(definition, "memory", params.get("task_memory"), as_text=True)
    _set_memory(container, "memory", params.get("memory"))
    _set_memory(container, "memoryReservation", params.get("memory_reservation"))
    if not any((definition.get("memory"), container.get("memory"), container.get("memoryReservation"))):
        raise InvalidInput(
            f"Container {params['container']!r} would have no memory setting at all: set memory,"
            " memory_reservation or task_memory."
        )
    _set_environment(container, params.get("env") or {})
    if params.get("command"):
        container["command"] = parse_command(params["command"])
    if params.get("log_group"):
        _set_log_group(container, params["log_group"], region)
    return definition


def shape(definition: Mapping[str, Any], container: str) -> dict[str, Any]:
    """Give the part of a definition a clone may differ in, for the diff: of variables the names only."""
    entry = container_definition(definition, container)
    shown = {name: entry[name] for name in SHOWN if name in entry}
    shown["environment"] = sorted(variable["name"] for variable in entry.get("environment") or [])
    return {"memory": definition.get("memory"), "containerDefinitions": {container: shown}}


def _set_memory(target: dict[str, Any], name: str, value: int | None, as_text: bool = False) -> None:
    if value == 0:
        target.pop(name, None)
    elif value is not None:
        target[name] = str(value) if as_text else value


def _set_environment(container: dict[str, Any], variables: Mapping[str, Any]) -> None:
    """Set variables by name; ECS refuses one that is a secret, too."""
    kept = [entry for entry in container.get("environment") or [] if entry["name"] not in variables]
    container["environment"] = kept + [{"name": name, "value": str(value)} for name, value in variables.items()]
    if container.get("secrets"):
        container["secrets"] = [entry for entry in container["secrets"] if entry["name"] not in variables]


def _set_log_group(container: dict[str, Any], group: str, region: str) -> None:
    """Send the container's log to CloudWatch, unless it goes to that group already."""
    logging = container.get("logConfiguration", {})
    if logging.get("logDriver") != "awslogs" or logging.get("options", {}).get("awslogs-group") != group:
        container["logConfiguration"] = {
            "logDriver": "awslogs",
            "options": {"awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": STREAM_PREFIX},
        }
