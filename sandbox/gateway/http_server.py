"""The HTTP server under the sandbox: werkzeug's threaded one, with connections that stay open."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import socket
import threading
import time
import weakref
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

logger = logging.getLogger(__name__)

# the clients of every protocol make something of this
_INTERNAL_FAILURE = (
    b"<ErrorResponse><Error><Code>InternalFailure</Code><Message>The sandbox failed: its log says why.</Message>"
    b"</Error></ErrorResponse>"
)


class Handler(MotoRequestHandler):
    """One connection. werkzeug closes after each response, which costs a client as much as the call itself.

    A request body is read whole before the application runs, so the next request line is where it should be.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        """Begin with a connection."""
        super().setup()
        self._accepted = time.monotonic()

    def run_wsgi(self) -> None:
        """Answer one request of the connection."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        environ["sandbox.accepted"] = self._accepted
        source = environ["wsgi.input"]
        if not environ.get("wsgi.input_terminated"):
            source = io.BytesIO(self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0)))
        environ["wsgi.input"] = io.BytesIO(source.read())
        try:
            status, headers, body = call(self.server.app, environ)
        except Exception:
            logger.exception("%s %s", self.command, self.path)
            status, headers, body = "500 Internal Server Error", [("Content-Type", "text/xml")], _INTERNAL_FAILURE
        self._send(status, headers, body)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        has_length = False
        for name, value in headers:
            has_length = has_length or name.lower() == "content-length"
            self.send_header(name, value)
        if not has_length and code not in ("204", "304"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, *args: Any) -> None:
        """Keep the log for what matters: the record of calls has every request."""


def call(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    """Run a WSGI application and collect what it answers.

    Returns:
        status line, headers, body
    """
    answer: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answer[:] = [status, headers]
        return lambda data: None

    begin: StartResponse = start_response
    chunks = app(environ, begin)
    try:
        body = b"".join(chunks)
    finally:
        if close := getattr(chunks, "close", None):
            close()
    return answer[0], answer[1], body


class PortUnusable(OSError):
    """Nobody can listen on the port; the message says why."""


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as error:
        raise PortUnusable(f"port {port} of 127.0.0.1 cannot be used: {os.strerror(error.errno or 0)}") from error


class Server(ThreadedWSGIServer):
    """Serves an application on 127.0.0.1 from ``start`` to ``stop``."""

    def __init__(self, port: int, app: WSGIApplication) -> None:
        """Bind.

        Args:
            port: 0 picks a free one.

        Raises:
            PortUnusable: the port is taken, or kept for the superuser.
        """
        # werkzeug prints advice and exits when a port is taken; given a socket it leaves the binding to us
        with _listener(port) as listener:
            super().__init__("127.0.0.1", port, app, handler=Handler, fd=listener.fileno())
        self._connections: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def url(self) -> str:
        """Give the address, e.g. ``http://127.0.0.1:5000``."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection and remember it."""
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def start(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Refuse new connections and cut those that are open."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
