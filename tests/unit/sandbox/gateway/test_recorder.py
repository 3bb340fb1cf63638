"""The record of calls."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from sandbox.gateway import recorder
from sandbox.gateway.http_server import call
from sandbox.gateway.recorder import Recorder, as_json


def answering(status: str, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> Any:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        assert environ["wsgi.input"].read() == environ["sent"]
        start_response(status, list(headers))
        return [body]

    return app


def request(target: str, body: dict[str, Any] | None = None, who: str = "operator") -> WSGIEnvironment:
    sent = json.dumps(body or {}).encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/ecs/aws4_request",
        "HTTP_X_AMZ_TARGET": f"ECS.{target}",
        "HTTP_USER_AGENT": "Boto3/1",
        "sandbox.caller": who,
        "wsgi.input": io.BytesIO(sent),
        "sent": sent,
    }


def test_what_is_known_of_a_call() -> None:
    record = Recorder(answering("200 OK", b"{}"))
    assert call(record, request("RunTask", {"cluster": "c"})) == ("200 OK", [], b"{}")
    (made,) = record.calls()
    assert (made.service, made.operation, made.status, made.error) == ("ecs", "RunTask", 200, None)
    assert made.changes and made.parameters == {"cluster": "c"}
    assert made.caller == "operator" and made.user_agent == "Boto3/1"
    assert made.time > 0 and made.duration >= 0
    json.dumps(as_json([made]))


def test_container_processes_are_told_apart_and_the_sandbox_itself_is_left_out() -> None:
    record = Recorder(answering("200 OK", b""))
    call(record, request("RunTask", who="task"))
    call(record, request("RunTask", who="sandbox"))
    assert [made.caller for made in record.calls()] == ["task"]


def test_a_stranger_does_not_fill_the_record() -> None:
    record = Recorder(answering("403 Forbidden", b""))
    call(record, request("RunTask", {"cluster": "c"}, who="stranger"))
    (made,) = record.calls()
    assert (made.caller, made.operation, made.parameters) == ("stranger", "RunTask", None)


def test_only_changes_and_only_since() -> None:
    record = Recorder(answering("200 OK", b""))
    for target in ("ListTasks", "RunTask", "DescribeTasks", "StopTask"):
        call(record, request(target))
    assert [made.operation for made in record.calls(changes=True)] == ["RunTask", "StopTask"]
    assert [made.number for made in record.calls(since=2)] == [3, 4]
    assert record.last == 4
    record.clear()
    assert (record.last, record.calls()) == (0, [])
    call(record, request("ListTasks"))
    assert record.last == 1


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b'{"__type": "ClientException", "message": "m"}', [], "ClientException"),
        (b'{"__type": "com.amazonaws.ecs#ClusterNotFoundException"}', [], "ClusterNotFoundException"),
        (b"<ErrorResponse><Error><Code>DBInstanceNotFound</Code></Error></ErrorResponse>", [], "DBInstanceNotFound"),
        (b"", [("X-Amzn-ErrorType", "NoSuchThing;Sender")], "NoSuchThing"),
        (b"broken", [], "Unknown"),
    ],
)
def test_the_error_code_of_every_protocol(body: bytes, headers: list[tuple[str, str]], code: str) -> None:
    record = Recorder(answering("400 Bad Request", body, headers))
    call(record, request("RunTask"))
    (made,) = record.calls()
    assert (made.status, made.error) == (400, code)


def test_large_parameters_are_left_out() -> None:
    record = Recorder(answering("200 OK", b""))
    call(record, request("RegisterTaskDefinition", {"family": "f" * 9_000}))
    call(record, request("ListTasks", {"cluster": "c"}))
    assert [made.parameters for made in record.calls()] == [None, None]


def test_memory_is_bounded_and_numbers_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_KEPT", 3)
    record = Recorder(answering("200 OK", b""))
    for _ in range(5):
        call(record, request("ListTasks"))
    assert [made.number for made in record.calls()] == [3, 4, 5]


def test_calls_at_the_same_time_are_all_there() -> None:
    record = Recorder(answering("200 OK", b""))
    threads = [
        threading.Thread(target=lambda: [call(record, request("ListTasks")) for _ in range(50)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [made.number for made in record.calls()] == list(range(1, 401))
