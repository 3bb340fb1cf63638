"""One worker is watched until it has done a job, or will not do any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused, TaskFailed
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.workers import queue_drain
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary.operation import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary.proof import Proof
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.drain import DrainAccount
from tests.fakes.run.open_run import RUN
from tests.fakes.ssm import FakeSsm

FAILED_TRY = "IMPORT_FAILURE Failed to process data for model HadCM3 scenario A1B year 20{:02}"
FINAL = "IMPORT_FAILURE Message ID m for model id 1 scenario id 2 year {} failed more than 10 times, giving up."
JOB_TAKES = 600


class Database:
    """What the application answers: by the time at which it is asked."""

    def __init__(self, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
        self.new: Callable[[float], bool] = lambda now: True
        self.conclusive = True
        self.asked_at: list[float] = []
        self.begun = 0

        def look(proof: Proof) -> bool:
            self.asked_at.append(aws.now)
            return self.new(aws.now)

        def begin(proof: Proof) -> None:
            self.begun += 1

        monkeypatch.setattr(Proof, "look", look)
        monkeypatch.setattr(Proof, "begin", begin)
        monkeypatch.setattr(Proof, "conclusive", property(lambda proof: self.conclusive))


@pytest.fixture
def database(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Database:
    return Database(aws, monkeypatch)


@pytest.fixture
def account(aws: FakeAws) -> DrainAccount:
    account = DrainAccount(aws)
    account.service["desiredCount"] = 1
    account.running = lambda now: 1
    account.counts = lambda now: (98, 1, 0) if now >= JOB_TAKES else (99, 1, 0)
    return account


@pytest.fixture
def queued(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> int:
    """Give how many jobs the run has queued."""
    aws.on("DescribeInstances", {"Reservations": []})
    monkeypatch.setattr(queue_drain, "queued", lambda context, own: 100)
    return 100


def watch(aws: FakeAws, step: bool = False, **changes: Any) -> Result:
    defaults = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
    names = {"queue": "cc-api-staging", "cluster": "ecsStagingCluster", "environment": "staging"}
    target = {"task_definition": "StagingManagement:14", "container": "management", "scenarios": ["A1B"]}
    context = FakeSsm(aws).context()
    if step:
        context = replace(context, step=StepWriter(context, "staging", "canary", RUN, None))
    return OPERATION.run(context, {**defaults, **names, **target, "canary": "auto", **changes})


def test_a_job_whose_data_is_there_is_done(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    result = watch(aws)
    assert JOB_TAKES <= aws.now < JOB_TAKES + 30 and len(database.asked_at) == 1
    assert result.values["jobs"] == 1 and result.values["job_minutes"] == pytest.approx(10, abs=0.5)
    assert not result.changed and result.warnings == [] and result.facts["proved"]
    assert aws.progress.statuses[5][0].startswith("canary: 1 worker, ")


def test_the_database_is_not_asked_before_the_queue_gives_reason(
    aws: FakeAws, account: DrainAccount, database: Database
) -> None:
    watch(aws)
    assert database.asked_at[0] >= JOB_TAKES


def test_a_count_that_lagged_is_no_job(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.counts = lambda now: (98, 1, 0) if 30 < now < 60 or now >= JOB_TAKES else (99, 1, 0)
    database.new = lambda now: now >= JOB_TAKES
    watch(aws)
    assert aws.now >= JOB_TAKES


def test_a_job_that_was_given_up_ends_it_with_the_last_lines_where_its_own_are_unread(
    aws: FakeAws, account: DrainAccount, database: Database
) -> None:
    aws.on("GetLogEvents", Refusal("AccessDeniedException"))
    account.print(FINAL.format(2031), "1")
    with pytest.raises(TaskFailed, match="The canary failed: The application gave") as caught:
        watch(aws, step=True)
    assert FINAL.format(2031) in caught.value.message
    assert "climate.ingest.retry_failed" in caught.value.message and "ingest_canary is auto" in caught.value.message
    assert database.asked_at == []


def test_what_the_worker_printed_of_the_failure_is_told_however_much_follows(
    aws: FakeAws, account: DrainAccount, database: Database
) -> None:
    account.print(FINAL.format(2031), "1")
    before = ["Traceback (most recent call last):", "  File", "OSError: geheim", *(["DEBUG"] * 100)]
    after = ["DEBUG of the next job"] * 100
    at = account.lines[0]["timestamp"]
    events = [{"message": text, "timestamp": at} for text in [*before, FINAL.format(2031), *after]]
    aws.on("GetLogEvents", lambda params: {"events": events, "nextBackwardToken": "b"})
    with pytest.raises(TaskFailed, match="gave scenario id 2 model id 1 2031 up: OSError") as caught:
        watch(aws)
    shown = [FINAL.format(2031), "Traceback (most recent call last):", "  File", f"OSError: {'*' * 8}"]
    assert caught.value.details["log"] == shown
    assert caught.value.message.endswith("\n".join(["What the worker printed of the failure:", *shown]))


def test_its_worker_is_stopped_before_the_queue_is_counted(
    aws: FakeAws, account: DrainAccount, database: Database
) -> None:
    account.print(FINAL.format(2031), "1")
    account.counts = lambda now: (99, 1, 0) if account.stopped_at is None else (97, 1, 0)
    last = {**account.lines[0], "message": FINAL.format(2032), "eventId": "2"}
    aws.on("FilterLogEvents", lambda params: {"events": account.lines + [last] * bool(account.stopped_at)})
    with pytest.raises(TaskFailed) as caught:
        watch(aws)
    assert aws.count("UpdateService") == 1 and account.service and account.service["desiredCount"] == 0
    assert account.stopped_at and aws.now >= account.stopped_at + account.stopping
    assert "98 jobs are in cc-api-staging, 1 of them in flight" in caught.value.message
    assert "return within 4h 00m" in caught.value.message and "2 jobs were given up" in caught.value.message


def test_a_worker_that_does_not_stop_is_told(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.print(FINAL.format(2031), "1")
    account.stopping = float("inf")
    with pytest.raises(TaskFailed, match="The worker could not be stopped: Gave up waiting for the worker"):
        watch(aws)


def test_a_worker_that_may_not_be_stopped_is_told(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.print(FINAL.format(2031), "1")
    denied = "User: alice is not authorized to perform: ecs:UpdateService on resource: s"
    aws.on("UpdateService", Refusal("AccessDeniedException", denied))
    with pytest.raises(TaskFailed, match="The worker could not be stopped: ecs:UpdateService is denied"):
        watch(aws)


def test_tries_of_many_jobs_end_it_although_none_is_given_up(
    aws: FakeAws, account: DrainAccount, database: Database
) -> None:
    account.counts = lambda now: (99, 1, 0)
    for year in range(11):
        account.print(FAILED_TRY.format(year), str(year))
    with pytest.raises(TaskFailed, match="11 tries failed, and no job was done.") as caught:
        watch(aws)
    assert aws.now < 60 and "100 jobs are in cc-api-staging" in caught.value.message


def test_tries_that_come_right_are_no_failure(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    for year in range(10):
        account.print(FAILED_TRY.format(year), str(year))
    assert watch(aws).values["jobs"] == 1


def test_a_worker_that_crashes_again_and_again_ends_it(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.counts = lambda now: (99, 1, 0)
    account.crash(3)
    with pytest.raises(TaskFailed, match="3 workers of ingest-staging-run-jobs crashed") as caught:
        watch(aws)
    assert caught.value.message.count("no memory for ********") == 1


def test_jobs_that_leave_no_data_end_it(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    database.new = lambda now: False
    with pytest.raises(TaskFailed, match="1 job left the queue, and the database has no data of any"):
        watch(aws)
    assert len(database.asked_at) == 3 and aws.now - JOB_TAKES >= 300


def test_where_data_may_be_older_queue_and_log_decide_and_it_is_said(
    aws: FakeAws, account: DrainAccount, database: Database
) -> None:
    database.new, database.conclusive = lambda now: False, False
    result = watch(aws)
    assert "cannot be told" in result.warnings[0] and not result.facts["proved"]


def test_a_dead_worker_has_not_passed(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.running = lambda now: 0 if JOB_TAKES <= now < JOB_TAKES + 120 else 1
    watch(aws)
    assert aws.now >= JOB_TAKES + 120


def test_time_is_limited_by_a_variable(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.counts = lambda now: (99, 1, 0)
    with pytest.raises(TaskFailed, match=r"No job was done within 20m.*ingest_canary_timeout is 1200; raise it"):
        watch(aws, deadline=1200)
    assert account.stopped_at == pytest.approx(1200, abs=30)


def test_a_worker_that_never_runs_ends_it(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.running = lambda now: 0
    with pytest.raises(TaskFailed, match="No worker of ingest-staging-run-jobs has run for 10m"):
        watch(aws)


def test_a_service_that_is_gone_ends_it(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.service = None
    with pytest.raises(Refused, match="does not exist"):
        watch(aws)


def test_a_queue_without_jobs_needs_no_job(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    account.counts = lambda now: (0, 0, 0)
    assert watch(aws).note == "no job was left"


@pytest.mark.parametrize(
    ("new", "conclusive", "warning"),
    [(True, True, "the database has new data"), (False, False, "cannot be told")],
)
def test_a_queue_that_was_emptied_before_passes_without_a_measurement(
    aws: FakeAws, account: DrainAccount, database: Database, queued: int, new: bool, conclusive: bool, warning: str
) -> None:
    account.counts = lambda now: (0, 0, 0)
    database.new, database.conclusive = lambda now: new, conclusive
    result = watch(aws, step=True)
    assert "job_minutes" not in result.values and warning in result.warnings[0]
    assert database.begun == 0, "what was there before is what the run recorded"


def test_a_queue_that_was_emptied_without_data_ends_it(
    aws: FakeAws, account: DrainAccount, database: Database, queued: int
) -> None:
    account.counts = lambda now: (0, 0, 0)
    database.new = lambda now: False
    with pytest.raises(TaskFailed, match=f"the database has no data of the {queued} queued.") as caught:
        watch(aws, step=True)
    assert "with -e ingest_canary=never" in caught.value.message


def test_the_last_job_of_a_queue_counts_although_its_worker_has_ended(
    aws: FakeAws, account: DrainAccount, database: Database
) -> None:
    account.counts = lambda now: (0, 0, 0) if now >= JOB_TAKES else (0, 1, 0)
    account.running = lambda now: 0 if now >= JOB_TAKES else 1
    assert watch(aws).values["jobs"] == 1


def test_the_time_of_a_job_begins_with_its_worker(aws: FakeAws, account: DrainAccount, database: Database) -> None:
    began = FakeSsm(aws).context().now() + timedelta(seconds=300)
    account.tasks["w"] = {"taskArn": "w", "lastStatus": "RUNNING", "startedAt": began, "containers": []}
    assert watch(aws).values["job_minutes"] == pytest.approx(5, abs=0.5)
