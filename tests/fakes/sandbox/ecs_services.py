"""Services of a sandboxed cluster, as tests make and watch them."""

from __future__ import annotations

from typing import Any

from tests.fakes.sandbox.ecs_world import World


def create(world: World, definition: str, count: int, name: str = "jobs", **settings: Any) -> dict[str, Any]:
    answer = world.ecs.create_service(
        cluster="workers", serviceName=name, taskDefinition=definition, desiredCount=count, **settings
    )
    return dict(answer["service"])


def messages(world: World, name: str = "jobs") -> list[str]:
    """Give the service's events, oldest first."""
    return [event["message"] for event in world.service(name)["events"]][::-1]


def tasks_of(world: World, name: str = "jobs", status: str = "RUNNING") -> list[str]:
    answer = world.ecs.list_tasks(cluster="workers", serviceName=name, desiredStatus=status)
    return list(answer["taskArns"])


def running(world: World, count: int, name: str = "jobs") -> dict[str, Any]:
    """Wait until a service runs so many tasks and nothing moves any more."""

    def steady() -> dict[str, Any] | None:
        service = world.service(name)
        counts = (service["runningCount"], service["pendingCount"], len(service["deployments"]))
        return service if counts == (count, 0, 1) and len(tasks_of(world, name)) == count else None

    return dict(world.until(steady))
