"""Refuses what the operator's policy does not allow, answers IAM's simulation of it, and EC2's DryRun."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sandbox.gateway.operations import Operation, caller, identify
from sandbox.gateway.refusals import refusal
from sandbox.policy import simulation
from sandbox.policy.authorizer import Authorizer
from sandbox.policy.forms import nested
from sandbox.runtime import Settings

# what concerns calls that nothing limits
_ANSWERED_HERE = (b"DryRun=true", simulation.OPERATION.encode())

Answer = tuple[str, list[tuple[str, str]], bytes]


class Permissions:
    """WSGI middleware; only the operator's calls need permission, not those of containers and of the sandbox itself.

    Args:
        app: what performs the calls.
        settings: gives the switches, of which ``policy`` and ``denied`` are read at each call.
        authorizer: decides on a call by them.
    """

    def __init__(self, app: WSGIApplication, settings: Callable[[], Settings], authorizer: Authorizer) -> None:
        self._app, self._settings, self._authorizer = app, settings, authorizer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or answer it."""
        if caller(environ) != "operator":
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        settings = self._settings()
        limited = settings.policy is not None or settings.denied
        if not limited and not any(mark in body for mark in _ANSWERED_HERE):
            return self._app(environ, start_response)
        answer = self._answer(environ, identify(environ, body))
        if answer is None:
            return self._app(environ, start_response)
        status, headers, text = answer
        start_response(status, [*headers, ("Content-Length", str(len(text)))])
        return [text]

    def _answer(self, environ: WSGIEnvironment, operation: Operation) -> Answer | None:
        """Answer what is denied, or is not moto's to answer; None: the call is to be performed."""
        params = nested(operation.parameters)
        denied = self._authorizer.check(operation.service, operation.name, params)
        if denied:
            return refusal("denied", operation, environ, {"why": denied})
        if (operation.service, operation.name) == ("iam", simulation.OPERATION):
            try:
                text = simulation.simulate(self._authorizer.policy, params)
            except simulation.NoSuchEntity as error:
                return refusal("nobody", operation, environ, {"why": str(error)})
            return "200 OK", [("Content-Type", "text/xml")], text.encode()
        dry = operation.service == "ec2" and operation.parameters.get("DryRun") == "true"
        return refusal("dry run", operation, environ) if dry else None
