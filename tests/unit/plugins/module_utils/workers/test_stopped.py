"""What became of the workers that stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.workers.stopped import Workers
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.workers import NOW, Ecs


def test_stopped_tasks_of_an_earlier_service_are_not_this_one_s_crashes(aws: FakeAws, ecs: Ecs):
    for number in range(5):
        ecs.stop(number, 1, createdAt=datetime(2025, 12, 31, tzinfo=UTC))
    assert ecs.run().values["running_count"] == 60


def test_lost_instances_are_no_crashes(aws: FakeAws, ecs: Ecs):
    for number in range(5):
        ecs.stop(number, 137, stopCode="SpotInterruption")
    assert ecs.run().values["running_count"] == 60


def test_two_hundred_stopped_workers_are_described_in_batches_and_once(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0, 60.0: 60}
    for number in range(200):
        ecs.stop(number, 137, stopCode="SpotInterruption")
    ecs.run()
    assert [len(each["tasks"]) for each in aws.sent("DescribeTasks")] == [100, 100]


def workers(aws: FakeAws) -> Workers:
    return Workers(aws.context(), "ecsStagingCluster", "ingest-staging-run-jobs", "management")


def test_ends_losses_and_crashes_are_told_apart(aws: FakeAws, ecs: Ecs):
    ecs.stop(1, 0)
    ecs.stop(2, 137, stopCode="SpotInterruption", containerInstanceArn="ci:1")
    ecs.stop(3, 137, stopCode="SpotInterruption", containerInstanceArn="ci:1")
    ecs.stop(4, 143, stopCode="ServiceSchedulerInitiated")
    ecs.stop(5, 137, stopCode="", stoppedReason="Host EC2 (instance i-1) terminated.")
    ecs.stop(6, 1)
    ecs.stop(7, 0, stopCode="ServiceSchedulerInitiated")
    found = workers(aws)
    assert [crash["reason"] for crash in found.look()] == ["ended with exit code 1"]
    assert (found.ended, found.lost, found.reclaimed) == (1, 5, {"ci:1"})


def test_a_worker_is_judged_once_and_when_it_has_stopped(aws: FakeAws, ecs: Ecs):
    ecs.stop(1, 1, lastStatus="DEPROVISIONING")
    ecs.stop(2, 1)
    found = workers(aws)
    assert len(found.look()) == 1
    next(iter(ecs.tasks.values()))["lastStatus"] = "STOPPED"
    assert len(found.look()) == 1
    assert found.look() == [] and len(found.crashes) == 2


def test_only_workers_of_the_service_since_it_was_made_count(aws: FakeAws, ecs: Ecs):
    ecs.stop(1, 1, createdAt=NOW - timedelta(hours=1))
    ecs.stop(2, 1)
    assert len(workers(aws).look(NOW)) == 1


@pytest.mark.parametrize("code", ["ServiceNotFoundException", "ServiceNotActiveException"])
def test_a_service_that_does_not_exist_has_no_workers(aws: FakeAws, code: str):
    aws.on("ListTasks", Refusal(code))
    assert workers(aws).look() == []


def test_another_refusal_passes_through(aws: FakeAws):
    aws.on("ListTasks", Refusal("AccessDeniedException"))
    with pytest.raises(ClientError):
        workers(aws).look()


def test_the_failure_says_how_many_crashed_and_why_the_last_did(aws: FakeAws, ecs: Ecs):
    ecs.stop(1, 1)
    ecs.stop(2, 3)
    found = workers(aws)
    found.look()
    failure = found.failure(" and none is running")
    assert failure.message == (
        "2 workers of ingest-staging-run-jobs crashed and none is running. The last one ended with exit code 3."
        "\nIts log could not be read: its container logs through the log driver of its Docker daemon,"
        " not through awslogs."
    )
    assert failure.details["task_arn"].endswith("/2") and failure.details["log"] == []
