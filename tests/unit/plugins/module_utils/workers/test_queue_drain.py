from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    Refused,
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.workers.queue_drain import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.workers.rate import Rate
from tests.fakes.aws import FakeAws, Refusal

LOGGING = {"logDriver": "awslogs", "options": {"awslogs-group": "logs", "awslogs-stream-prefix": "ecs"}}
VARIABLES = [{"name": "RDS_PASSWORD", "value": "geheim"}]

UNPLACED = (
    "(service ingest-staging-run-jobs) was unable to place a task because no container instance met all of its"
    " requirements. The closest matching (container-instance {number}) has insufficient memory available. For more"
    " information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)


class Account:
    """A queue whose counts, and a service whose workers, are functions of the time that passed."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.counts: Callable[[float], tuple[int, int, int]] = lambda now: (max(0, 100 - int(now / 6)), 0, 0)
        self.running: Callable[[float], int] = lambda now: 10
        self.service: dict[str, Any] | None = {
            "status": "ACTIVE",
            "desiredCount": 10,
            "pendingCount": 0,
            "taskDefinition": "StagingManagement:14",
            "createdAt": datetime.now(UTC),
            "events": [],
        }
        self.container: dict[str, Any] = {
            "name": "management",
            "logConfiguration": LOGGING,
            "environment": VARIABLES,
        }
        self.tasks: dict[str, dict[str, Any]] = {}
        self.lines: list[dict[str, Any]] = []
        aws.on("GetQueueUrl", {"QueueUrl": "https://queue"})
        aws.on("GetQueueAttributes", self.attributes)
        aws.on("DescribeServices", self.describe)
        aws.on("DescribeTaskDefinition", self.definition)
        aws.on("ListTasks", lambda params: {"taskArns": list(self.tasks)})
        aws.on("DescribeTasks", lambda params: {"tasks": [self.tasks[arn] for arn in params["tasks"]]})
        aws.on("ListContainerInstances", {"containerInstanceArns": []})
        aws.on("FilterLogEvents", lambda params: {"events": self.lines})
        aws.on(
            "GetLogEvents", {"events": [{"message": "no memory for geheim", "timestamp": 1}], "nextBackwardToken": "b"}
        )

    def attributes(self, params: dict[str, Any]) -> dict[str, Any]:
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        found = {name: str(count) for name, count in zip(names, self.counts(self.aws.now), strict=True)}
        return {"Attributes": found | {"VisibilityTimeout": "14400"}}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"services": [dict(self.service, runningCount=self.running(self.aws.now))] if self.service else []}

    def definition(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"taskDefinition": {"containerDefinitions": [self.container]}}

    def crash(self, count: int, code: int = 1, **more: Any) -> None:
        for _ in range(count):
            arn = f"arn:aws:ecs:us-east-1:1:task/c/{len(self.tasks)}"
            self.tasks[arn] = {
                "taskArn": arn,
                "taskDefinitionArn": "d",
                "lastStatus": "STOPPED",
                "startedAt": self.service["createdAt"],
                "createdAt": self.service["createdAt"],
                "containers": [{"name": "management", "exitCode": code}],
            } | more

    def print(self, message: str, event_id: str) -> None:
        now = int(time.time() * 1000)
        self.lines.append(
            {"message": message, "eventId": event_id, "timestamp": now, "logStreamName": "ecs/management/1"}
        )


@pytest.fixture
def account(aws: FakeAws) -> Account:
    return Account(aws)


def run(aws: FakeAws, check_mode: bool = False, **params: Any) -> Result:
    defaults = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
    names = {"queue": "cc-api-staging", "cluster": "ecsStagingCluster", "service": "ingest-staging-run-jobs"}
    return OPERATION.run(aws.context(check_mode), defaults | names | params)


def test_a_queue_is_drained_when_it_has_stayed_empty(aws: FakeAws, account: Account):
    result = run(aws, total=100)
    assert not result.changed
    assert 600 + 60 <= aws.now < 700
    assert result.values["jobs"] == 100
    assert result.values["jobs_per_minute"] == pytest.approx(10, rel=0.05)
    assert result.values["failed_jobs"] == [] and result.warnings == []
    assert aws.changes() == []


def test_the_live_line_says_it_all(aws: FakeAws, account: Account):
    run(aws, total=100)
    line, fraction = next(each for each in aws.progress.statuses if int(each[0].split("/")[0]) >= 50)
    done = int(line.split("/")[0])
    facts = rf"{done}/100 jobs done, [45]m \d\ds to go, 10/10 workers, 10/min, 0 in flight, {100 - done} left"
    assert re.fullmatch(facts, line)
    assert fraction == pytest.approx(done / 100)


def test_an_hour_of_draining_takes_few_calls(aws: FakeAws, account: Account):
    account.counts = lambda now: (max(0, 600 - int(now / 6)), 0, 0)
    run(aws)
    polls = aws.count("GetQueueAttributes")
    assert polls <= 3600 / 15 + 30
    assert aws.count("DescribeServices") <= polls
    assert aws.count("ListTasks") <= polls / 4 + 1
    assert aws.count("FilterLogEvents") <= polls / 4 + 2
    assert aws.count("DescribeTaskDefinition") == 1 and aws.count("GetQueueUrl") == 1


def test_a_short_drain_ends_soon_after_its_quiet_period(aws: FakeAws, account: Account):
    account.counts = lambda now: (0, 1, 0) if now < 3 else (0, 0, 0)
    run(aws, stable_seconds=2)
    assert aws.now < 8


def test_the_quiet_period_shows(aws: FakeAws, account: Account):
    account.counts = lambda now: (0, 0, 0)
    run(aws)
    assert aws.progress.statuses[0][0].startswith("0/0 jobs done, empty for 0s of 60s, 10/10 workers")


def test_counts_that_come_back_begin_the_quiet_period_anew(aws: FakeAws, account: Account):
    account.counts = lambda now: (0, 0, 0) if now < 30 or now > 90 else (5, 0, 0)
    run(aws)
    assert aws.now >= 150


@pytest.mark.parametrize("counts", [(0, 1, 0), (0, 0, 1)])
def test_in_flight_and_delayed_count_as_not_drained(aws: FakeAws, account: Account, counts: tuple[int, int, int]):
    account.counts = lambda now: counts if now < 100 else (0, 0, 0)
    run(aws)
    assert aws.now >= 160


def test_a_job_without_a_worker_is_named_once_with_when_it_returns(aws: FakeAws, account: Account):
    account.counts = lambda now: (0, 3, 0) if now < 600 else (0, 0, 0)
    account.running = lambda now: 1
    run(aws)
    (line,) = aws.progress.lines
    when = r"by \d\d:\d\d UTC \(visibility timeout 4h 00m\)"
    assert re.fullmatch(f"2 of the jobs are in flight without a worker; back in the queue {when}", line)


def test_a_queue_that_does_not_move_is_given_up_with_what_is_known(aws: FakeAws, account: Account):
    account.counts = lambda now: (0, 3, 0)
    account.running = lambda now: 1
    account.service["events"] = [{"id": "1", "message": "(service x) has reached a steady state."}]
    with pytest.raises(DeadlineExceeded, match="not moved for 30m ..s: 3 jobs are left. 2 of the jobs.*steady state"):
        run(aws)
    assert aws.now < 1900


def test_a_standstill_is_said_once_and_long_before_it_is_given_up(aws: FakeAws, account: Account):
    account.counts = lambda now: (max(0, 100 - int(now / 6)) if now < 60 else 90, 0, 0)
    with pytest.raises(DeadlineExceeded):
        run(aws)
    (line,) = [each for each in aws.progress.lines if each.startswith("no job was done")]
    assert re.match(r"no job was done for 10m ..s; the drain fails after 30m 00s\.", line)


def test_workers_that_cannot_be_placed_are_named_once_with_the_numbers(aws: FakeAws, account: Account):
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
    run(aws)
    assert aws.progress.lines == [
        "workers cannot be placed: no container instance met all of its requirements. The closest matching has"
        " insufficient memory available. 10 workers asked of 8192 MiB each; 2 x m4.2xlarge hold 6: 6 run, 4 wait."
    ]


def test_a_job_that_is_taken_and_returned_is_no_progress(aws: FakeAws, account: Account):
    account.counts = lambda now: (1, 0, 0) if int(now) % 2 else (0, 1, 0)
    with pytest.raises(DeadlineExceeded, match="not moved"):
        run(aws)


def test_jobs_added_meanwhile_are_progress(aws: FakeAws, account: Account):
    account.counts = lambda now: (10, 0, 0) if now < 1500 else (20, 0, 0) if now < 3000 else (0, 0, 0)
    assert run(aws).values["jobs"] == 20


def test_no_worker_for_ten_minutes_is_noticed(aws: FakeAws, account: Account):
    account.running = lambda now: 0
    account.counts = lambda now: (5, 0, 0)
    account.service["events"] = [{"id": "1", "message": "(service x) was unable to place a task."}]
    with pytest.raises(DeadlineExceeded, match="No worker of .* has run for 10m ..s. ECS says:.*unable to place"):
        run(aws)
    assert aws.now < 660


def test_workers_that_all_crash_fail_with_their_last_lines(aws: FakeAws, account: Account):
    account.running = lambda now: 2
    account.counts = lambda now: (5, 0, 0)
    account.crash(3)
    with pytest.raises(
        TaskFailed, match=r"(?s)3 workers of .* crashed, no job was done meanwhile, 5 are left.*no memory"
    ):
        run(aws)
    assert aws.now < 30
    assert aws.progress.lines[:2] == ["3 workers ended with exit code 1", "  no memory for ********"]
    assert "geheim" not in str(aws.progress.lines)


def test_a_few_crashes_among_many_workers_are_only_told(aws: FakeAws, account: Account):
    account.crash(3)
    result = run(aws)
    assert result.values["crashed_workers"] == 3
    assert aws.progress.lines[:2] == ["3 workers ended with exit code 1", "  no memory for ********"]


def test_workers_that_end_with_an_empty_queue_are_normal(aws: FakeAws, account: Account):
    account.crash(50, code=0)
    assert run(aws).values["crashed_workers"] == 0


def test_lost_instances_are_told_once(aws: FakeAws, account: Account):
    account.crash(2, code=137, stopCode="SpotInterruption")
    assert run(aws).values["lost_workers"] == 2
    assert aws.progress.lines == [
        "2 workers were lost with their instance, or stopped by ECS; 2 spot instances reclaimed by EC2"
    ]


def test_jobs_the_application_gave_up_are_collected_once_without_secrets(aws: FakeAws, account: Account):
    account.print("ERROR IMPORT_FAILURE A1B HadCM3 2031 giving up (geheim)", "1")
    account.print("IMPORT_failure of another kind", "2")
    aws.on("GetLogEvents", {"events": [], "nextBackwardToken": "b"})
    result = run(aws)
    (job,) = result.values["failed_jobs"]
    assert job["exception"] == "ERROR IMPORT_FAILURE A1B HadCM3 2031 giving up (********)"
    assert result.warnings == ["1 job failed for good: the application gave them up."]
    assert len(aws.progress.lines) == 1
    query = aws.sent("FilterLogEvents")[0]
    assert query["filterPattern"] == '"IMPORT_FAILURE"'
    assert query["logStreamNamePrefix"] == "ecs/management/"


def test_a_log_group_that_does_not_exist_yet_is_no_error(aws: FakeAws, account: Account):
    aws.on("FilterLogEvents", Refusal("ResourceNotFoundException"))
    assert run(aws).values["failed_jobs"] == []


def test_logs_that_cannot_be_read_are_said(aws: FakeAws, account: Account):
    account.container["logConfiguration"] = {"logDriver": "syslog"}
    assert "failed jobs cannot be seen" in run(aws).warnings[0]
    assert aws.count("FilterLogEvents") == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "DRAINING"}, "does not exist, and 5 jobs are left"),
        ({"status": "INACTIVE"}, "does not exist, and 5 jobs are left"),
        ({"desiredCount": 0}, "wants no workers"),
    ],
)
def test_a_service_that_cannot_drain_the_queue_is_refused(aws: FakeAws, account: Account, change: dict, message: str):
    account.counts = lambda now: (5, 0, 0)
    account.service |= change
    with pytest.raises(Refused, match=message):
        run(aws)
    assert aws.now == 0


def test_an_empty_queue_needs_no_service(aws: FakeAws, account: Account):
    account.counts = lambda now: (0, 0, 0)
    account.service = None
    assert run(aws).values["jobs"] == 0


def test_a_throttled_poll_is_tried_again(aws: FakeAws, account: Account):
    aws.on("GetQueueAttributes", account.attributes, Refusal("ThrottlingException"), account.attributes)
    assert run(aws).values["jobs"] == 100


def test_another_refusal_ends_the_wait(aws: FakeAws, account: Account):
    aws.on("GetQueueAttributes", account.attributes, Refusal("AccessDenied"))
    with pytest.raises(Exception, match="AccessDenied"):
        run(aws)


def test_check_mode_reports_and_does_not_wait(aws: FakeAws, account: Account):
    account.counts = lambda now: (1995, 3, 0)
    result = run(aws, check_mode=True)
    assert result.values["jobs_left"] == 1998 and result.values["in_flight"] == 3
    assert aws.now == 0 and aws.count("DescribeServices") == 0


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
def test_a_missing_queue_is_named(aws: FakeAws, account: Account, code: str):
    aws.on("GetQueueUrl", Refusal(code))
    with pytest.raises(NotFound, match="no queue 'cc-api-staging'"):
        run(aws)


@pytest.mark.parametrize("name", ["stable_seconds", "stall_timeout", "no_worker_timeout"])
def test_periods_must_be_positive(aws: FakeAws, account: Account, name: str):
    with pytest.raises(InvalidInput, match=f"{name} is 0"):
        run(aws, **{name: 0})


def test_the_rate_is_of_the_recent_past():
    rate = Rate(window=60)
    for now in range(0, 121, 10):
        rate.add(now, 1000 - now if now <= 60 else 940 - (now - 60) * 3)
    assert rate.per_second == pytest.approx(3)
    assert rate.seconds_left() == pytest.approx(760 / 3)


def test_no_rate_no_estimate():
    rate = Rate()
    rate.add(0, 5)
    rate.add(10, 5)
    assert rate.seconds_left() is None
