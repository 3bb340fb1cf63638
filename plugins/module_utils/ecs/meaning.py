# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether two task definitions mean the same: what ECS describes is not what was sent.

It adds defaults, some of them years after a revision was registered, and gives lists that have no order in any.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

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
