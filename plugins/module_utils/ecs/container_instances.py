# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The container instances of a cluster."""

from __future__ import annotations

from typing import Any

from ..core.aws import ClientError, batches, error_code
from ..core.context import Context
from ..core.errors import NotFound


def list_instances(
    context: Context, cluster: str, expression: str = "", status: str | None = None
) -> list[dict[str, Any]]:
    """Describe a cluster's container instances, 100 a call.

    Args:
        context: gives the ECS client.
        cluster: name or ARN.
        expression: keeps those that match, in the cluster query language of ``memberOf`` constraints.
        status: ``ACTIVE`` or ``DRAINING``; None takes all but those deregistered.

    Raises:
        NotFound: there is no such cluster.
    """
    ecs = context.client("ecs")
    query = (
        {"cluster": cluster} | ({"filter": expression} if expression else {}) | ({"status": status} if status else {})
    )
    try:
        pages = list(ecs.get_paginator("list_container_instances").paginate(**query))
    except ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
        raise NotFound(f"There is no ECS cluster {cluster}.") from error
    arns = [arn for page in pages for arn in page["containerInstanceArns"]]
    found: list[dict[str, Any]] = []
    for part in batches(arns, 100):
        found += ecs.describe_container_instances(cluster=cluster, containerInstances=list(part))["containerInstances"]
    return found
