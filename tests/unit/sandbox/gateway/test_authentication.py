"""Who is let in, and that no page of another origin is."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from sandbox.credentials import Credentials
from sandbox.gateway.authentication import Authentication
from sandbox.gateway.http_server import call
from sandbox.server import Sandbox
from tests.fakes.sandbox.control import control
from tests.waiting import PATIENCE

CREDENTIALS = Credentials()
OWN = {"Authorization": f"Bearer {CREDENTIALS.token}"}


def verdict(method: str = "GET", host: str = "127.0.0.1:5000", **headers: str) -> str:
    """Give who sent a request with the owner's token, or what is wrong with it; no answer has a CORS header."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Access-Control-Allow-Origin", "*"), ("ACCESS-CONTROL-MAX-AGE", "1"), ("Kept", "1")])
        return []

    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/_sandbox/status",
        "HTTP_HOST": host,
        "HTTP_AUTHORIZATION": OWN["Authorization"],
        "wsgi.input": io.BytesIO(),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    _, answered, _ = call(Authentication(app, CREDENTIALS), environ)
    assert answered == [("Kept", "1")]
    return str(environ.get("sandbox.refusal") or environ["sandbox.caller"])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "localhost", "LocalHost:65535", "[::1]", "[::1]:5000"])
def test_any_port_of_this_machine_is_its_name(host: str) -> None:
    assert verdict(host=host) == "owner"
    assert verdict("POST", host, origin=f"http://{host}", sec_fetch_site="same-origin") == "owner"
    assert verdict(host=host, sec_fetch_site="none") == "owner"


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example:5000",
        "evil-localhost", "127.0.0.1:5000@evil.example", "127.0.0.1:5000,evil.example", "127.0.0.1:",
        "127.0.0.1:123456", "127.0.0.2", "0.0.0.0:5000", "[::]:5000", "::1", "127.0.0.1\n",
        "127.0.0.1:\N{ARABIC-INDIC DIGIT ONE}", "127.1", "2130706433",
    ],
)  # fmt: skip
def test_other_names_are_foreign(host: str) -> None:
    assert verdict(host=host) == "foreign"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:5001"},
        {"origin": "http://localhost:5000"},
        {"origin": "https://127.0.0.1:5000"},
        {"origin": "null"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": ""},
        {"method": "OPTIONS"},
        {"method": "OPTIONS", "origin": "http://127.0.0.1:5000"},
    ],
)
def test_pages_are_foreign(headers: dict[str, str]) -> None:
    assert verdict(**headers) == "foreign"


def ask(account: Sandbox, method: str, path: str, **headers: str) -> tuple[int, str, list[str]]:
    """Ask without credentials; give status, body and the names of the headers."""
    connection = http.client.HTTPConnection(urlsplit(account.endpoint_url).netloc, timeout=PATIENCE)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, b"{}", named)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), [name.lower() for name, _ in answer.getheaders()]


RUN_TASK = "AmazonEC2ContainerServiceV20141113.RunTask"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, "MissingAuthenticationTokenException"),
        ({"Origin": "https://evil.example"}, "AccessDeniedException"),
        ({"Host": "evil.example"}, "AccessDeniedException"),
        ({"Sec_Fetch_Site": "cross-site"}, "AccessDeniedException"),
    ],
)
def test_a_call_that_is_refused_is_recorded_and_not_performed(
    account: Sandbox, headers: dict[str, str], error: str
) -> None:
    status, body, names = ask(account, "POST", "/", X_Amz_Target=RUN_TASK, **headers)
    assert (status, json.loads(body)["__type"]) == (400, error)
    assert not [name for name in names if name.startswith("access-control")]
    made = account.recorder.calls()[-1]
    assert (made.operation, made.caller, made.error) == ("RunTask", "stranger", error)


@pytest.mark.parametrize("path", ["/", "/_sandbox/status"])
def test_a_preflight_is_refused(account: Sandbox, path: str) -> None:
    status, _, names = ask(
        account, "OPTIONS", path, Origin="https://evil.example", Access_Control_Request_Headers="x-amz-target"
    )
    assert status == 403
    assert not [name for name in names if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["status", "calls", "messages", "settings", "nonesuch"])
def test_the_control_address_is_the_owners(account: Sandbox, path: str) -> None:
    keys = account.credentials.operator
    for authorization in ("", "Bearer", "Bearer x", f"Bearer {keys.secret_key}", account.credentials.token):
        status, body, _ = ask(account, "GET", f"/_sandbox/{path}", Authorization=authorization)
        assert status == 401 and "Bearer TOKEN" in json.loads(body)["error"]
    token = f"Bearer {account.credentials.token}"
    status, body, _ = ask(account, "GET", f"/_sandbox/{path}", Authorization=token, Origin="http://evil.example")
    assert status == 403 and "Origin http://evil.example" in json.loads(body)["error"]


def test_the_token_is_good_for_no_aws_call(account: Sandbox) -> None:
    token = f"Bearer {account.credentials.token}"
    status, body, _ = ask(account, "POST", "/", X_Amz_Target=RUN_TASK, Authorization=token)
    assert (status, json.loads(body)["__type"]) == (400, "IncompleteSignatureException")
    assert control(account, "status")["endpoint"] == account.endpoint_url
