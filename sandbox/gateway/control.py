"""What the sandbox answers under ``/_sandbox/``: its own state, switches and record, for the CLI and for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    Unauthorized,
)
from werkzeug.wrappers import Request, Response

from sandbox.credentials import OWNER
from sandbox.gateway.operations import REFUSAL, caller
from sandbox.gateway.recorder import Recorder, as_json

PREFIX = "/_sandbox/"
MOST_SECONDS = 366 * 86400


class Account(Protocol):
    """What is controlled: the sandbox, which documents these members."""

    recorder: Recorder

    def status(self) -> dict[str, Any]: ...

    def settings(self) -> dict[str, Any]: ...

    def change_settings(self, wanted: Mapping[str, Any], peer: int, port: int) -> None: ...

    def messages(self) -> list[tuple[str, str]]: ...

    def interrupt(self, instance_id: str) -> None: ...

    def forget_stopped_tasks(self) -> int: ...

    def pass_time(self, seconds: float) -> None: ...

    def reset(self) -> None: ...


class Control:
    """WSGI application.

    ``GET status`` · ``GET calls?since=N&changes=1`` · ``GET messages`` · ``GET|PUT settings`` ·
    ``POST interrupt {"instance": "i-…"}`` · ``POST forget`` ·
    ``POST wait {"seconds": N}`` · ``POST reset``.
    Only the owner is answered. Answers are JSON; an error is ``{"error": text}`` with a 4xx status.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._routes: dict[str, dict[str, Callable[[Request], Any]]] = {
            "status": {"GET": lambda request: account.status()},
            "calls": {"GET": self._calls},
            "settings": {"GET": lambda request: account.settings(), "PUT": self._change_settings},
            "messages": {"GET": self._messages},
            "interrupt": {"POST": self._interrupt},
            "forget": {"POST": self._forget},
            "wait": {"POST": self._wait},
            "reset": {"POST": self._reset},
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            _check_owner(environ)
            methods = self._routes.get(request.path.removeprefix(PREFIX))
            if methods is None:
                raise NotFound(f"there are {', '.join(PREFIX + name for name in self._routes)}")
            if request.method not in methods:
                raise MethodNotAllowed(valid_methods=list(methods))
            answer, status = methods[request.method](request), 200
        except HTTPException as error:
            answer, status = {"error": error.description}, error.code or 500
        response = Response(json.dumps(answer), status=status, content_type="application/json")
        return response(environ, start_response)

    def _calls(self, request: Request) -> Any:
        try:
            since = int(request.args.get("since", 0))
        except ValueError as error:
            raise BadRequest("since is a call's number") from error
        recorder = self._account.recorder
        return {
            "last": recorder.last,
            "calls": as_json(recorder.calls(since=since, changes=request.args.get("changes") == "1")),
        }

    def _messages(self, request: Request) -> Any:
        return {"messages": [{"queue": queue, "body": body} for queue, body in self._account.messages()]}

    def _change_settings(self, request: Request) -> Any:
        try:
            ports = (int(request.environ.get(name, 0)) for name in ("REMOTE_PORT", "SERVER_PORT"))
            self._account.change_settings(_members(request), *ports)
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return self._account.settings()

    def _interrupt(self, request: Request) -> Any:
        instance = _members(request).get("instance")
        try:
            self._account.interrupt(str(instance))
        except (LookupError, ValueError) as error:
            raise NotFound(f"no instance {instance!r}") from error
        return {}

    def _forget(self, request: Request) -> Any:
        return {"forgotten": self._account.forget_stopped_tasks()}

    def _wait(self, request: Request) -> Any:
        seconds = _members(request).get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MOST_SECONDS:
            raise BadRequest(f"seconds is {seconds!r}; it is a number from 0 to {MOST_SECONDS}")
        self._account.pass_time(seconds)
        return {}

    def _reset(self, request: Request) -> Any:
        try:
            self._account.reset()
        except (RuntimeError, ValueError) as error:
            raise InternalServerError(str(error)) from error
        return self._account.status()


def _check_owner(environ: WSGIEnvironment) -> None:
    refused = environ.get(REFUSAL)
    if refused is not None and refused.wrong == "foreign":
        raise Forbidden(f"a request with {refused.details['header']} is none of this machine's programs'")
    if caller(environ) != OWNER:
        raise Unauthorized("`Authorization: Bearer TOKEN` is needed; the token is in `credentials` in the state folder")


def _members(request: Request) -> dict[str, Any]:
    members = request.get_json(force=True)
    if not isinstance(members, dict):
        raise BadRequest("a JSON object is expected")
    return members
