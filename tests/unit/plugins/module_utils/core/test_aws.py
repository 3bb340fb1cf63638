"""What all operations share on top of boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from ansible_collections.climate.ingest.plugins.module_utils.core import aws as shared
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError


def refusal(code: str = "AccessDenied", message: str = "not authorized") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "RunTask")


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
