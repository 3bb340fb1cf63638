"""Refuses an operator's calls as AWS does without permission, with credentials that have expired, and with DryRun."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.sax.saxutils import escape

from sandbox.gateway.operations import Operation, caller, identify
from sandbox.runtime import ACCOUNT_ID, Settings

_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
# what is wrong -> protocol -> error code and message, where AWS has another than that of "query"
_ERRORS: dict[str, dict[str, tuple[str, str]]] = {
    "denied": {
        "query": ("AccessDenied", "User: {user} is not authorized to perform: {action} on resource: *"),
        "json": ("AccessDeniedException", "User: {user} is not authorized to perform: {action} on resource: *"),
        "ec2": (
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. User: {user} is not authorized to perform: {action}",
        ),
    },
    "expired": {
        "query": ("ExpiredToken", _EXPIRED),
        "json": ("ExpiredTokenException", _EXPIRED),
        "ec2": ("RequestExpired", "Request has expired."),
    },
    "unknown": {
        "query": ("InvalidClientTokenId", _INVALID),
        "json": ("UnrecognizedClientException", _INVALID),
        "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials"),
        "s3": ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    },
    # EC2 says so when a permission is there; moto performs some operations all the same
    "dry run": {"query": ("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")},
}
# nobody needs a permission for it
_ALWAYS_ALLOWED = "sts:GetCallerIdentity"


class Refusals:
    """WSGI middleware; containers' processes and the sandbox itself are never refused.

    Args:
        app: what performs the calls.
        settings: gives the switches, of which ``denied`` and ``credentials`` are read at each call.
    """

    def __init__(self, app: WSGIApplication, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._settings = settings

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or refuse it."""
        settings = self._settings()
        if caller(environ) != "operator":
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        if not (settings.denied or settings.credentials or b"DryRun=true" in body):
            return self._app(environ, start_response)
        operation = identify(environ, body)
        wrong = _wrong(operation, settings)
        if wrong is None:
            return self._app(environ, start_response)
        status, headers, answer = refusal(wrong, operation, environ)
        start_response(status, [*headers, ("Content-Length", str(len(answer)))])
        return [answer]


def _wrong(operation: Operation, settings: Settings) -> str | None:
    action = f"{operation.service}:{operation.name}"
    if settings.credentials:
        return settings.credentials
    if action in settings.denied and action != _ALWAYS_ALLOWED:
        return "denied"
    return "dry run" if operation.service == "ec2" and operation.parameters.get("DryRun") == "true" else None


def refusal(wrong: str, operation: Operation, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    """Make an answer in the protocol the request is in.

    Args:
        wrong: ``denied``, ``expired``, ``unknown`` or ``dry run``.
        operation: what was asked for.
        environ: the request.

    Returns:
        status line, headers, body
    """
    errors = _ERRORS[wrong]
    protocol = "json" if environ.get("HTTP_X_AMZ_TARGET") else operation.service
    code, text = errors.get(protocol, errors["query"])
    action = f"{operation.service}:{operation.name}"
    text = text.format(user=f"arn:aws:iam::{ACCOUNT_ID}:user/operator", action=action)
    if protocol == "json":
        # SQS, which was a query service, says in a header what its code was then
        headers = [("Content-Type", "application/x-amz-json-1.1")]
        if operation.service == "sqs":
            headers.append(("x-amzn-query-error", f"{errors['query'][0]};Sender"))
        return "400 Bad Request", headers, json.dumps({"__type": code, "message": text, "Message": text}).encode()
    error = f"<Code>{code}</Code><Message>{escape(text)}</Message>"
    request_id = str(uuid.uuid4())
    xml = {
        "ec2": f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>",
        "s3": f"<Error>{error}<RequestId>{request_id}</RequestId></Error>",
    }.get(
        protocol,
        f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>",
    )
    status = "412 Precondition Failed" if wrong == "dry run" else "403 Forbidden"
    return status, [("Content-Type", "text/xml")], xml.encode()
