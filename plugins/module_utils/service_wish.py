# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The workers' service as it should be, in the words of CreateService."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def type_expression(types: Sequence[str]) -> str:
    """Write the runbook's cluster query, ``attribute:ecs.instance-type == m4.2xlarge``, for one type or several."""
    attribute = "attribute:ecs.instance-type"
    return f"{attribute} == {types[0]}" if len(types) == 1 else f"{attribute} in [{', '.join(types)}]"


def wanted(params: Mapping[str, Any], definition_arn: str) -> dict[str, Any]:
    """Write the service as CreateService takes it, without cluster, name and tags.

    A changed definition replaces workers in place (0 to 100 %): twice the workers would not fit. Zone rebalancing,
    which would stop busy workers, is off.
    """
    wish: dict[str, Any] = {
        "taskDefinition": definition_arn,
        "desiredCount": params["count"],
        "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100},
        "availabilityZoneRebalancing": "DISABLED",
    }
    if params.get("capacity_provider_strategy"):
        wish["capacityProviderStrategy"] = _set_values(params["capacity_provider_strategy"])
    elif params.get("launch_type"):
        wish["launchType"] = params["launch_type"]
    if params.get("network_configuration"):
        wish["networkConfiguration"] = _network(params["network_configuration"])
    if not on_fargate(params):
        expressions = [type_expression(params["instance_types"])] if params.get("instance_types") else []
        constraints = [{"type": "memberOf", "expression": each} for each in expressions]
        wish["placementConstraints"] = constraints + _set_values(params.get("placement_constraints"))
        wish["placementStrategy"] = _set_values(params.get("placement_strategy"))
    return wish


def on_fargate(params: Mapping[str, Any]) -> bool:
    """Say whether there are no container instances to place workers on."""
    providers = [each["capacity_provider"] for each in params.get("capacity_provider_strategy") or []]
    return params.get("launch_type") == "FARGATE" or any(each.startswith("FARGATE") for each in providers)


def _set_values(items: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Give options that are lists of dicts in AWS's spelling, without what is not set."""
    return [{_camel(key): value for key, value in each.items() if value is not None} for each in items or []]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _network(network: Mapping[str, Any]) -> dict[str, Any]:
    public = network.get("assign_public_ip")
    awsvpc: dict[str, Any] = {"subnets": sorted(network["subnets"])}
    if network.get("security_groups"):
        awsvpc["securityGroups"] = sorted(network["security_groups"])
    if public is not None:
        awsvpc["assignPublicIp"] = "ENABLED" if public else "DISABLED"
    return {"awsvpcConfiguration": awsvpc}


def summary(service: Mapping[str, Any]) -> dict[str, Any]:
    """Give the part that matters of a wanted or described service, in one shape for comparing and for the diff."""
    awsvpc = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return {
        "desiredCount": service["desiredCount"],
        "taskDefinition": service["taskDefinition"],
        "placementConstraints": service.get("placementConstraints", []),
        "placementStrategy": service.get("placementStrategy", []),
        "networkConfiguration": {
            "subnets": sorted(awsvpc.get("subnets", [])),
            "securityGroups": sorted(awsvpc.get("securityGroups", [])),
            "assignPublicIp": awsvpc.get("assignPublicIp", "DISABLED"),
        },
    }


def memberships(wish: Mapping[str, Any]) -> str:
    """Join the ``memberOf`` constraints into one query for ListContainerInstances; empty without any."""
    found = [each["expression"] for each in wish["placementConstraints"] if each["type"] == "memberOf"]
    return found[0] if len(found) == 1 else " and ".join(f"({each})" for each in found)
