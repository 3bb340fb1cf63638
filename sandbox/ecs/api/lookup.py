"""Finding what a request names, and cutting lists into pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.ecs.exceptions import ClusterNotFoundException, ECSException, InvalidParameterException
from moto.ecs.models import Cluster

from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.container_instance import ContainerInstance
from sandbox.ecs.model.task import Task


def cluster(backend: Backend, params: Mapping[str, Any]) -> Cluster:
    """Find the ACTIVE cluster a request names (name or ARN; ``default`` without one).

    Raises:
        ClusterNotFoundException: no such cluster, or an inactive one.
    """
    name = params.get("cluster", "default").rpartition("/")[2]
    found = backend.clusters.get(name)
    if found is None:
        raise ClusterNotFoundException
    if found.status != "ACTIVE":
        raise ECSException("ClusterNotFoundException", "The referenced cluster was inactive.")
    return found


def task(backend: Backend, within: Cluster, reference: str) -> Task:
    """Find a task by id or ARN.

    Raises:
        InvalidParameterException: no such task in the cluster.
    """
    found = backend.tasks.get(within.name, {}).get(_arn_key(backend, within, reference))
    if found is None:
        raise InvalidParameterException("The referenced task was not found.")
    return found


def _arn_key(backend: Backend, within: Cluster, reference: str) -> str:
    prefix = within.arn.replace(":cluster/", ":task/")
    return reference if reference.startswith("arn:") else f"{prefix}/{reference}"


def instance(backend: Backend, within: Cluster, reference: str) -> ContainerInstance | None:
    """Find a container instance by id or ARN."""
    return backend.container_instances.get(within.name, {}).get(reference.rpartition("/")[2])


def missing(kind: str, within: Cluster, reference: str) -> dict[str, str]:
    """Give the entry of ``failures`` for something that is not there."""
    prefix = within.arn.replace(":cluster/", f":{kind}/")
    return {"arn": reference if reference.startswith("arn:") else f"{prefix}/{reference}", "reason": "MISSING"}


def page(
    key: str, items: Sequence[str], params: Mapping[str, Any], limit: int = 100, default: int = 100
) -> dict[str, Any]:
    """Give one page of a list operation's answer.

    Args:
        key: the answer's name of the list.
        items: everything.
        params: the request, with ``maxResults`` and ``nextToken``.
        limit: most that may be asked for.
        default: page size when nothing is asked for.

    Raises:
        InvalidParameterException: a size or token that cannot be.
    """
    size = params.get("maxResults", default)
    token = params.get("nextToken", "0")
    if not 1 <= size <= limit:
        raise InvalidParameterException(f"maxResults should be between 1 and {limit}.")
    if not token.isdigit():
        raise InvalidParameterException("Invalid token")
    start = int(token)
    answer: dict[str, Any] = {key: list(items[start : start + size])}
    if start + size < len(items):
        answer["nextToken"] = str(start + size)
    return answer
