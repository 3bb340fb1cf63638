"""What is wrong with a drain is named as soon as it is known, and once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.depth import Depth
from ansible_collections.climate.ingest.plugins.module_utils.workers.diagnosis import Diagnosis
from ansible_collections.climate.ingest.plugins.module_utils.workers.stopped import Workers
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.drain import UNPLACED, DrainAccount


def test_a_job_without_a_worker_is_named_once_with_when_it_returns(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (0, 3, 0) if now < 600 else (0, 0, 0)
    account.running = lambda now: 1
    account.run()
    (line,) = aws.progress.lines
    when = r"by \d{4}-\d\d-\d\d \d\d:\d\d UTC \(visibility timeout 4h 00m\)"
    assert re.fullmatch(f"2 of the jobs are in flight without a worker; back in the queue {when}", line)


def test_workers_that_take_several_jobs_at_once_hold_as_many(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (0, 20, 0) if now < 600 else (0, 0, 0)
    account.running = lambda now: 2
    account.run(jobs_at_once=10)
    assert aws.progress.lines == []


def test_a_standstill_is_said_once_and_long_before_it_is_given_up(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (max(0, 100 - int(now / 6)) if now < 60 else 90, 0, 0)
    with pytest.raises(DeadlineExceeded):
        account.run()
    (line,) = [each for each in aws.progress.lines if each.startswith("no job was done")]
    assert re.match(r"no job was done for 10m ..s; the drain fails after 30m 00s\.", line)


def test_workers_that_cannot_be_placed_are_named_once_with_the_numbers(aws: FakeAws, account: DrainAccount):
    account.container |= {"memory": 8192}
    account.running = lambda now: 6
    account.service["pendingCount"] = 0
    account.service["events"] = [
        {"id": number, "message": UNPLACED.format(number=number * 8)} for number in ("a1b2c3d4", "e5f6a7b8")
    ]
    instance = {
        "attributes": [{"name": "ecs.instance-type", "value": "m4.2xlarge"}],
        "remainingResources": [{"name": "MEMORY", "integerValue": 7000}, {"name": "CPU", "integerValue": 8192}],
    }
    aws.on("ListContainerInstances", {"containerInstanceArns": ["a", "b"]})
    aws.on("DescribeContainerInstances", {"containerInstances": [instance, instance]})
    account.run()
    assert aws.progress.lines == [
        "workers cannot be placed: no container instance met all of its requirements. The closest matching has"
        " insufficient memory available. 10 workers requested (8192 MiB each); 2 x m4.2xlarge hold 6: 6 run, 4 wait."
    ]


def test_workers_that_all_crash_fail_with_their_last_lines(aws: FakeAws, account: DrainAccount):
    account.running = lambda now: 2
    account.counts = lambda now: (5, 0, 0)
    account.crash(3)
    with pytest.raises(
        TaskFailed, match=r"(?s)3 workers of .* crashed, no job was done meanwhile, 5 are left.*no memory"
    ):
        account.run()
    assert aws.now < 30
    assert aws.progress.lines == ["3 workers ended with exit code 1", "  no memory for ********"]
    assert "geheim" not in str(aws.progress.lines)


def test_a_few_crashes_among_many_workers_are_only_told(aws: FakeAws, account: DrainAccount):
    account.crash(3)
    result = account.run()
    assert result.values["crashed_workers"] == 3
    assert aws.progress.lines == ["3 workers ended with exit code 1", "  no memory for ********"]


def test_workers_that_end_with_an_empty_queue_are_normal(aws: FakeAws, account: DrainAccount):
    account.crash(50, code=0)
    assert account.run().values["crashed_workers"] == 0


def test_lost_instances_are_told_once(aws: FakeAws, account: DrainAccount):
    account.crash(2, code=137, stopCode="SpotInterruption")
    assert account.run().values["lost_workers"] == 2
    assert aws.progress.lines == [
        "2 workers were lost with their instance, or stopped by ECS; 2 spot instances reclaimed by EC2"
    ]


DEPTH = Depth(waiting=0, in_flight=3, delayed=0, visibility_timeout=14400)


@pytest.fixture
def diagnosis(aws: FakeAws, account: DrainAccount) -> Diagnosis:
    context, params = aws.context(), account.params()
    return Diagnosis(context, params, Workers(context, params["cluster"], params["service"], params["container"]))


def described(account: DrainAccount, **changes: Any) -> dict[str, Any]:
    return {**(account.service or {}), "runningCount": 1, **changes}


def test_counts_that_are_late_are_no_jobs_without_a_worker(aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis):
    service = described(account)
    diagnosis.look(DEPTH, service)
    aws.now += 59
    diagnosis.look(DEPTH, service)
    diagnosis.look(Depth(0, 1, 0, 14400), service)
    aws.now += 59
    diagnosis.look(DEPTH, service)
    assert aws.progress.lines == []
    aws.now += 60
    diagnosis.look(DEPTH, service)
    assert len(aws.progress.lines) == 1


def test_more_jobs_without_a_worker_are_reported_again(aws: FakeAws, diagnosis: Diagnosis):
    for in_flight in (1, 1, 2, 1):
        diagnosis.look(Depth(0, in_flight, 0, 14400), None)
        aws.now += 60
    assert [line[:22] for line in aws.progress.lines] == ["1 of the jobs is in fl", "2 of the jobs are in f"]


def test_a_pending_worker_may_hold_a_job(aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis):
    for _ in range(2):
        diagnosis.look(Depth(0, 3, 0, 14400), described(account, pendingCount=2))
        aws.now += 100
    assert aws.progress.lines == []


def test_without_a_service_nothing_is_looked_at(aws: FakeAws, diagnosis: Diagnosis):
    diagnosis.look_closer(None)
    assert aws.calls == []


def test_events_are_details_oldest_first_and_once(aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis):
    events = [{"id": "2", "message": "steady"}, {"id": "1", "message": "started"}]
    for _ in range(2):
        diagnosis.look_closer(described(account, events=events))
    assert aws.progress.details == ["ECS: started", "ECS: steady"]


def test_each_kind_of_crash_shows_the_log_of_its_first(aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis):
    account.crash(1)
    diagnosis.look_closer(described(account))
    account.crash(1)
    account.crash(1, code=3)
    diagnosis.look_closer(described(account))
    assert aws.progress.lines == [
        "1 worker ended with exit code 1",
        "  no memory for ********",
        "1 worker ended with exit code 1",
        "1 worker ended with exit code 3",
        "  no memory for ********",
    ]


def test_workers_lost_since_are_reported(aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis):
    account.crash(1, code=143, stopCode="ServiceSchedulerInitiated")
    diagnosis.look_closer(described(account))
    diagnosis.look_closer(described(account))
    account.crash(1, code=137, stopCode="SpotInterruption")
    diagnosis.look_closer(described(account))
    assert len(aws.progress.lines) == 2
    assert "EC2" not in aws.progress.lines[0] and "1 spot instance reclaimed by EC2" in aws.progress.lines[1]


@pytest.mark.parametrize("running", [10, 11])
def test_an_old_event_of_a_service_that_runs_whole_is_no_matter(
    aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis, running: int
):
    events = [{"id": "1", "message": UNPLACED.format(number=1)}]
    diagnosis.look_closer(described(account, events=events, runningCount=running))
    assert aws.progress.lines == []


@pytest.mark.parametrize(
    ("code", "says", "numbers"),
    [
        ("ClusterNotFoundException", [], " There is no ECS cluster ecsStagingCluster."),
        ("AccessDeniedException", ["What the fleet holds cannot be read: ListContainerInstances is denied"], ""),
    ],
)
def test_a_reason_in_other_words_is_given_whole_and_with_why_numbers_cannot_be_had(
    aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis, code: str, says: list[str], numbers: str
):
    aws.on("ListContainerInstances", Refusal(code))
    events = [{"id": "1", "message": "(service x) was unable to place a task."}]
    diagnosis.look_closer(described(account, events=events))
    assert aws.progress.lines == [*says, f"workers cannot be placed: was unable to place a task.{numbers}"]


def test_another_standstill_is_reported_anew(aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis):
    for since in (0.0, 0.0, 700.0):
        diagnosis.standstill(600, since, described(account))
    assert aws.progress.lines == ["no job was done for 10m 00s; the drain fails after 30m 00s."] * 2


def test_what_may_explain_a_standstill_is_collected(aws: FakeAws, account: DrainAccount, diagnosis: Diagnosis):
    assert diagnosis.why(None) == ""
    account.crash(2)
    diagnosis.look_closer(described(account))
    for _ in range(2):
        diagnosis.look(DEPTH, described(account))
        aws.now += 60
    events = [{"id": str(number), "message": f"event {number}."} for number in range(5)]
    assert re.fullmatch(
        r"2 of the jobs are in flight without a worker; back in the queue by .*\. 2 workers crashed; the last ended"
        r" with exit code 1\. ECS says: event 0\. event 1\. event 2\.",
        diagnosis.why(described(account, events=events)),
    )
