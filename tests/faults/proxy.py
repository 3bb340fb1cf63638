"""An HTTP proxy in front of a sandbox, in which requests and answers meet faults.

It takes the sandbox's place: requests are forwarded as they came, with the Host header that they were signed with.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.gateway.operations import identify
from tests.faults.answers import Answer, spelled
from tests.faults.rules import Call, Fault, Plan, Script

# seconds
DELAY = 5.0
OUTAGE = 180.0
DRY_RUN = " (dry run)"
# they belong to a connection, not to the request or the answer
_OF_A_CONNECTION = {"connection", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Exchange:
    """A request that the proxy has taken.

    Attributes:
        time: when, in seconds of the monotonic clock.
        call: what it was.
        fault: what it met; None if nothing.
    """

    time: float
    call: Call
    fault: Fault | None


class Proxy:
    """Listens on a port of its own of 127.0.0.1, from the beginning of a ``with`` to its end.

    Args:
        endpoint: URL of the sandbox.
        plan: decides which request meets which fault; may be changed at any time.
        delay: seconds of ``Fault.DELAY``.
        outage: seconds of ``Fault.CUT``.
    """

    def __init__(self, endpoint: str, plan: Plan | None = None, delay: float = DELAY, outage: float = OUTAGE) -> None:
        parts = urlsplit(endpoint)
        self.upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.plan: Plan = plan or Script(())
        self.delay, self.outage = delay, outage
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._switching = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._connections: set[socket.socket] = set()
        self._listener = _bound(0)
        self.port = int(self._listener.getsockname()[1])
        self._accepting: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Give the address, e.g. ``http://127.0.0.1:5001``."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        self.restore()
        return self

    def __exit__(self, *of_an_error: object) -> None:
        self.ended.set()
        self.cut()
        self._listener.close()

    def exchanges(self) -> list[Exchange]:
        """Give what it has taken so far, in order."""
        with self._lock:
            return list(self._exchanges)

    def clear(self) -> None:
        """Forget what it has taken so far."""
        with self._lock:
            self._exchanges.clear()

    def cut(self, seconds: float | None = None) -> None:
        """Cut the network: connections are refused, and those that are open end.

        Args:
            seconds: after which it is there again; None for until it is restored.
        """
        with self._switching:
            if self._accepting is not None:
                self._listener.shutdown(socket.SHUT_RDWR)  # which ends accept()
                self._accepting.join()
                self._accepting = None
                self._listener.close()
                # bound, but not listening: refuses connections, and keeps the port from everybody else
                self._listener = _bound(self.port)
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        if seconds is not None:
            threading.Thread(target=self._restore_after, args=(seconds,), daemon=True).start()

    def restore(self) -> None:
        """Let connections in."""
        with self._switching:
            if self._accepting is None and not self.ended.is_set():
                self._listener.listen(128)
                self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
                self._accepting.start()

    def _restore_after(self, seconds: float) -> None:
        self.ended.wait(seconds)
        self.restore()

    def take(self, call: Call) -> Fault | None:
        """Decide over a request, and write it down."""
        fault = self.plan.choose(call)
        with self._lock:
            self._exchanges.append(Exchange(time.monotonic(), call, fault))
        return fault

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        with self._lock:
            self._connections.add(connection)
        try:
            with contextlib.suppress(OSError, http.client.HTTPException):
                _Handler(connection, address, self)  # the proxy is its server
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def _exchange(self) -> None:
        body = b"".join(self._read_body())
        call = _call(self, body)
        fault = self.server.take(call)
        if fault in (Fault.RESET_BEFORE, Fault.BLACK_HOLE, Fault.CUT):
            if fault is Fault.BLACK_HOLE:
                self._await_end()
            self._reset()
            if fault is Fault.CUT:
                self.server.cut(self.server.outage)
        elif fault in (None, Fault.RESET_AFTER, Fault.ERROR_AFTER, Fault.HALF, Fault.DELAY):
            if fault is Fault.DELAY:
                self.server.ended.wait(self.server.delay)
            answer = self._forward(body)
            self.server.plan.performed(call)
            if fault is Fault.RESET_AFTER:
                self._reset()
            elif fault is Fault.ERROR_AFTER:
                self._answer(spelled(Fault.ERROR, call))
            else:
                self._answer(answer, half=fault is Fault.HALF)
        else:
            assert fault is not None
            self._answer(spelled(fault, call))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _exchange

    def _read_body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass

    def _forward(self, body: bytes) -> Answer:
        upstream = http.client.HTTPConnection(*self.server.upstream)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {*_OF_A_CONNECTION, "content-length", "expect"}:
                    upstream.putheader(name, value)
            if body or self.command in ("POST", "PUT"):
                upstream.putheader("Content-Length", str(len(body)))
            upstream.endheaders(body)
            response = upstream.getresponse()
            headers = {name: value for name, value in response.getheaders() if name.lower() not in _OF_A_CONNECTION}
            return Answer(response.status, headers, response.read())
        finally:
            upstream.close()

    def _answer(self, answer: Answer, half: bool = False) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in answer.headers}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
        if half:
            self.close_connection = True

    def _await_end(self) -> None:
        """Wait until the client gives up; nothing else comes from one that awaits an answer."""
        select.select([self.connection], [], [])

    def _reset(self) -> None:
        """End the connection as a crashed host does (RST)."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())  # close() would wait for the files made of it


def _call(request: _Handler, body: bytes) -> Call:
    """Tell what a request is."""
    path, _, query = request.path.partition("?")
    environ = {"REQUEST_METHOD": request.command, "PATH_INFO": unquote(path), "QUERY_STRING": query}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    environ["CONTENT_TYPE"] = request.headers.get("Content-Type", "")
    operation = identify(environ, body)
    content = hashlib.sha256(b"\n".join([operation.name.encode(), request.path.encode(), body])).digest()
    dry = str(operation.parameters.get("DryRun", "")).lower() == "true"  # another thing than the operation itself
    return Call(operation.service, operation.name + DRY_RUN * dry, operation.changes, content)


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener
