# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stops the worker of a canary that has failed: it would give up one job after the other until it is removed."""

from __future__ import annotations

from ...core.aws import AWS_ERRORS, why_unread
from ...core.context import Context
from ...core.errors import IngestError
from ...core.waiting import poll
from ...ecs import services

TIMEOUT = 300.0  # a container has ECS_CONTAINER_STOP_TIMEOUT, by default 30 s, before it is killed (ECS agent)


def stop_workers(context: Context, cluster: str, service: str) -> str:
    """Ask for no worker of the service, and wait until none runs.

    A job that a worker has in hand is not lost: its message returns after the queue's visibility timeout.

    Returns:
        Why a worker may still run; empty: none does.
    """
    try:
        _stop(context, cluster, service)
    except IngestError as error:
        return error.message
    except AWS_ERRORS as error:
        return why_unread(error)
    return ""


def _stop(context: Context, cluster: str, service: str) -> None:
    found = services.read(context, cluster, service)
    if found is None:
        return
    if found["status"] == "ACTIVE" and found["desiredCount"]:
        context.client("ecs").update_service(cluster=cluster, service=service, desiredCount=0)

    def none_left() -> bool | None:
        now = services.read(context, cluster, service)
        context.progress.status(f"canary: the worker of {service} is being stopped")
        return None if now and now["runningCount"] + now["pendingCount"] else True

    poll(context, none_left, what=f"the worker of {service} to stop", timeout=TIMEOUT, interval=0.5)
    services.await_stopped(context, cluster, service, TIMEOUT)
