"""A queue is drained, and what came of its jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    InvalidInput,
    NotFound,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, Step
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.workers.queue_drain import OPERATION
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.drain import DrainAccount
from tests.fakes.run.open_run import RUN, open_run


def test_a_queue_is_drained_when_it_has_stayed_empty(aws: FakeAws, account: DrainAccount):
    result = account.run(total=100)
    assert not result.changed
    assert 600 + 60 <= aws.now < 700
    assert result.values["jobs"] == 100
    assert result.values["jobs_per_minute"] == pytest.approx(10, rel=0.05)
    assert result.values["failed_jobs"] == [] and result.warnings == []
    assert aws.changes() == []


def test_jobs_the_application_gave_up_are_collected_once_without_secrets(aws: FakeAws, account: DrainAccount):
    account.print("ERROR IMPORT_FAILURE A1B HadCM3 2031 (geheim) giving up.", "1")
    account.print("IMPORT_failure of another kind", "2")
    account.print("IMPORT_FAILURE Failed to process data for model HadCM3 scenario A1B year 2031", "3")
    aws.on("GetLogEvents", {"events": [], "nextBackwardToken": "b"})
    result = account.run()
    (job,) = result.values["failed_jobs"]
    assert job["exception"] == "ERROR IMPORT_FAILURE A1B HadCM3 2031 (********) giving up."
    assert result.warnings == ["The application gave 1 job up. The verification finds what is missing."]
    assert result.values["failed_tries"] == 1
    assert len(aws.progress.lines) == 1
    assert "1 try failed, 1 job given up" in aws.progress.statuses[-1][0]
    query = aws.sent("FilterLogEvents")[0]
    assert query["filterPattern"] == '"IMPORT_FAILURE"'
    assert query["logStreamNamePrefix"] == "ecs/management/"


def test_the_log_of_another_application_is_read_by_its_words(aws: FakeAws, account: DrainAccount):
    account.print("LOST tile 17, again", "1")
    account.print("LOST tile 17", "2")
    aws.on("GetLogEvents", {"events": [], "nextBackwardToken": "b"})
    words = {"failed": r"LOST tile (?P<tile>\d+), again", "given_up": r"LOST tile (?P<tile>\d+)$"}
    values = account.run(job_key=["tile"], failure_marker="LOST", log_words=words).values
    assert [(job["model"], job["year"]) for job in values["failed_jobs"]] == [("tile", 17)]
    assert values["failed_tries"] == 1
    assert aws.sent("FilterLogEvents")[0]["filterPattern"] == '"LOST"'


def test_wrong_words_are_refused_before_anything_is_waited_for(aws: FakeAws, account: DrainAccount):
    with pytest.raises(InvalidInput, match="ingest_log_words has taken"):
        account.run(log_words={"taken": "("})
    assert aws.now == 0


def test_a_log_group_that_does_not_exist_yet_is_no_error(aws: FakeAws, account: DrainAccount):
    aws.on("FilterLogEvents", Refusal("ResourceNotFoundException"))
    assert account.run().values["failed_jobs"] == []


def test_check_mode_reports_and_does_not_wait(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (1995, 3, 0)
    result = account.run(check_mode=True)
    assert result.values["jobs_left"] == 1998 and result.values["in_flight"] == 3
    assert aws.now == 0 and aws.count("DescribeServices") == 0


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
def test_a_missing_queue_is_named(aws: FakeAws, account: DrainAccount, code: str):
    aws.on("GetQueueUrl", Refusal(code))
    with pytest.raises(NotFound, match="no queue 'cc-api-staging'"):
        account.run()


@pytest.mark.parametrize("name", ["stable_seconds", "stall_timeout", "no_worker_timeout"])
def test_periods_must_be_positive(aws: FakeAws, account: DrainAccount, name: str):
    with pytest.raises(InvalidInput, match=f"{name} is 0"):
        account.run(**{name: 0})


@pytest.mark.parametrize(
    ("step", "left", "total"),
    [("drain", 40, 94), ("historical_drain", 40, 56), ("retry_1_drain", 1, 2), ("drain", 100, 100)],
)
def test_jobs_done_before_the_first_look_count_as_the_run_knows_how_many_it_queued(
    aws: FakeAws, account: DrainAccount, step: str, left: int, total: int
):
    ssm = open_run(aws)
    aws.on("DescribeInstances", Refusal("UnauthorizedOperation"))  # what it costs stays unknown
    queued = {"create_jobs": 94, "historical_create_jobs": 56, "retry_1_create_jobs_1": 1, "retry_1_create_jobs_2": 1}
    for name, jobs in queued.items():
        kept = Step(RUN.id, DONE, "2026-03-01T10:00:00+00:00", facts={"jobs": jobs})
        record.write_step(ssm.context(), "staging", name, kept)
    account.counts = lambda now: (left, 0, 0) if now < 5 else (0, 0, 0)
    context = ssm.context()
    OPERATION.run(replace(context, step=StepWriter(context, "staging", step, RUN, None)), account.params())
    assert aws.progress.statuses[0][0].startswith(f"{total - left}/{total} jobs done")
