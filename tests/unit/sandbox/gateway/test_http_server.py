"""The HTTP server: connections that stay open, and what happens at its edges."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from sandbox.gateway.http_server import Server
from tests.waiting import PATIENCE


def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise ZeroDivisionError
    body = environ["wsgi.input"].read() if path == "/echo" else b"hello"
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    start_response("200 OK", [("Content-Length", str(len(body)))] if path == "/length" else [])
    return [body]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(0, app)
    server.start()
    yield server
    server.stop()


def ask(connection: http.client.HTTPConnection, method: str, path: str, **more: Any) -> tuple[int, bytes]:
    connection.request(method, path, **more)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_one_connection_takes_many_requests(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=PATIENCE)
    # not every answer has a body and not every body is read: the next request must still be found
    assert ask(connection, "POST", "/hello", body=b"not read") == (200, b"hello")
    first = connection.sock
    assert ask(connection, "HEAD", "/length") == (200, b"")
    assert ask(connection, "GET", "/empty") == (204, b"")
    assert ask(connection, "POST", "/echo", body=b"there") == (200, b"there")
    assert ask(connection, "POST", "/echo", body=iter([b"in ", b"chunks"]), encode_chunked=True) == (200, b"in chunks")
    assert ask(connection, "PUT", "/echo", body=b"wait", headers={"Expect": "100-continue"}) == (200, b"wait")
    assert connection.sock is first


def test_a_failure_is_an_answer_that_aws_clients_understand(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=PATIENCE)
    status, body = ask(connection, "GET", "/fail")
    assert status == 500 and b"<Code>InternalFailure</Code>" in body
    assert "ZeroDivisionError" in caplog.text
    assert ask(connection, "GET", "/hello") == (200, b"hello")


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Server(taken.getsockname()[1], app)


def test_stopping_cuts_open_connections() -> None:
    server = Server(0, app)
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=PATIENCE)
    ask(connection, "GET", "/hello")
    server.stop()
    assert connection.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        ask(http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=PATIENCE), "GET", "/hello")
