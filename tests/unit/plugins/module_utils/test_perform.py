from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError, ProfileNotFound

from ansible_collections.climate.ingest.plugins.module_utils.core.aws import check_answer
from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.text import printable
from ansible_collections.climate.ingest.plugins.module_utils.perform import (
    Clients,
    environment,
    perform,
)
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import BEGAN
from tests.fakes.switched_fleet import SwitchedFleet

KEYS = {"access_key": "testing", "secret_key": "testing"}
CONTEXT = Context(connect=lambda service: None)


def connect(service: str, config: Mapping[str, Any], endpoint: str | None = None, region: str = "us-east-1") -> Any:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.session.Session().client(
        service, region_name=region, endpoint_url=endpoint, config=Config(**config), **keys
    )


def operation(outcome: Result | Exception) -> Operation:
    def run(context: Context, params: Mapping[str, Any]) -> Result:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Operation(run=run, argument_spec={})


def answer(outcome: Result | Exception, diff: bool = False) -> dict[str, Any]:
    return perform(operation(outcome), CONTEXT, {}, diff)


def test_a_result_becomes_return_values_of_json_types() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    result = Result(changed=True, before={"a": 1}, after={"a": 2}, values={"at": moment, "path": Path("/x")})
    assert answer(result) == {"changed": True, "at": "2026-03-01T00:00:00+00:00", "path": "/x"}
    assert answer(result, diff=True)["diff"] == {"before": {"a": 1}, "after": {"a": 2}}
    json.dumps(answer(result, diff=True))


def test_warnings_are_given_where_there_are_any() -> None:
    assert answer(Result(warnings=["careful"])) == {"changed": False, "warnings": ["careful"]}


@pytest.mark.parametrize(
    "outcome",
    [
        Result(values={"x\x1b[31m": ["\x1b[2Ja", {"b": "\u202eb"}]}, warnings=["\x9b1mw"], before={"a": "\x07"}),
        Refused("first\nsecond\x1b]0;title\x07", details=["\x1b[31mred"]),
    ],
    ids=["result", "failure"],
)
def test_what_reaches_a_terminal_is_printable(outcome: Result | Exception) -> None:
    shown = json.dumps(answer(outcome, diff=True), ensure_ascii=False)
    assert printable(shown) == shown and "\\u00" not in shown
    if isinstance(outcome, Exception):
        assert answer(outcome)["msg"] == "first\nsecond"


def test_an_ingest_error_is_a_failure_with_its_details() -> None:
    assert answer(Refused("no", counts={"visible": 3})) == {
        "changed": False,
        "failed": True,
        "msg": "no",
        "counts": {"visible": 3},
    }


def test_an_error_of_aws_names_call_code_and_message() -> None:
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "RunTask")
    failed = answer(error)
    assert (failed["failed"], failed["msg"]) == (True, "AWS refused RunTask: AccessDenied: not you")
    unreachable = answer(EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"))
    assert unreachable["msg"].startswith("AWS cannot be reached: ")
    assert "http://127.0.0.1:1/" in unreachable["msg"]


def test_a_mistake_in_an_operation_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError):
        answer(ZeroDivisionError())


def test_an_interrupt_passes() -> None:
    def run(context: Context, params: Mapping[str, Any]) -> Result:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(Operation(run=run, argument_spec={}), CONTEXT, {}, False)


def test_a_service_has_one_client() -> None:
    clients = Clients(lambda: connect, KEYS)
    assert clients("ecs") is clients("ecs")
    assert clients("ecs") is not clients("sqs")
    assert clients("ecs").meta.config.retries["mode"] == "standard"


def test_threads_make_clients_one_at_a_time() -> None:
    """Each changes the environment of the whole process, and puts it back."""
    making: list[str] = []

    def slow(service: str, config: Mapping[str, Any]) -> Any:
        making.append(service)
        assert len(making) == 1
        client = connect(service, config)
        making.remove(service)
        return client

    clients = Clients(lambda: slow, {**KEYS, "endpoint_url": "http://127.0.0.1:1"})
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(clients, ["ecs", "sqs", "ecs", "sqs"]))
    assert found[0] is found[2] and found[1] is found[3]


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that would lead calls elsewhere, or break them."""
    (tmp_path / "config").write_text("[default]\nendpoint_url = https://config.invalid\nuse_fips_endpoint = true\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "nonexistent")
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "nonexistent")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://environment.invalid")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "somebody-elses")


def test_explicit_keys_and_endpoint_overrule_the_environment(hostile: None) -> None:
    before = dict(os.environ)

    def with_endpoint(service: str, config: Mapping[str, Any]) -> Any:
        return connect(service, config, "http://127.0.0.1:1")

    client = Clients(lambda: with_endpoint, {**KEYS, "endpoint_url": "http://127.0.0.1:1"})("ecs")
    assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert client._get_credentials().token is None
    assert dict(os.environ) == before


def test_explicit_keys_alone_overrule_the_profile_only(hostile: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CONFIG_FILE")
    client = Clients(lambda: connect, KEYS)("ecs")
    assert client.meta.endpoint_url == "https://environment.invalid"


def test_without_explicit_keys_the_environment_counts(hostile: None) -> None:
    with pytest.raises(ProfileNotFound):
        Clients(lambda: connect, {"access_key": None, "endpoint_url": None})("ecs")


def test_the_environment_is_put_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_A", "1")
    with pytest.raises(ZeroDivisionError), environment({"INGEST_A": None, "INGEST_B": "2"}):
        assert "INGEST_A" not in os.environ and os.environ["INGEST_B"] == "2"
        raise ZeroDivisionError
    assert os.environ["INGEST_A"] == "1" and "INGEST_B" not in os.environ


class Peer(BaseHTTPRequestHandler):
    """Answers every call with what the test says."""

    answer = b""

    def do_POST(self) -> None:
        self.wfile.write(self.answer)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("service", "method", "answer", "error"),
    [
        (
            "ecs",
            "list_clusters",
            b'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"clusterArns": [',
            # older versions of botocore notice it themselves
            "cut short after 17 of|Connection was closed before we received a valid response",
        ),
        ("ecs", "list_clusters", b"HTTP/1.1 200 OK\r\n\r\n<!DOCTYPE html><html><body>log in", "a web page came"),
        ("ecs", "list_clusters", b"HTTP/1.1 403 No\r\n\r\n  <html><body>log in</body></html>", "a web page came"),
        ("rds", "describe_db_instances", b"HTTP/1.1 200 OK\r\n\r\n<html><body/></html>", "a web page came"),
    ],
)
def test_what_is_no_answer_of_aws_is_not_taken_for_an_empty_one(
    service: str, method: str, answer: bytes, error: str
) -> None:
    handler = type("Answers", (Peer,), {"answer": answer})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        clients = Clients(lambda: lambda name, config: connect(name, config, url), KEYS)
        with pytest.raises(HTTPClientError, match=error):
            getattr(clients(service), method)()


@pytest.mark.parametrize("headers", [{"content-length": "2"}, {}, {"content-length": "9", "content-encoding": "gzip"}])
def test_a_whole_answer_passes(headers: dict[str, str]) -> None:
    check_answer({"headers": headers, "body": b"{}"}, SimpleNamespace(http={"method": "POST"}))
    check_answer({"headers": {"content-length": "9"}, "body": object()}, SimpleNamespace(http={}))
    check_answer({"headers": {"content-length": "9"}, "body": b""}, SimpleNamespace(http={"method": "HEAD"}))


@pytest.mark.parametrize(
    ("given", "variables", "expire"),
    [
        ({"access_key": "ASIA", "session_token": "t"}, {}, True),
        ({"access_key": "AKIA"}, {"AWS_SESSION_TOKEN": "t"}, False),
        ({}, {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SESSION_TOKEN": "t"}, True),
        ({}, {"AWS_ACCESS_KEY_ID": "AKIA"}, False),
        ({"profile": "p"}, {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SESSION_TOKEN": "t"}, False),
        ({}, {}, False),
    ],
)
def test_session_keys_that_are_not_renewed_are_known(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], variables: dict[str, str], expire: bool
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Clients(lambda: connect, given).session_keys is expire


@pytest.mark.parametrize(
    ("given", "variables", "renewable"),
    [
        ({"access_key": "AK"}, {}, False),
        ({}, {"AWS_ACCESS_KEY_ID": "AK"}, False),
        ({"profile": "p"}, {"AWS_ACCESS_KEY_ID": "AK"}, True),
        ({}, {}, True),
    ],
)
def test_credentials_are_read_again_where_they_can_change(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], variables: dict[str, str], renewable: bool
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    read: list[str] = []

    def connector() -> Any:
        read.append("credentials")
        return connect

    clients = Clients(connector, given)
    first = clients("ecs")
    assert clients.renew() is renewable
    assert (clients("ecs") is first) is not renewable
    assert len(read) == 1 + renewable


def test_there_is_a_client_for_each_region() -> None:
    clients = Clients(lambda: connect, KEYS)
    assert [clients("logs", region).meta.region_name for region in ("", "eu-west-1")] == ["us-east-1", "eu-west-1"]
    assert clients("logs", "eu-west-1") is clients("logs", "eu-west-1") is not clients("logs")


def test_a_step_of_either_face_keeps_the_fleet_from_being_ended(aws: FakeAws) -> None:
    fleet = SwitchedFleet(aws).raised()
    fleet.pass_hours(2)
    operation = Operation(run=lambda context, params: Result(), argument_spec={}, recorded=True)
    perform(operation, fleet.context(holder=None), {"environment": "staging"}, diff=False)
    assert fleet.due == BEGAN + timedelta(hours=14)
