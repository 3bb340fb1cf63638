from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.errors import (
    DeadlineExceeded,
    Incomplete,
    InvalidInput,
    NotFound,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.job_count import run
from tests.fake_aws import FakeAws, Refusal

PARAMS = {
    "queue": "cc-api-staging",
    "expect": "any",
    "models": ["all"],
    "years": ["2050", "2051"],
    "all_models": ["ACCESS1-0", "CCSM4"],
    "all_years": [],
    "purge": False,
    "before": 0,
    "settle": 60,
}
PURGE = {**PARAMS, "expect": "empty", "purge": True}


def counts(visible: int, in_flight: int = 0, delayed: int = 0) -> dict[str, Any]:
    return {
        "Attributes": {
            "ApproximateNumberOfMessages": str(visible),
            "ApproximateNumberOfMessagesNotVisible": str(in_flight),
            "ApproximateNumberOfMessagesDelayed": str(delayed),
        }
    }


@pytest.fixture
def queue(aws: FakeAws) -> FakeAws:
    aws.on("GetQueueUrl", {"QueueUrl": "https://sqs/cc-api-staging"})
    return aws


def test_the_counts_are_reported(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(5, 2, 1))
    result = run(queue.context(), PARAMS)
    assert result.values == {
        "queue_url": "https://sqs/cc-api-staging",
        "counts": {"visible": 5, "in_flight": 2, "delayed": 1},
        "jobs": 8,
        "asked": None,
    }
    assert not result.changed
    assert queue.count("GetQueueAttributes") == 1


def test_an_empty_queue_is_believed_at_once(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(0))
    run(queue.context(), {**PARAMS, "expect": "empty"})
    assert queue.now == 0


def test_counts_that_lag_behind_the_emptiness_are_awaited(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3), counts(3), counts(1), counts(0))
    assert run(queue.context(), {**PARAMS, "expect": "empty"}).values["jobs"] == 0
    assert 0 < queue.now < 10


@pytest.mark.parametrize("full", [counts(3), counts(0, 3), counts(0, 0, 3)])
def test_a_queue_that_stays_full_is_refused_with_the_remedies(queue: FakeAws, full: dict[str, Any]) -> None:
    queue.on("GetQueueAttributes", full)
    with pytest.raises(Refused) as caught:
        run(queue.context(), {**PARAMS, "expect": "empty"})
    assert "The queue 'cc-api-staging' is not empty: " in caught.value.message
    assert "ingest_purge_queue=true" in caught.value.message
    assert sum(caught.value.details["counts"].values()) == 3
    assert 60 <= queue.now < 70
    assert "0 expected" in queue.progress.statuses[0][0]


def test_a_preview_does_not_wait_for_counts_to_settle(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    with pytest.raises(Refused):
        run(queue.context(check_mode=True), {**PARAMS, "expect": "empty"})
    assert queue.now == 0


def test_what_arrived_is_what_was_asked(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(1), counts(3), counts(3, 1))
    result = run(queue.context(), {**PARAMS, "expect": "asked"})
    assert (result.values["jobs"], result.values["asked"]) == (4, 4)
    assert queue.now < 10


def test_what_was_there_before_does_not_count(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(10))
    assert run(queue.context(), {**PARAMS, "expect": "asked", "before": 6}).values["asked"] == 4


def test_fewer_than_asked_is_incomplete(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(2))
    with pytest.raises(Incomplete) as caught:
        run(queue.context(), {**PARAMS, "expect": "asked"})
    assert "Only 2 of the 4 jobs asked for (2 models x 2 years) arrived" in caught.value.message
    assert caught.value.details["asked"] == 4
    assert queue.now >= 60


def test_more_than_asked_is_refused(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(8))
    with pytest.raises(Refused) as caught:
        run(queue.context(), {**PARAMS, "expect": "asked"})
    assert "8 jobs arrived in the queue 'cc-api-staging', more than the 4 jobs asked for" in caught.value.message


def test_a_queue_that_never_rests_is_judged_in_the_end(queue: FakeAws) -> None:
    depth = iter(range(10, 10_000))
    queue.on("GetQueueAttributes", lambda params: counts(next(depth)))
    with pytest.raises(Refused, match="more than the 4 jobs"):
        run(queue.context(), {**PARAMS, "expect": "asked"})
    assert queue.now == pytest.approx(600)


def test_check_mode_cannot_compare_what_was_not_queued(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(0))
    assert run(queue.context(check_mode=True), {**PARAMS, "expect": "asked"}).values["asked"] == 4
    assert queue.now == 0


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
def test_an_unknown_queue_is_named(aws: FakeAws, code: str) -> None:
    aws.on("GetQueueUrl", Refusal(code))
    with pytest.raises(NotFound, match="no queue 'cc-api-staging'"):
        run(aws.context(), PARAMS)


@pytest.mark.parametrize("wrong", [{"settle": -1}, {"before": -1}, {"expect": "asked", "all_models": []}])
def test_wrong_input_is_found_before_any_call(aws: FakeAws, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        run(aws.context(), {**PARAMS, **wrong})
    assert aws.calls == []


def test_what_is_in_the_queue_is_purged_on_request(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3, 1), counts(2), counts(0))
    queue.on("PurgeQueue", {})
    result = run(queue.context(), PURGE)
    assert result.changed
    assert (result.before["visible"], result.before["in_flight"], sum(result.after.values())) == (3, 1, 0)
    assert result.values["jobs"] == 0
    assert queue.count("PurgeQueue") == 1


def test_an_empty_queue_is_not_purged(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(0))
    assert not run(queue.context(), PURGE).changed


def test_a_purge_is_predicted(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    assert run(queue.context(check_mode=True), PURGE).changed
    assert queue.count("PurgeQueue") == 0


def test_a_purge_less_than_a_minute_after_another_is_tried_again(queue: FakeAws) -> None:
    early = Refusal("AWS.SimpleQueueService.PurgeQueueInProgress", "Only one PurgeQueue every 60 s.")
    queue.on("GetQueueAttributes", counts(3), counts(0))
    queue.on("PurgeQueue", early, early, {})
    assert run(queue.context(), PURGE).changed
    assert queue.count("PurgeQueue") == 3


def test_purges_of_others_are_not_waited_out_for_ever(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    queue.on("PurgeQueue", Refusal("PurgeQueueInProgress", "Only one PurgeQueue every 60 s."))
    with pytest.raises(DeadlineExceeded, match="a purge of queue 'cc-api-staging'"):
        run(queue.context(), PURGE)


def test_a_purge_that_is_not_allowed_is_not_hidden(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    queue.on("PurgeQueue", Refusal("AccessDenied", "not authorized to perform: sqs:purgequeue"))
    with pytest.raises(ClientError):
        run(queue.context(), PURGE)


def test_a_queue_that_fills_again_after_a_purge_is_refused(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    queue.on("PurgeQueue", {})
    with pytest.raises(Refused, match="was purged and is not empty: 3 visible"):
        run(queue.context(), PURGE)
