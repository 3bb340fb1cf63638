# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An ECS service: read, and waited for until it and its tasks have ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..core.aws import ClientError, error_code, tag_dict
from ..core.context import Context
from ..core.errors import NotFound
from ..core.text import count
from ..core.waiting import poll
from .definitions.revisions import ENVIRONMENT_TAG
from .tasks import describe_tasks

NOT_ACTIVE = {"ServiceNotFoundException", "ServiceNotActiveException"}
UNPLACED = "was unable to place a task"
_REASON = re.compile(r"(?:because|Reason:) (.*?)(?:\. For more information|$)")
_CLOSEST = re.compile(r".*(?:Reason: |The closest matching (?:has|is|encountered error) )")
_WHO = re.compile(r"\(service [^)]*\) | \(container-instance [^)]*\)| container-instance [0-9a-f-]+")


def read(context: Context, cluster: str, name: str) -> dict[str, Any] | None:
    """Describe a service with its tags (an element of DescribeServices); None when it is missing or INACTIVE.

    Raises:
        NotFound: there is no such cluster.
    """
    found = _describe(context, cluster, name)
    return None if found is None or found["status"] == "INACTIVE" else found


def _describe(context: Context, cluster: str, name: str) -> dict[str, Any] | None:
    try:
        answer = context.client("ecs").describe_services(cluster=cluster, services=[name], include=["TAGS"])
    except ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
        raise NotFound(f"There is no ECS cluster {cluster}.") from error
    return next(iter(answer["services"]), None)


def events(service: Mapping[str, Any], known: set[str] | None = None) -> list[dict[str, Any]]:
    """Give the events of a service, newest first as ECS lists them, without those already ``known`` by id."""
    return [each for each in service.get("events", []) if each["id"] not in (known or set())]


def placement_problem(event: Mapping[str, Any]) -> str | None:
    """Read from an event why ECS cannot place a task, without the names of service and instances.

    Returns:
        None where the event tells something else.
    """
    if UNPLACED not in event["message"]:
        return None
    text = _WHO.sub("", event["message"])
    found = _REASON.search(text)
    return (found[1] if found else text).rstrip(".")


def in_short(problem: str) -> str:
    """Give what is wrong with the instance that comes closest, of a ``placement_problem``."""
    return _CLOSEST.sub("", problem).strip(".'\"")


def began(service: Mapping[str, Any]) -> datetime | None:
    """Give since when a service works for a run; what stopped before is of an earlier use of it.

    One of ours is made for it. One that stays gets the run's definition, and with it a new deployment.
    """
    primary: Mapping[str, Any] = next(
        (each for each in service.get("deployments", []) if each["status"] == "PRIMARY"), {}
    )
    is_ours = ENVIRONMENT_TAG in tag_dict(service.get("tags"))
    moment: datetime | None = (service if is_ours or not primary else primary).get("createdAt")
    return moment


def await_inactive(context: Context, cluster: str, name: str, timeout: float) -> None:
    """Wait until the name is free again: a deleted service is DRAINING while its tasks stop.

    Raises:
        DeadlineExceeded: it still drains.
    """

    def inactive() -> bool | None:
        service = read(context, cluster, name)
        if service is not None:
            context.progress.status(f"service {name}: {service['status']}, {service['runningCount']} workers still run")
        return True if service is None else None

    poll(context, inactive, what=f"service {name} to be deleted", timeout=timeout, interval=0.5)


def stopping_tasks(context: Context, cluster: str, name: str) -> list[str]:
    """List (ARNs) the tasks of a deleted service that have not ended yet.

    A service is INACTIVE once its tasks are *stopping*; they may still write to the database for half a minute.
    """
    ecs, arns = context.client("ecs"), []
    for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus="STOPPED"):
        arns += page["taskArns"]
    return [
        each["taskArn"]
        for each in describe_tasks(ecs, cluster, arns)
        if each.get("group") == f"service:{name}" and each["lastStatus"] != "STOPPED"
    ]


def await_stopped(context: Context, cluster: str, name: str, timeout: float) -> None:
    """Wait until no task of a deleted service runs any more.

    Raises:
        DeadlineExceeded: some still do.
    """
    left = stopping_tasks(context, cluster, name)

    def stopped() -> bool | None:
        tasks = describe_tasks(context.client("ecs"), cluster, left)
        running = [each for each in tasks if each["lastStatus"] != "STOPPED"]
        context.progress.status(f"service {name}: {count(len(running), 'worker')} stopping")
        return None if running else True

    if left:
        poll(context, stopped, what=f"{count(len(left), 'worker')} of {name} to stop", timeout=timeout, interval=0.5)
