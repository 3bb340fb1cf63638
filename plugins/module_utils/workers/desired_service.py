# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The workers' service as it should be, in the words of CreateService."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ecs.launch import launch_arguments


def type_expression(types: Sequence[str]) -> str:
    """Write the runbook's cluster query, ``attribute:ecs.instance-type == m4.2xlarge``, for one type or several."""
    attribute = "attribute:ecs.instance-type"
    return f"{attribute} == {types[0]}" if len(types) == 1 else f"{attribute} in [{', '.join(types)}]"


def wanted(params: Mapping[str, Any], definition_arn: str) -> dict[str, Any]:
    """Write the service as CreateService takes it, without cluster, name and tags.

    A changed definition replaces workers in place (0 to 100 %): twice the workers would not fit. Zone rebalancing,
    which would stop busy workers, is off.
    """
    desired: dict[str, Any] = {
        "taskDefinition": definition_arn,
        "desiredCount": params["count"],
        "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100},
        "availabilityZoneRebalancing": "DISABLED",
    }
    arguments = launch_arguments(params)
    if on_fargate(params):
        placement = ("placementConstraints", "placementStrategy")
        return desired | {name: value for name, value in arguments.items() if name not in placement}
    expressions = [type_expression(params["instance_types"])] if params.get("instance_types") else []
    constraints = [{"type": "memberOf", "expression": each} for each in expressions]
    constraints += arguments.pop("placementConstraints", [])
    return desired | {"placementConstraints": constraints, "placementStrategy": []} | arguments


def on_fargate(params: Mapping[str, Any]) -> bool:
    """Say whether there are no container instances to place workers on."""
    providers = [each["capacity_provider"] for each in params.get("capacity_provider_strategy") or []]
    return params.get("launch_type") == "FARGATE" or any(each.startswith("FARGATE") for each in providers)


def summary(service: Mapping[str, Any]) -> dict[str, Any]:
    """Give the part that matters of a desired or described service, in one shape for comparing and for the diff."""
    awsvpc = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return {
        "desiredCount": service["desiredCount"],
        "taskDefinition": service["taskDefinition"],
        "placementConstraints": sorted(service.get("placementConstraints", []), key=_by_text),
        "placementStrategy": [_strategy(each) for each in service.get("placementStrategy", [])],
        "networkConfiguration": {
            "subnets": sorted(awsvpc.get("subnets", [])),
            "securityGroups": sorted(awsvpc.get("securityGroups", [])),
            "assignPublicIp": awsvpc.get("assignPublicIp", "DISABLED"),
        },
    }


def changes(before: Mapping[str, Any], desired: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments of UpdateService: only what is to change, as a network configuration starts a deployment.

    Args:
        before: the summary of the service as it is.
        desired: the service as CreateService takes it.
    """
    after = summary(desired)
    return {name: desired[name] for name in after if name in desired and after[name] != before.get(name)}


def _by_text(constraint: Mapping[str, str]) -> tuple[str, str]:
    """All constraints must hold, in any order."""
    return constraint["type"], constraint.get("expression", "")


def _strategy(step: Mapping[str, str]) -> dict[str, str]:
    """Write a step in one way: ECS answers ``MEMORY`` where ``memory`` was sent, and ``host`` is ``instanceId``."""
    field = step.get("field", "")
    if field.lower() in ("cpu", "memory"):
        field = field.lower()
    return {"type": step["type"]} | ({"field": "instanceId" if field == "host" else field} if field else {})


def memberships(desired: Mapping[str, Any]) -> str:
    """Join the ``memberOf`` constraints into one query for ListContainerInstances; empty without any."""
    found = [each["expression"] for each in desired["placementConstraints"] if each["type"] == "memberOf"]
    return found[0] if len(found) == 1 else " and ".join(f"({each})" for each in found)
