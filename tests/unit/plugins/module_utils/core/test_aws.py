"""What all operations share on top of boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from ansible_collections.climate.ingest.plugins.module_utils.core import aws as shared
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, IngestError
from tests.fakes.aws import FakeAws


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
        return shared.poll(self.aws.context(), self, what="the thing", timeout=timeout, **how)


def test_code_and_text_of_an_error() -> None:
    assert (shared.error_code(refusal()), shared.error_text(refusal())) == ("AccessDenied", "not authorized")
    assert (shared.error_code(ValueError("x")), shared.error_text(ValueError("x"))) == ("", "x")
    assert shared.error_text(refusal(message="")).startswith("An error occurred (AccessDenied)")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("ThrottlingException"), True),
        (refusal("Throttling"), True),
        (refusal("RequestThrottled"), True),
        (refusal("RequestLimitExceeded", "Request limit exceeded."), True),
        (refusal("ClientException", "Rate exceeded"), True),
        (refusal("AccessDenied"), False),
        (refusal("LimitExceededException", "too many tasks"), False),
    ],
)
def test_throttles_have_many_spellings(error: ClientError, expected: bool) -> None:
    assert shared.is_throttle(error) is expected


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (EndpointConnectionError(endpoint_url="https://ecs"), "AWS cannot be reached: .*https://ecs"),
        (refusal(), "^AWS refused RunTask: AccessDenied: not authorized$"),
        (NoCredentialsError(), "^The call to AWS failed: Unable to locate credentials$"),
    ],
)
def test_an_error_no_operation_handled_is_explained(error: Exception, message: str) -> None:
    with pytest.raises(IngestError, match=message):
        raise shared.explain(error)
    assert shared.explain(refusal()).details == {"code": "AccessDenied"}


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1])])
def test_items_are_cut_into_batches(count: int, sizes: list[int]) -> None:
    parts = list(shared.batches(range(count), 10))
    assert [len(part) for part in parts] == sizes
    assert [each for part in parts for each in part] == list(range(count))


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


def test_a_throttled_read_is_tried_again(aws: FakeAws) -> None:
    assert Reads(aws, refusal("ThrottlingException"), refusal("RequestLimitExceeded"), "here").poll() == "here"
    assert aws.now > 0


def test_a_throttle_at_the_deadline_is_the_error(aws: FakeAws) -> None:
    with pytest.raises(ClientError, match="ThrottlingException"):
        Reads(aws, refusal("ThrottlingException")).poll()
    assert aws.now == 60


@pytest.mark.parametrize("error", [refusal(), IngestError("it will never come")])
def test_another_error_ends_the_wait_at_once(aws: FakeAws, error: Exception) -> None:
    with pytest.raises(type(error)):
        Reads(aws, error).poll()
    assert aws.now == 0


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (None, {}),
        ([{"Key": "a", "Value": "b"}], {"a": "b"}),
        ([{"key": "a", "value": "b"}, {"key": "c"}], {"a": "b", "c": ""}),
    ],
)
def test_tags_of_any_service_are_read(tags: Any, expected: dict[str, str]) -> None:
    assert shared.tag_dict(tags) == expected


def test_tags_are_written_as_the_service_spells_them() -> None:
    assert shared.tag_list({"a": "b"}) == [{"Key": "a", "Value": "b"}]
    assert shared.tag_list({"a": "b"}, lower=True) == [{"key": "a", "value": "b"}]
