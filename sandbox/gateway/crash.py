"""Kills a client at a chosen call, so that a test sees what it leaves and how it goes on from there."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import psutil

from sandbox import processes
from sandbox.credentials import OPERATOR
from sandbox.gateway.operations import Operation, caller, identify

# Seconds in which a connection that a process made before it died may still be accepted.
_BACKLOG = 1.0


class Untrappable(ValueError):
    """A trap that cannot be set; the message says why."""


@dataclass
class _Armed:
    """A trap that is set.

    Attributes:
        call: which changing call of the operator springs it, counted from 1.
        when: ``before`` or ``after`` the call is performed.
        process: what is killed, with all its descendants.
        seen: changing calls so far.
    """

    call: int
    when: str
    process: psutil.Process
    seen: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"call": self.call, "when": self.when, "process": self.process.pid}


class Trap:
    """WSGI middleware. While it is set, the operator's calls are answered one at a time, so that none is half done.

    Args:
        app: what performs and records the calls.
        needed: gives the processes that are spared.
    """

    def __init__(self, app: WSGIApplication, needed: Callable[[], set[psutil.Process]]) -> None:
        self._app = app
        self._needed = needed
        self._lock = threading.Lock()
        self._armed: _Armed | None = None
        self._crashed: dict[str, Any] | None = None
        # port of a killed client's connection -> when it was killed, of the monotonic clock
        self._dead: dict[int, float] = {}

    def set(self, wanted: Mapping[str, Any] | None, peer: int = 0, port: int = 0) -> None:
        """Set the trap, counting from now; None takes it away.

        Args:
            wanted: ``call`` (from 1), ``when`` (``before`` or ``after``), ``process`` (a pid).
            peer: the port that who sets it is connected from.
            port: the port it is connected to.

        Raises:
            Untrappable: a member that cannot be, or a process that is not to be killed.
        """
        armed = None if wanted is None else _read(wanted, self._needed, peer, port)
        with self._lock:
            self._armed, self._crashed = armed, None

    def state(self) -> dict[str, Any]:
        """Give the settings ``crash`` (the trap, null without one) and ``crashed`` (what the last one did)."""
        with self._lock:
            return {"crash": self._armed.as_json() if self._armed else None, "crashed": self._crashed}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on unless who sent it is dead, or dies of it."""
        if self._armed is None or caller(environ) != OPERATOR:
            return self._pass_on(environ, start_response)
        with self._lock:
            if self._armed is None or self._is_dead(environ):
                return self._pass_on(environ, start_response)
            body = environ["wsgi.input"].read()
            environ["wsgi.input"] = io.BytesIO(body)
            operation = identify(environ, body)
            self._armed.seen += operation.changes
            if not operation.changes or self._armed.seen < self._armed.call:
                return self._app(environ, start_response)
            return self._spring(self._armed, operation, environ, start_response)

    def _spring(
        self, armed: _Armed, operation: Operation, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        answer = self._app(environ, start_response) if armed.when == "after" else None
        killed, ports = processes.kill_tree(armed.process, int(environ["SERVER_PORT"]), self._needed())
        moment = time.monotonic()
        self._dead.update(dict.fromkeys(ports, moment))
        self._crashed = armed.as_json() | {
            "service": operation.service,
            "operation": operation.name,
            "parameters": dict(operation.parameters),
            "time": time.time(),
            "killed": killed,
        }
        self._armed = None
        return self._pass_on(environ, start_response) if answer is None else answer

    def _pass_on(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._is_dead(environ):
            start_response("503 Service Unavailable", [("Content-Length", "0")])
            return []
        return self._app(environ, start_response)

    def _is_dead(self, environ: WSGIEnvironment) -> bool:
        killed = self._dead.get(int(environ.get("REMOTE_PORT", 0)))
        return killed is not None and environ["sandbox.accepted"] <= killed + _BACKLOG


def _read(wanted: Mapping[str, Any], needed: Callable[[], set[psutil.Process]], peer: int, port: int) -> _Armed:
    if not isinstance(wanted, Mapping) or set(wanted) != {"call", "when", "process"}:
        raise Untrappable("crash has the members call, when and process")
    call, when, pid = wanted["call"], wanted["when"], wanted["process"]
    if type(call) is not int or call < 1:
        raise Untrappable(f"crash: call is {call!r}; it is a number from 1")
    if when not in ("before", "after"):
        raise Untrappable(f"crash: when is {when!r}; it is before or after")
    if type(pid) is not int or pid < 2:
        raise Untrappable(f"crash: process is {pid!r}; it is a pid from 2")
    with contextlib.suppress(psutil.Error):
        target = psutil.Process(pid)
        if processes.foreign([target], needed()) and processes.started_by_peer(target, peer, port):
            return _Armed(call, when, target)
    raise Untrappable(
        f"crash: process {pid} is not there, of another user, the sandbox's own, or not started by who asks for it"
    )
