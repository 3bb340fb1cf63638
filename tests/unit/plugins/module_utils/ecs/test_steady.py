"""Which services of a cluster are steady."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound
from ansible_collections.climate.ingest.plugins.module_utils.ecs import steady
from tests.fakes.aws import FakeAws, Refusal

OURS = [{"key": "climate.ingest:environment", "value": "staging"}]
DONE = {"rolloutState": "COMPLETED"}


def service(name: str = "web", running: int = 2, desired: int = 2, **more: Any) -> dict[str, Any]:
    counts = {"runningCount": running, "desiredCount": desired}
    return {"serviceName": name, "status": "ACTIVE", **counts, "deployments": [DONE], **more}


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (service(), True),
        (service(deployments=[{}]), True),  # made before ECS told of rollouts
        (service(running=1), False),
        (service(running=3), False),
        (service(status="DRAINING"), False),
        (service(deployments=[{"rolloutState": "IN_PROGRESS"}]), False),
        (service(deployments=[DONE, DONE]), False),
        (service(deployments=[]), False),  # of another deployment controller
    ],
)
def test_steady_is_what_runs_as_desired_with_one_deployment(described: dict[str, Any], expected: bool) -> None:
    assert steady.is_steady(described) is expected


def test_only_services_of_others_that_want_tasks_are_named(aws: FakeAws) -> None:
    aws.on("ListServices", {"serviceArns": ["a", "b", "c", "d"]})
    idle, ours, broken = service("idle", 0, 0), service("ingest", tags=OURS), service("worse", 0)
    aws.on("DescribeServices", {"services": [service("web"), idle, ours, broken, service("api")]})
    assert steady.steady_names(aws.context(), "c", "staging") == ["api", "web"]


def test_a_missing_cluster_is_told(aws: FakeAws) -> None:
    aws.on("ListServices", Refusal("ClusterNotFoundException"))
    with pytest.raises(NotFound):
        steady.steady_names(aws.context(), "c", "staging")


def test_services_are_described_by_name_without_those_deleted(aws: FakeAws) -> None:
    aws.on("DescribeServices", {"services": [service("web"), service("old", status="INACTIVE")]})
    assert set(steady.describe(aws.context(), "c", ["web", "old"])) == {"web"}


def test_the_last_start_is_that_of_the_newest_event_that_tells_of_one() -> None:
    messages = ["(service web) has reached a steady state.", "(service web) has started 1 tasks: (task 2).", "x"]
    events = [{"id": str(number), "message": text} for number, text in enumerate(messages)]
    assert (steady.last_start(service(events=events)), steady.last_start(service())) == ("1", "")


def test_why_a_service_is_not_steady_has_its_newest_events() -> None:
    events = [{"message": f"(service web) event {number}."} for number in range(9)]
    text = steady.why_not(service(running=1, events=events))
    assert text == (
        "1 of 2 tasks run. Its last events: (service web) event 0; (service web) event 1; (service web) event 2."
    )
    assert steady.why_not(service(running=0)) == "0 of 2 tasks run."
