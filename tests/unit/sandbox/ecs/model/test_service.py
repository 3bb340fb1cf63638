"""A service and its deployments."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.ecs.model.service import Deployment, Service


def task(last_status: str, desired_status: str = "RUNNING") -> Any:
    return SimpleNamespace(last_status=last_status, desired_status=desired_status)


@pytest.fixture
def service() -> Service:
    cluster: Any = SimpleNamespace(name="workers", arn="arn:cluster")
    old, new = (Deployment(SimpleNamespace(arn=f"arn:{name}"), count) for name, count in (("old", 0), ("new", 3)))
    new.tasks += [task("RUNNING"), task("PENDING"), task("PROVISIONING")]
    old.tasks += [task("RUNNING", "STOPPED"), task("RUNNING")]
    return Service(cluster, "jobs", {"desiredCount": 3, "launchType": "EC2"}, [new, old])


def test_tasks_that_are_to_stop_do_not_count_as_running(service: Service) -> None:
    described = service.describe()
    assert (described["desiredCount"], described["runningCount"], described["pendingCount"]) == (3, 2, 2)
    assert [one["runningCount"] for one in described["deployments"]] == [1, 1]
    assert described["taskDefinition"] == "arn:new"
    assert [one["launchType"] for one in described["deployments"]] == ["EC2", "EC2"]


def test_the_newest_hundred_events_are_kept_newest_first(service: Service) -> None:
    for number in range(105):
        service.event(f"number {number}.")
    messages = [event["message"] for event in service.describe()["events"]]
    assert len(messages) == 100
    assert (messages[0], messages[-1]) == ("(service jobs) number 104.", "(service jobs) number 5.")


def test_its_arn_names_the_cluster(service: Service) -> None:
    assert service.arn == service.physical_resource_id == "arn:aws:ecs:us-east-1:123456789012:service/workers/jobs"
