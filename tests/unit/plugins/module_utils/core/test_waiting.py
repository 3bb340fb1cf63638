"""Waiting for something to happen, and reading what is only shown."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.climate.ingest.plugins.module_utils.core import waiting
from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, IngestError
from tests.fakes.aws import FakeAws, Lost, Refusal

UNREACHABLE = EndpointConnectionError(endpoint_url="https://sqs")


def refusal(code: str = "AccessDenied", message: str = "not authorized") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "RunTask")


class Reads:
    """Answers one read after another; errors are raised."""

    def __init__(self, aws: FakeAws, *answers: Any) -> None:
        self.aws, self.answers = aws, list(answers)
        self.times: list[float] = []

    def __call__(self) -> Any:
        self.times.append(self.aws.now)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def poll(self, timeout: float = 60, **how: float) -> Any:
        return waiting.poll(self.aws.context(), self, what="the thing", timeout=timeout, **how)


def test_what_is_there_already_is_not_waited_for(aws: FakeAws) -> None:
    assert Reads(aws, "here").poll() == "here"
    assert aws.now == 0


def test_false_is_an_answer(aws: FakeAws) -> None:
    assert Reads(aws, None, False).poll() is False


def test_the_wait_between_two_reads_grows_up_to_a_limit(aws: FakeAws) -> None:
    reads = Reads(aws, *[None] * 6, "here")
    reads.poll(interval=1, factor=2, longest=5)
    assert reads.times == [0, 1, 3, 7, 12, 17, 22]


def test_a_deadline_names_what_was_awaited_and_is_met_exactly(aws: FakeAws) -> None:
    reads = Reads(aws, None)
    with pytest.raises(DeadlineExceeded, match="^Gave up waiting for the thing after 60 seconds.$"):
        reads.poll()
    assert aws.now == reads.times[-1] == 60
    assert aws.progress.expected == [(60, True)]


def test_what_comes_with_the_last_read_is_in_time(aws: FakeAws) -> None:
    assert Reads(aws, None, None, "here").poll(timeout=3, interval=2) == "here"
    assert aws.now == 3


@pytest.mark.parametrize("error", [refusal(), IngestError("it will never come")])
def test_another_error_ends_the_wait_at_once(aws: FakeAws, error: Exception) -> None:
    with pytest.raises(type(error)):
        Reads(aws, error).poll()
    assert aws.now == 0


def test_time_without_aws_does_not_count_against_a_deadline(aws: FakeAws) -> None:
    context = aws.context()
    aws.on("GetQueueUrl", {"QueueUrl": "u"}, *[Lost(UNREACHABLE)] * 12, {"QueueUrl": "u"}, {"QueueUrl": "here"})

    def read() -> str | None:
        url: str = context.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]
        return url if url == "here" else None

    assert waiting.poll(context, read, what="it", timeout=10, interval=4) == "here"
    assert aws.now > 100


@pytest.mark.parametrize(
    "answer", [Refusal("AccessDenied"), Refusal("InternalError", status=500), Lost(UNREACHABLE), Refusal("Throttling")]
)
def test_what_is_only_shown_is_left_out_where_it_cannot_be_read(aws: FakeAws, answer: Any) -> None:
    aws.on("GetQueueUrl", answer)

    def read(context: Context) -> str:
        return str(context.client("sqs").get_queue_url(QueueName="q")["QueueUrl"])

    assert waiting.if_possible(aws.context(), read, "nothing", "The queue") == "nothing"
    assert aws.now < 5
    [told] = aws.progress.lines or aws.progress.details
    assert told.startswith("The queue cannot be read: ")
    assert bool(aws.progress.lines) is (told == "The queue cannot be read: GetQueueUrl is denied")
    aws.on("GetQueueUrl", {"QueueUrl": "u"})
    assert waiting.if_possible(aws.context(), read, "nothing", "The queue") == "u"


def test_what_is_denied_is_told_once_a_play(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", Refusal("AccessDenied"))
    context = aws.context()

    def read(context: Context) -> str:
        return str(context.client("sqs").get_queue_url(QueueName="q")["QueueUrl"])

    for _ in range(3):
        assert waiting.if_possible(context, read, "nothing", "The queue") == "nothing"
    assert aws.progress.lines == ["The queue cannot be read: GetQueueUrl is denied"]
