"""A service as it is, and the wait until it and its tasks have ended."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, NotFound
from ansible_collections.climate.ingest.plugins.module_utils.ecs import services
from tests.fakes.aws import FakeAws, Refusal

SERVICE = {"serviceName": "s", "status": "ACTIVE", "runningCount": 2}


def task(name: str, group: str = "service:s", status: str = "DEPROVISIONING") -> dict[str, Any]:
    return {"taskArn": name, "group": group, "lastStatus": status}


def stopping(aws: FakeAws, *tasks: dict[str, Any], last: float = 0) -> None:
    """Script tasks that are told to stop, and stop at ``last`` seconds."""
    aws.on("ListTasks", {"taskArns": [each["taskArn"] for each in tasks]})
    aws.on(
        "DescribeTasks",
        lambda params: {
            "tasks": [
                {**each, "lastStatus": "STOPPED"} if aws.now >= last > 0 else each
                for each in tasks
                if each["taskArn"] in params["tasks"]
            ]
        },
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [([SERVICE], SERVICE), ([], None), ([{**SERVICE, "status": "INACTIVE"}], None)],
)
def test_a_service_is_read_unless_it_is_missing_or_inactive(
    aws: FakeAws, found: list[dict[str, Any]], expected: dict[str, Any] | None
) -> None:
    aws.on("DescribeServices", {"services": found})
    assert services.read(aws.context(), "c", "s") == expected
    assert aws.sent("DescribeServices") == [{"cluster": "c", "services": ["s"], "include": ["TAGS"]}]


def test_a_missing_cluster_is_named(aws: FakeAws) -> None:
    aws.on("DescribeServices", Refusal("ClusterNotFoundException"))
    with pytest.raises(NotFound, match="There is no ECS cluster c"):
        services.read(aws.context(), "c", "s")


def test_another_refusal_passes_through(aws: FakeAws) -> None:
    aws.on("DescribeServices", Refusal("AccessDeniedException"))
    with pytest.raises(ClientError):
        services.read(aws.context(), "c", "s")


def test_events_known_already_are_left_out() -> None:
    events = [{"id": "2"}, {"id": "1"}]
    assert services.events({"events": events}, {"1"}) == [{"id": "2"}]
    assert services.events({"events": events}) == events
    assert services.events({}) == []


def test_a_deleted_service_is_waited_for_until_its_name_is_free(aws: FakeAws) -> None:
    draining = {"services": [{**SERVICE, "status": "DRAINING"}]}
    aws.on("DescribeServices", draining, draining, {"services": []})
    services.await_inactive(aws.context(), "c", "s", 60)
    assert aws.count("DescribeServices") == 3 and 0 < aws.now < 5
    assert aws.progress.statuses[0][0] == "service s: DRAINING, 2 workers still run"


def test_a_service_that_keeps_draining_is_a_deadline(aws: FakeAws) -> None:
    aws.on("DescribeServices", {"services": [{**SERVICE, "status": "DRAINING"}]})
    with pytest.raises(DeadlineExceeded, match="service s to be deleted after 60 seconds"):
        services.await_inactive(aws.context(), "c", "s", 60)


def test_only_tasks_of_the_service_that_have_not_ended_are_stopping(aws: FakeAws) -> None:
    stopping(aws, task("1"), task("2", status="STOPPED"), task("3", "service:other"), task("4", "family:f"))
    assert services.stopping_tasks(aws.context(), "c", "s") == ["1"]
    assert aws.sent("ListTasks") == [{"cluster": "c", "desiredStatus": "STOPPED"}]


def test_tasks_that_are_stopping_are_waited_for(aws: FakeAws) -> None:
    stopping(aws, task("1"), task("2"), last=25)
    services.await_stopped(aws.context(), "c", "s", 60)
    assert 25 <= aws.now < 40
    assert aws.progress.statuses[0][0] == "service s: 2 workers are stopping"
    assert aws.count("ListTasks") == 1


def test_without_stopping_tasks_nothing_is_waited_for(aws: FakeAws) -> None:
    stopping(aws)
    services.await_stopped(aws.context(), "c", "s", 60)
    assert (aws.now, aws.count("DescribeTasks")) == (0, 0)


def test_tasks_that_do_not_stop_are_a_deadline(aws: FakeAws) -> None:
    stopping(aws, task("1"))
    with pytest.raises(DeadlineExceeded, match="1 workers of s to stop after 60 seconds"):
        services.await_stopped(aws.context(), "c", "s", 60)
