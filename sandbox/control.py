"""What the sandbox answers under ``/_sandbox/``: its own state, switches and record, for the CLI and for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from sandbox import sqs
from sandbox.recorder import as_json

if TYPE_CHECKING:
    from sandbox.server import Sandbox

PREFIX = "/_sandbox/"


class Control:
    """WSGI application.

    ``GET status`` · ``GET calls?since=N&changes=1`` · ``GET messages`` · ``GET|PUT settings`` ·
    ``POST interrupt {"instance": "i-…"}`` · ``POST forget`` · ``POST reset``.
    Answers are JSON; an error is ``{"error": text}`` with a 4xx status.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._routes: dict[str, dict[str, Callable[[Request], Any]]] = {
            "status": {"GET": lambda request: sandbox.status()},
            "calls": {"GET": self._calls},
            "settings": {"GET": lambda request: sandbox.settings(), "PUT": self._change_settings},
            "messages": {"GET": self._messages},
            "interrupt": {"POST": self._interrupt},
            "forget": {"POST": self._forget},
            "reset": {"POST": self._reset},
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
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
        recorder = self._sandbox.recorder
        return {
            "last": recorder.last,
            "calls": as_json(recorder.calls(since=since, changes=request.args.get("changes") == "1")),
        }

    def _messages(self, request: Request) -> Any:
        return {"messages": [{"queue": queue, "body": body} for queue, body in sqs.sent()]}

    def _change_settings(self, request: Request) -> Any:
        try:
            self._sandbox.change_settings(_members(request))
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return self._sandbox.settings()

    def _interrupt(self, request: Request) -> Any:
        from sandbox import ecs

        instance = _members(request).get("instance")
        try:
            ecs.interrupt(str(instance))
        except (LookupError, ValueError) as error:
            raise NotFound(f"no instance {instance!r}") from error
        return {}

    def _forget(self, request: Request) -> Any:
        from sandbox import ecs

        return {"forgotten": ecs.forget_stopped()}

    def _reset(self, request: Request) -> Any:
        self._sandbox.reset()
        return self._sandbox.status()


def _members(request: Request) -> dict[str, Any]:
    members = request.get_json(force=True)
    if not isinstance(members, dict):
        raise BadRequest("a JSON object is expected")
    return members
