"""Waiting for workers: until those run that fit, never for a count that cannot be reached."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    NotFound,
    TaskFailed,
)
from tests.fakes.aws import FakeAws
from tests.fakes.workers import DEFINITION, UNPLACED, Ecs

NOT_MET = "(service ingest-staging-run-jobs) was unable to place a task because no container instance met all of its"
GUIDE = "For more information, see the Troubleshooting section."
# as ECS words them (developer guide, "Service event messages"), with and without brackets
REASONS = [
    (
        "The closest matching (container-instance 0123) is already using a port required by your task.",
        "already using a port required by your task",
    ),
    (
        "The closest matching container-instance 0123-a has insufficient memory available.",
        "insufficient memory available",
    ),
    (
        "The closest matching (container-instance 0123) has insufficient CPU units available.",
        "insufficient CPU units available",
    ),
    (
        "The closest matching (container-instance 0123) is missing an attribute required by your task.",
        "missing an attribute required by your task",
    ),
    (
        'The closest matching container-instance 0123 encountered error "MemberOf placement constraint unsatisfied.".',
        "MemberOf placement constraint unsatisfied",
    ),
    (
        "Reason: No Container Instances were found in your cluster.",
        "No Container Instances were found in your cluster",
    ),
]


def test_when_less_fits_than_computed_the_event_ends_the_wait_with_a_warning(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0, 5.0: 40}
    ecs.events = [{"id": "e1", "message": UNPLACED}]
    result = ecs.run()
    assert aws.now < 60
    assert result.values["running_count"] == 40
    assert "40 of 60 workers of ingest-staging-run-jobs run: (service" in result.warnings[0]


def test_an_event_from_before_is_not_taken_for_a_new_one(aws: FakeAws, ecs: Ecs):
    ecs.run(count=10)
    ecs.events = [{"id": "old", "message": UNPLACED}]
    ecs.running = {0.0: 10, aws.now + 30: 20}
    result = ecs.run(count=20)
    assert result.values["running_count"] == 20


def test_workers_that_crash_are_told_with_their_last_lines(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0}
    logging = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-stream-prefix": "p"}}
    containers = [{"name": "management", "logConfiguration": logging}]
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION | {"containerDefinitions": containers}})
    for number in range(3):
        ecs.stop(number, 1)
    with pytest.raises(TaskFailed, match="(?s)3 workers of .* crashed and none is running.*exit code 1.*MemoryError"):
        ecs.run()


def test_workers_that_find_the_queue_empty_end_the_wait(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0, 3.0: 5}
    ecs.stop(1, 0)
    result = ecs.run()
    assert aws.now < 10
    assert "the others have found the queue empty" in result.warnings[0]


def test_no_worker_in_time_is_a_deadline_with_what_ecs_says(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0}
    ecs.events = [{"id": "e1", "message": UNPLACED}]
    with pytest.raises(DeadlineExceeded, match="60 workers of .* after 100 seconds. ECS says: .*unable to place"):
        ecs.run(timeout=100)


def test_some_workers_in_time_are_a_warning(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 7}
    result = ecs.run(timeout=100)
    assert result.warnings == [
        "7 of 60 workers of ingest-staging-run-jobs run: after 100 seconds; ECS reported nothing."
    ]


def test_a_service_deleted_meanwhile_is_noticed(aws: FakeAws, ecs: Ecs):
    aws.on("DescribeServices", {"services": []})
    with pytest.raises(NotFound, match="was deleted while its workers were awaited"):
        ecs.run()


def test_the_live_line_has_the_workers_that_run_of_those_that_fit(aws: FakeAws, ecs: Ecs):
    ecs.run()
    text = "service ingest-staging-run-jobs: 30 of 60 workers running, 0 pending"
    assert (text, 0.5) in aws.progress.statuses
    assert aws.progress.statuses[-1][1] == 1.0


@pytest.mark.parametrize(("reason", "in_short"), REASONS, ids=[each[1] for each in REASONS])
def test_the_live_line_says_why_workers_cannot_be_placed(aws: FakeAws, ecs: Ecs, reason: str, in_short: str):
    ecs.running = {0.0: 0, 30.0: 60}
    ecs.events = [{"id": "e1", "message": f"{NOT_MET} requirements. {reason} {GUIDE}"}]
    ecs.run()
    line = f"0 of 60 workers run: {in_short}"
    assert (line, None) in aws.progress.statuses
    assert len(line) + len(" (14m 59s)") <= 80
    assert aws.progress.statuses[-1] == ("service ingest-staging-run-jobs: 60 of 60 workers running, 0 pending", 1.0)


def test_a_reason_is_said_once_as_a_whole_with_the_numbers(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0, 30.0: 60}
    ecs.events = [{"id": name, "message": f"{NOT_MET} requirements. {REASONS[1][0]} {GUIDE}"} for name in ("e1", "e2")]
    ecs.run()
    told = [line for line in aws.progress.lines if line.startswith("workers cannot be placed")]
    assert told == [
        "workers cannot be placed: no container instance met all of its requirements. The closest matching has"
        " insufficient memory available. 200 workers requested (8192 MiB each); 20 x m4.2xlarge hold 60: 60 run, 140"
        " wait."
    ]


def test_what_ecs_said_before_the_wait_counts_once_it_lasts(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0}
    ecs.events = [{"id": "old", "message": f"{NOT_MET} requirements. {REASONS[0][0]} {GUIDE}"}]
    ecs.run(wait=False)
    with pytest.raises(DeadlineExceeded):
        ecs.run(timeout=100)
    told = [(text, place) for place, (text, _) in enumerate(aws.progress.statuses)]
    assert told[0][0].endswith("0 of 60 workers running, 0 pending")
    assert told[-1][0] == "0 of 60 workers run: already using a port required by your task"


def test_an_unplaced_task_does_not_end_the_wait_while_workers_come_up(aws: FakeAws, ecs: Ecs):
    ecs.events = [{"id": "e1", "message": UNPLACED}]
    ecs.running = {0.0: 0, 5.0: 30, 60.0: 60}
    describe = ecs.describe

    def pending(params: dict[str, Any]) -> dict[str, Any]:
        if ecs.service:
            ecs.service["pendingCount"] = 30 if aws.now < 60 else 0
        return describe(params)

    aws.on("DescribeServices", pending)
    assert ecs.run().values["running_count"] == 60


def test_a_few_crashes_beside_workers_that_run_do_not_end_the_wait(aws: FakeAws, ecs: Ecs):
    for number in range(5):
        ecs.stop(number, 1)
    ecs.running = {0.0: 1, 30.0: 60}
    assert ecs.run().values["running_count"] == 60


def test_a_deadline_quotes_the_three_latest_events(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0}
    ecs.events = [{"id": str(number), "message": f"event {number}."} for number in range(5)]
    with pytest.raises(DeadlineExceeded, match=r"ECS says: event 0\. event 1\. event 2\.$"):
        ecs.run(timeout=100)
