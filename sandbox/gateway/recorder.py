"""The record of calls: every API call the sandbox answered, readable through the CLI and as JSON."""

from __future__ import annotations

import io
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sandbox.credentials import SANDBOX, STRANGER
from sandbox.gateway.http_server import call
from sandbox.gateway.operations import Operation, caller, identify

_KEPT = 50_000
_LARGEST_PARAMETERS = 8_192


@dataclass(frozen=True)
class Call:
    """One API call.

    Attributes:
        number: counts from 1; never reused until a reset.
        time: when it arrived, seconds since the epoch.
        duration: seconds until it was answered.
        service, operation: as AWS names them (``ecs``, ``RunTask``).
        changes: whether the operation can change something (whatever came of it: see ``status``).
        status: the HTTP status.
        error: AWS's error code, None when it succeeded.
        caller: ``operator``, ``task`` (a container's process), or ``stranger`` (refused, as its signature is wrong).
        user_agent: as it was sent.
        parameters: what a changing call asked for; None for others, for a stranger's and where it is large.
    """

    number: int
    time: float
    duration: float
    service: str
    operation: str
    changes: bool
    status: int
    error: str | None
    caller: str
    user_agent: str
    parameters: dict[str, Any] | None


class Recorder:
    """WSGI middleware that keeps the last calls (50,000) and counts all of them."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lock = threading.Lock()
        self.clear()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on and write down what it was."""
        began, clock = time.time(), time.monotonic()
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        status, headers, answer = call(self._app, environ)
        who = caller(environ)
        if who != SANDBOX:
            operation = identify(environ, body)
            code = int(status.split()[0])
            error = _error_code(dict(headers), answer) if code >= 400 else None
            self._add(
                lambda number: Call(
                    number=number,
                    time=began,
                    duration=time.monotonic() - clock,
                    service=operation.service,
                    operation=operation.name,
                    changes=operation.changes,
                    status=code,
                    error=error,
                    caller=who,
                    user_agent=environ.get("HTTP_USER_AGENT", ""),
                    parameters=None if who == STRANGER else _parameters(operation),
                )
            )
        start_response(status, headers)
        return [answer]

    def _add(self, make: Callable[[int], Call]) -> None:
        with self._lock:
            self._calls.append(make(next(self._numbers)))

    def calls(self, since: int = 0, changes: bool = False) -> list[Call]:
        """Give the calls in the order they ended.

        Args:
            since: only those with a higher number.
            changes: only those of operations that change something.
        """
        with self._lock:
            kept = list(self._calls)
        return [call for call in kept if call.number > since and (call.changes or not changes)]

    @property
    def last(self) -> int:
        """Give the number of the last call; 0 before the first."""
        with self._lock:
            return self._calls[-1].number if self._calls else 0

    def clear(self) -> None:
        """Forget everything; numbers start at 1 again."""
        with self._lock:
            self._calls: deque[Call] = deque(maxlen=_KEPT)
            self._numbers = count(1)


def as_json(calls: Iterable[Call]) -> list[dict[str, Any]]:
    """Turn calls into what JSON can hold."""
    return [asdict(call) for call in calls]


def _parameters(operation: Operation) -> dict[str, Any] | None:
    if not operation.changes:
        return None
    parameters = dict(operation.parameters)
    return parameters if len(json.dumps(parameters)) <= _LARGEST_PARAMETERS else None


def _error_code(headers: dict[str, str], body: bytes) -> str:
    """Find the code where the protocol puts it: a header, JSON's ``__type``, XML's ``Code``."""
    for name, value in headers.items():
        if name.lower() in ("x-amzn-errortype", "x-amzn-query-error"):
            return value.partition(";")[0]
    if found := re.search(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>', body):
        return (found.group(1) or found.group(2)).decode()
    return "Unknown"
