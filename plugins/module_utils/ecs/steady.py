# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Other people's services of a cluster: which are steady, and what ECS says of those that are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.aws import batches
from ..core.context import Context
from .leftovers import SERVICES_BATCH, others

STARTED = "has started"
EVENTS = 3  # of a service that is not steady, the newest


def is_steady(service: Mapping[str, Any]) -> bool:
    """Say whether a service (an element of DescribeServices) runs what it wants, with no deployment under way.

    That is what botocore's waiter services_stable waits for, and that the one deployment is completed.
    """
    deployments = service.get("deployments", [])
    completed = len(deployments) == 1 and deployments[0].get("rolloutState", "COMPLETED") == "COMPLETED"
    return bool(service["status"] == "ACTIVE" and completed and service["runningCount"] == service["desiredCount"])


def steady_names(context: Context, cluster: str, environment: str) -> list[str]:
    """Name the services that are not ours, want tasks and are steady.

    Raises:
        NotFound: there is no such cluster.
    """
    found = others(context, cluster, environment)
    return sorted(each["serviceName"] for each in found if each["desiredCount"] and is_steady(each))


def describe(context: Context, cluster: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Describe services by name; those that were deleted are left out."""
    ecs = context.client("ecs")
    found: dict[str, dict[str, Any]] = {}
    for batch in batches(names, SERVICES_BATCH):
        answer = ecs.describe_services(cluster=cluster, services=list(batch))
        found |= {each["serviceName"]: each for each in answer["services"] if each["status"] != "INACTIVE"}
    return found


def last_start(service: Mapping[str, Any]) -> str:
    """Give the id of the newest event that tells of tasks that were started; empty where there is none.

    A service whose tasks end as soon as they run is steady whenever it has started one: it starts them again and again.
    """
    return next((str(each["id"]) for each in service.get("events", []) if STARTED in each["message"]), "")


def why_not(service: Mapping[str, Any]) -> str:
    """Tell how far a service is from being steady, with its newest events."""
    text = f"{service['runningCount']} of {service['desiredCount']} tasks run"
    events = [str(each["message"]).rstrip(".") for each in service.get("events", [])[:EVENTS]]
    return f"{text}. Its last events: {'; '.join(events)}." if events else f"{text}."
