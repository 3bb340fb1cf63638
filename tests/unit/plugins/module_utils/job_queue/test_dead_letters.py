"""Jobs that SQS takes away by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.job_queue import dead_letters
from tests.fakes.aws import FakeAws, Refusal

POLICY = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:jobs-dead", "maxReceiveCount": "3"})
NAMES = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


def holds(*counts: int) -> dict[str, Any]:
    return {"Attributes": {name: str(count) for name, count in zip(NAMES, counts, strict=True)}}


@pytest.mark.parametrize(("receives", "warned"), [(1, True), (10, True), (11, False), (1000, False)])
def test_a_policy_that_is_quicker_than_the_application_is_warned_of(receives: int, warned: bool) -> None:
    redrive = dead_letters.read_policy(POLICY.replace('"3"', str(receives)))
    text = dead_letters.warning("jobs", redrive)
    assert bool(text) is warned
    if text:
        assert text.startswith("Queue jobs moves a job to jobs-dead after ")


def test_of_other_workers_it_is_not_known_how_often_they_try() -> None:
    redrive = dead_letters.read_policy(POLICY.replace('"3"', "1000"))
    text = dead_letters.warning("jobs", redrive, None)
    assert text and "run_jobs" not in text and "11" not in text
    assert "above the application's own number of tries" in text


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_without_a_policy_nothing_is_said(aws: FakeAws, text: str | None) -> None:
    assert dead_letters.read_policy(text) is None
    assert dead_letters.warning("jobs", None) is None
    assert dead_letters.DeadLetters(aws.context(), text or "").sentence() is None
    assert aws.calls == []


def test_what_arrives_meanwhile_is_counted(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", {"QueueUrl": "https://sqs/jobs-dead"})
    aws.on("GetQueueAttributes", holds(5, 0, 0), holds(6, 1, 0))
    letters = dead_letters.DeadLetters(aws.context(), POLICY)
    assert letters.sentence() == (
        "SQS moved 2 jobs to the dead-letter queue jobs-dead, after 3 receives each: they are not done, and only the"
        " verification names them."
    )
    assert aws.sent("GetQueueUrl")[0] == {"QueueName": "jobs-dead", "QueueOwnerAWSAccountId": "123456789012"}


def test_where_nothing_arrives_nothing_is_said(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", {"QueueUrl": "https://sqs/jobs-dead"})
    aws.on("GetQueueAttributes", holds(5, 0, 0), holds(4, 0, 0))
    assert dead_letters.DeadLetters(aws.context(), POLICY).sentence() is None


def test_a_queue_that_cannot_be_read_is_not_taken_for_an_empty_one(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", Refusal("AccessDenied", status=403))
    text = dead_letters.DeadLetters(aws.context(), POLICY).sentence()
    assert text == "Whether jobs were moved to the dead-letter queue jobs-dead is not known: it could not be read."
