"""No jobs before create_jobs, exactly those requested after it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    Incomplete,
    InvalidInput,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.dataset import read_dataset
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.depth import predict_jobs
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.job_count import (
    check,
    counted,
    read_counts,
    ready,
)
from ansible_collections.climate.ingest.plugins.module_utils.record import go_on
from tests.fakes.aws import FakeAws, Refusal

PARAMS = {
    "queue": "cc-api-staging",
    "models": ["all"],
    "years": ["2050", "2051"],
    "all_models": ["ACCESS1-0", "CCSM4"],
    "all_years": [],
    "already": 0,
    "purge": False,
    "settle": 60,
}
PURGE = {**PARAMS, "purge": True}
URL = "https://sqs/cc-api-staging"
REQUESTED = read_dataset(PARAMS)


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
    return aws


@pytest.mark.parametrize(("arrived", "said"), [(2, "tile by tile if need be"), (4, "more than all_values says")])
def test_what_is_said_of_jobs_of_other_fields(queue: FakeAws, arrived: int, said: str) -> None:
    queue.on("GetQueueAttributes", counts(arrived))
    params = {**PARAMS, "job_key": ["tile"], "values": {"tile": ["1-3"]}, "all_values": {}}
    with pytest.raises((Incomplete, Refused)) as caught:
        counted(queue.context(), URL, params, read_dataset(params))
    assert said in caught.value.message
    assert not {"model", "models", "years"} & {*caught.value.message.replace("_", " ").split()}


def test_an_empty_queue_is_believed_at_once(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(0))
    ready(queue.context(), URL, PARAMS)
    assert queue.now == 0


def test_counts_that_lag_behind_the_emptiness_are_awaited(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3), counts(3), counts(1), counts(0))
    assert not ready(queue.context(), URL, PARAMS).changed
    assert 0 < queue.now < 10


@pytest.mark.parametrize("full", [counts(3), counts(0, 3), counts(0, 0, 3)])
def test_a_queue_that_stays_full_is_refused_with_the_remedies(queue: FakeAws, full: dict[str, Any]) -> None:
    queue.on("GetQueueAttributes", full)
    with pytest.raises(Refused) as caught:
        ready(queue.context(), URL, PARAMS)
    assert "The queue 'cc-api-staging' is not empty: " in caught.value.message
    assert "ingest_purge_queue=true" in caught.value.message
    assert sum(caught.value.details["counts"].values()) == 3
    assert caught.value.details[go_on.CHOICES] == {"": go_on.PURGE}
    assert 60 <= queue.now < 70
    assert "0 expected" in queue.progress.statuses[0][0]


def test_a_preview_does_not_wait_for_counts_to_settle(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    with pytest.raises(Refused):
        ready(queue.context(check_mode=True), URL, PARAMS)
    assert queue.now == 0


def test_what_arrived_is_what_was_asked(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(1), counts(3), counts(3, 1))
    assert counted(queue.context(), URL, PARAMS, REQUESTED) == {"visible": 3, "in_flight": 1, "delayed": 0}
    assert queue.now < 10


def test_fewer_than_asked_is_incomplete(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(2))
    with pytest.raises(Incomplete) as caught:
        counted(queue.context(), URL, PARAMS, REQUESTED)
    assert "Only 2 of the 4 requested jobs (2 models x 2 years) arrived" in caught.value.message
    assert caught.value.details["requested"] == 4
    assert queue.now >= 60


def test_more_than_asked_is_refused(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(8))
    with pytest.raises(Refused) as caught:
        counted(queue.context(), URL, PARAMS, REQUESTED)
    assert "8 jobs arrived in the queue 'cc-api-staging', more than the 4 requested jobs" in caught.value.message


def test_a_queue_that_never_rests_is_judged_in_the_end(queue: FakeAws) -> None:
    depth = iter(range(10, 10_000))
    queue.on("GetQueueAttributes", lambda params: counts(next(depth)))
    with pytest.raises(Refused, match="more than the 4 requested jobs"):
        counted(queue.context(), URL, PARAMS, REQUESTED)
    assert queue.now == pytest.approx(600)


def test_what_is_in_the_queue_is_purged_on_request(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3, 1), counts(2), counts(0))
    queue.on("PurgeQueue", {})
    result = ready(queue.context(), URL, PURGE)
    assert result.changed
    assert (result.before["visible"], result.before["in_flight"], sum(result.after.values())) == (3, 1, 0)
    assert queue.count("PurgeQueue") == 1


@pytest.mark.parametrize(("settle", "seconds"), [(120, 60), (10, 10)])
def test_a_purge_is_waited_out(queue: FakeAws, settle: int, seconds: int) -> None:
    """SQS may still delete what is sent after it; where counts settle sooner, as in the sandbox, it takes less."""
    queue.on("GetQueueAttributes", counts(3), counts(0))
    queue.on("PurgeQueue", {})
    ready(queue.context(), URL, {**PURGE, "settle": settle})
    assert queue.now == seconds


def test_an_empty_queue_is_not_purged(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(0))
    assert not ready(queue.context(), URL, PURGE).changed


def test_a_purge_is_predicted(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    assert ready(queue.context(check_mode=True), URL, PURGE).changed
    assert queue.count("PurgeQueue") == 0


def test_a_purge_less_than_a_minute_after_another_is_tried_again(queue: FakeAws) -> None:
    early = Refusal("AWS.SimpleQueueService.PurgeQueueInProgress", "Only one PurgeQueue every 60 s.")
    queue.on("GetQueueAttributes", counts(3), counts(0))
    queue.on("PurgeQueue", early, early, {})
    assert ready(queue.context(), URL, PURGE).changed
    assert queue.count("PurgeQueue") == 3


def test_purges_of_others_are_not_waited_out_for_ever(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    queue.on("PurgeQueue", Refusal("PurgeQueueInProgress", "Only one PurgeQueue every 60 s."))
    with pytest.raises(DeadlineExceeded, match="a purge of queue 'cc-api-staging'"):
        ready(queue.context(), URL, PURGE)


def test_a_purge_that_is_not_allowed_is_not_hidden(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    queue.on("PurgeQueue", Refusal("AccessDenied", "not authorized to perform: sqs:purgequeue"))
    with pytest.raises(ClientError):
        ready(queue.context(), URL, PURGE)


def test_a_queue_that_fills_again_after_a_purge_is_refused(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    queue.on("PurgeQueue", {})
    with pytest.raises(Refused, match="was purged and is not empty: 3 visible"):
        ready(queue.context(), URL, PURGE)


@pytest.mark.parametrize("name", ["settle", "already"])
def test_negative_numbers_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} is -1"):
        check({**PARAMS, name: -1})


def test_what_earlier_commands_queued_must_be_there_and_stays(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(2), counts(3))
    assert not ready(queue.context(), URL, {**PURGE, "already": 3}).changed
    assert queue.count("PurgeQueue") == 0


@pytest.mark.parametrize("found", [0, 2, 4])
def test_another_number_than_earlier_commands_queued_is_refused(queue: FakeAws, found: int) -> None:
    queue.on("GetQueueAttributes", counts(found))
    with pytest.raises(Refused, match=rf"must hold the 3 jobs .* holds {found} visible.*ingest_purge_queue=true"):
        ready(queue.context(), URL, {**PURGE, "already": 3})


def test_what_arrived_is_counted_on_top(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(7))
    assert counted(queue.context(), URL, {**PARAMS, "already": 3}, REQUESTED)["visible"] == 7
    with pytest.raises(Refused, match="7 jobs arrived"):
        counted(queue.context(), URL, PARAMS, REQUESTED)
    with pytest.raises(Incomplete, match="Only 3 of the 4"):
        counted(queue.context(), URL, {**PARAMS, "already": 4}, REQUESTED)


def test_counts_are_read_in_one_call_and_a_missing_one_is_none(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", {"Attributes": {"ApproximateNumberOfMessages": "3"}})
    assert read_counts(queue.context(), URL) == {"visible": 3, "in_flight": 0, "delayed": 0}


def test_a_preview_counts_what_an_earlier_step_would_leave(queue: FakeAws) -> None:
    context = queue.context(check_mode=True)
    predict_jobs(context, URL, 4)
    assert read_counts(context, URL) == {"visible": 4, "in_flight": 0, "delayed": 0}
    assert queue.calls == []


def test_a_purge_in_a_preview_empties_the_queue_for_the_steps_that_follow(queue: FakeAws) -> None:
    queue.on("GetQueueAttributes", counts(3))
    context = queue.context(check_mode=True)
    ready(context, URL, PURGE)
    assert read_counts(context, URL) == {"visible": 0, "in_flight": 0, "delayed": 0}
