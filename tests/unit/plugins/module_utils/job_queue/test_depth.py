"""How many messages wait, are in flight and are delayed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound
from ansible_collections.climate.ingest.plugins.module_utils.job_queue import depth
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.depth import Depth
from tests.fakes.aws import FakeAws, Refusal

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/cc-api-staging"
ATTRIBUTES = {
    "ApproximateNumberOfMessages": "5",
    "ApproximateNumberOfMessagesNotVisible": "3",
    "ApproximateNumberOfMessagesDelayed": "1",
    "VisibilityTimeout": "14400",
    "MessageRetentionPeriod": "345600",
}


@pytest.fixture
def queue(aws: FakeAws) -> FakeAws:
    aws.on(
        "GetQueueAttributes",
        lambda params: {
            "Attributes": {name: ATTRIBUTES[name] for name in params["AttributeNames"] if name in ATTRIBUTES}
        },
    )
    return aws


def test_a_queue_is_found_by_its_name(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", {"QueueUrl": URL})
    assert depth.queue_url(aws.context(), "cc-api-staging") == URL


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
def test_a_missing_queue_is_named(aws: FakeAws, code: str) -> None:
    aws.on("GetQueueUrl", Refusal(code))
    with pytest.raises(NotFound, match="no queue 'cc-api-staging' in this account and region"):
        depth.queue_url(aws.context(), "cc-api-staging")


def test_another_refusal_passes_through(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", Refusal("AccessDenied"))
    with pytest.raises(ClientError):
        depth.queue_url(aws.context(), "cc-api-staging")


def test_the_counts_and_the_visibility_timeout_are_one_call(queue: FakeAws) -> None:
    found = depth.read_depth(queue.context(), URL)
    assert found == Depth(waiting=5, in_flight=3, delayed=1, visibility_timeout=14400)
    assert found.left == 9
    assert len(queue.calls) == 1


def test_attributes_are_read_as_they_are(queue: FakeAws) -> None:
    assert depth.attributes(queue.context(), URL) == ATTRIBUTES


def test_a_preview_has_the_jobs_an_earlier_step_would_leave(queue: FakeAws) -> None:
    context = queue.context(check_mode=True)
    assert depth.predicted_jobs(context, URL) is None
    depth.predict_jobs(context, URL, 40)
    assert depth.predicted_jobs(context, URL) == 40
    assert depth.read_depth(context, URL) == Depth(waiting=40, in_flight=0, delayed=0, visibility_timeout=14400)
    assert depth.attributes(context, URL)["ApproximateNumberOfMessages"] == "5"
    depth.predict_jobs(context, URL, 0)
    assert depth.read_depth(context, URL).left == 0


def test_a_run_predicts_nothing(queue: FakeAws) -> None:
    context: Any = queue.context()
    depth.predict_jobs(context, URL, 40)
    assert depth.predicted_jobs(context, URL) is None
