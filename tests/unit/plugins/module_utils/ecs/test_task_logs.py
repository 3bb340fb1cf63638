from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.secrets import Mask
from ansible_collections.climate.ingest.plugins.module_utils.ecs.task_logs import (
    LogEnd,
    LogStream,
    Tail,
    last_lines,
    stream_of,
)
from tests.fakes.aws import FakeAws, Refusal

TASK = {"taskArn": "arn:aws:ecs:us-east-1:1:task/c/abc", "containers": [{"name": "management", "runtimeId": "run-1"}]}
GONE = Refusal("ResourceNotFoundException", "The specified log stream does not exist.")


def definition(driver: str = "awslogs", **options: str) -> dict[str, Any]:
    container = {
        "name": "management",
        "environment": [{"name": "RDS_PASSWORD", "value": "hunter2"}, {"name": "LEVEL", "value": "INFO"}],
        "logConfiguration": {"logDriver": driver, "options": options},
    }
    return {"containerDefinitions": [container]}


AWSLOGS = definition(**{"awslogs-group": "g", "awslogs-stream-prefix": "p"})


def page(token: str, *lines: str, back: str = "b") -> dict[str, Any]:
    return {
        "events": [{"message": line, "timestamp": 1} for line in lines],
        "nextForwardToken": token,
        "nextBackwardToken": back,
    }


@pytest.mark.parametrize(
    ("task_definition", "expected"),
    [
        (AWSLOGS, LogStream("g", "p/management/abc")),
        (definition(**{"awslogs-group": "g"}), LogStream("g", "run-1")),
        (definition("json-file"), None),
        (definition("splunk", **{"awslogs-group": "g"}), None),
        (definition(), None),
        ({"containerDefinitions": []}, None),
        ({"containerDefinitions": [{"name": "management"}]}, None),
    ],
)
def test_where_the_log_is(task_definition: dict[str, Any], expected: LogStream | None) -> None:
    assert stream_of(task_definition, TASK, "management") == expected


def test_the_stream_without_prefix_is_unknown_until_the_container_runs() -> None:
    assert stream_of(definition(**{"awslogs-group": "g"}), {"taskArn": "a/b"}, "management") is None


def test_a_tail_gives_each_line_once_and_an_empty_page_is_not_the_end(aws: FakeAws) -> None:
    tail = Tail(aws.client("logs"), LogStream("g", "s"), Mask({}))
    aws.on("GetLogEvents", page("1", "one"), page("2"), page("3", "two\nthree"), page("3"))
    assert list(tail.read()) == ["one", "two", "three"]
    assert [sent.get("nextToken") for sent in aws.sent("GetLogEvents")] == [None, "1", "2", "3"]
    aws.on("GetLogEvents", page("4", "four"), page("4"))
    assert list(tail.read()) == ["four"]


def test_a_stream_that_is_not_there_yet_has_no_lines(aws: FakeAws) -> None:
    tail = Tail(aws.client("logs"), LogStream("g", "s"), Mask({}))
    aws.on("GetLogEvents", GONE, page("1", "one"), page("1"))
    assert list(tail.read()) == []
    assert list(tail.read()) == ["one"]


def test_a_throttled_tail_loses_no_line(aws: FakeAws) -> None:
    tail = Tail(aws.client("logs"), LogStream("g", "s"), Mask({}))
    aws.on("GetLogEvents", page("1", "one"), Refusal("SomethingElse"))
    lines = tail.read()
    assert next(lines) == "one"
    with pytest.raises(ClientError):
        next(lines)
    aws.on("GetLogEvents", page("2", "two"), page("2"))
    assert list(tail.read()) == ["two"]


def test_the_last_lines_are_read_backwards_and_masked(aws: FakeAws) -> None:
    aws.on("GetLogEvents", page("f", "two", "connect as hunter2", back="1"), page("f", "zero", "one", back="2"))
    read = last_lines(aws.context(), AWSLOGS, TASK, "management", count=3)
    assert read == LogEnd(["one", "two", "connect as ********"])
    assert [sent["limit"] for sent in aws.sent("GetLogEvents")] == [3, 3]
    assert not any(sent["startFromHead"] for sent in aws.sent("GetLogEvents"))


def test_a_short_log_ends_where_the_token_stays(aws: FakeAws) -> None:
    aws.on("GetLogEvents", page("f", "only", back="1"), page("f", back="1"))
    assert last_lines(aws.context(), AWSLOGS, TASK, "management") == LogEnd(["only"])
    assert aws.count("GetLogEvents") == 2


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (Refusal("ResourceNotFoundException"), "there is no log stream "),
        (
            Refusal("AccessDeniedException", "User: x is not authorized to perform: logs:GetLogEvents on resource: y"),
            "logs:GetLogEvents is denied",
        ),
    ],
    ids=["missing", "denied"],
)
def test_a_log_that_cannot_be_had_is_no_error_and_not_taken_for_empty(aws: FakeAws, refusal: Refusal, why: str) -> None:
    aws.on("GetLogEvents", refusal)
    read = last_lines(aws.context(), AWSLOGS, TASK, "management")
    assert read.lines == [] and read.unread.startswith(why)


def test_what_was_read_before_a_refusal_is_kept(aws: FakeAws) -> None:
    aws.on("GetLogEvents", page("f", "one", back="1"), Refusal("AccessDeniedException"))
    assert last_lines(aws.context(), AWSLOGS, TASK, "management") == LogEnd(["one"], "GetLogEvents is denied")


def test_another_driver_asks_for_nothing(aws: FakeAws) -> None:
    assert last_lines(aws.context(), definition("json-file"), TASK, "management") == LogEnd(
        [], "its container logs through json-file, not through awslogs"
    )
    assert aws.calls == []


@pytest.mark.parametrize("status", [400, 500])
def test_lines_that_cannot_be_had_are_none(aws: FakeAws, status: int) -> None:
    aws.on("GetLogEvents", Refusal("InvalidParameterException", status=status))
    read = last_lines(aws.context(), AWSLOGS, TASK, "management")
    assert read == LogEnd([], "AWS refused GetLogEvents: InvalidParameterException")
    assert aws.now < 5
