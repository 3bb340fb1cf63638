# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a standing service is at rest and nobody else's, and can run the workers on container instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.aws import tag_dict
from ...core.context import Context
from ...core.errors import Foreign, NotFound, Refused
from ...core.text import count
from ...ecs import services
from ...ecs.definitions.revisions import ENVIRONMENT_TAG
from ...record import standing

VARIABLE = standing.VARIABLES[standing.SERVICE]


def existing(context: Context, cluster: str, name: str) -> dict[str, Any]:
    """Describe the service.

    Raises:
        NotFound: there is none of that name that is ACTIVE.
        Foreign: a run made it.
    """
    service = services.read(context, cluster, name)
    if service is None or service["status"] != "ACTIVE":
        state = f"is {service['status']}" if service else f"does not exist in cluster {cluster}"
        raise NotFound(f"{VARIABLE} is {name!r}: that service {state}. Name one that stays, or none.")
    environment = tag_dict(service.get("tags")).get(ENVIRONMENT_TAG)
    if environment:
        raise Foreign(
            f"{VARIABLE} is {name!r}, a service that a run of {environment} made and deletes. Name one that stays, or"
            " none."
        )
    return service


def check(context: Context, cluster: str, service: Mapping[str, Any]) -> None:
    """Make sure that a service may be borrowed.

    Raises:
        Refused: it may not; the message has all reasons.
    """
    name = service["serviceName"]
    reasons = [*activity(service, desired=True), *_unfit(service), *_others(context, cluster, name)]
    if reasons:
        raise Refused(
            f"{VARIABLE} is {name!r}, which cannot be used: {'; '.join(reasons)}. Wait until it is at rest, or use"
            " another service, or leave the variable empty for a service of the run's own."
        )


def activity(service: Mapping[str, Any], desired: bool = False) -> list[str]:
    """Say what goes on in a service; nothing where it is at rest.

    Args:
        desired: whether its desired count counts, too.
    """
    found = [f"its desired count is {service['desiredCount']}, not 0"] if desired and service["desiredCount"] else []
    tasks = service["runningCount"] + service["pendingCount"]
    found += [f"{count(tasks, 'task')} of it {'run' if tasks > 1 else 'runs'}"] if tasks else []
    deployments = service.get("deployments", [])
    rolling = len(deployments) > 1 or any(each.get("rolloutState") == "IN_PROGRESS" for each in deployments)
    return found + (["a deployment of it is in progress"] if rolling else [])


def _unfit(service: Mapping[str, Any]) -> list[str]:
    controller = service.get("deploymentController", {}).get("type", "ECS")
    strategy = service.get("schedulingStrategy", "REPLICA")
    providers = [each["capacityProvider"] for each in service.get("capacityProviderStrategy", [])]
    found = [f"{controller} deploys it, and UpdateService gives it no definition"] if controller != "ECS" else []
    found += [f"it is a {strategy} service, which has no desired count"] if strategy != "REPLICA" else []
    on_fargate = service.get("launchType") == "FARGATE" or any(each.startswith("FARGATE") for each in providers)
    return found + (["it runs on Fargate, not on the instances of the fleet"] if on_fargate else [])


def _others(context: Context, cluster: str, name: str) -> list[str]:
    """Find what else moves its count: Application Auto Scaling."""
    answer = context.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/{cluster}/{name}"]
    )
    targets = answer["ScalableTargets"]
    return ["Application Auto Scaling moves its desired count (it is a scalable target)"] if targets else []
