"""Refuses calls as AWS does: a stranger's, and an operator's with expired credentials; and writes all refusals."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from xml.sax.saxutils import escape

from sandbox.credentials import OPERATOR, SANDBOX, TASK
from sandbox.gateway.operations import REFUSAL, Operation, caller, identify
from sandbox.gateway.signature import Refused
from sandbox.runtime import Settings

_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_UNSIGNED = "There were headers present in the request which were not signed: {names}"
_STALE = "Signature expired: {sent} is now earlier than {limit} ({now} - {minutes})"
_EARLY = "Signature not yet current: {sent} is still later than {limit} ({now} + {minutes})"
_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
_SKEWED = ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
_FOREIGN = "The sandbox takes requests of this machine's programs under a loopback name, not with {header}"
# what is wrong -> protocol -> error code and message, where AWS has another than that of "query"
_ERRORS: dict[str, dict[str, tuple[str, str]]] = {
    "denied": {
        "query": ("AccessDenied", "{why}"),
        "json": ("AccessDeniedException", "{why}"),
        "ec2": ("UnauthorizedOperation", "You are not authorized to perform this operation. {why}"),
    },
    "expired": {
        "query": ("ExpiredToken", _EXPIRED),
        "json": ("ExpiredTokenException", _EXPIRED),
        "ec2": ("RequestExpired", "Request has expired."),
    },
    "unknown": {
        "query": ("InvalidClientTokenId", _INVALID),
        "json": ("UnrecognizedClientException", _INVALID),
        "ec2": ("AuthFailure", _NOT_VALIDATED),
        "s3": ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    },
    "missing": {
        "query": ("MissingAuthenticationToken", "Request is missing Authentication Token"),
        "json": ("MissingAuthenticationTokenException", "Missing Authentication Token"),
        "s3": ("AccessDenied", "Access Denied"),
    },
    "incomplete": {
        "query": ("IncompleteSignature", "{reason}"),
        "json": ("IncompleteSignatureException", "{reason}"),
        "s3": ("AuthorizationHeaderMalformed", "The authorization header is malformed; {reason}"),
    },
    "signature": {
        "query": ("SignatureDoesNotMatch", _MISMATCH),
        "json": ("InvalidSignatureException", _MISMATCH),
        "ec2": ("AuthFailure", _NOT_VALIDATED),
    },
    "unsigned headers": {
        "query": ("SignatureDoesNotMatch", _UNSIGNED),
        "json": ("InvalidSignatureException", _UNSIGNED),
        "ec2": ("AuthFailure", _NOT_VALIDATED),
        "s3": ("AccessDenied", _UNSIGNED),
    },
    "body": {
        "query": ("SignatureDoesNotMatch", _MISMATCH),
        "json": ("InvalidSignatureException", _MISMATCH),
        "ec2": ("AuthFailure", _NOT_VALIDATED),
        "s3": (
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
    },
    "stale": {
        "query": ("SignatureDoesNotMatch", _STALE),
        "json": ("InvalidSignatureException", _STALE),
        "ec2": ("RequestExpired", "Request has expired."),
        "s3": _SKEWED,
    },
    "early": {
        "query": ("SignatureDoesNotMatch", _EARLY),
        "json": ("InvalidSignatureException", _EARLY),
        "ec2": ("RequestExpired", "Request has expired."),
        "s3": _SKEWED,
    },
    "foreign": {
        "query": ("AccessDenied", _FOREIGN),
        "json": ("AccessDeniedException", _FOREIGN),
    },
    # EC2 says so when a permission is there; moto performs some operations all the same
    "dry run": {"query": ("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")},
    "nobody": {"query": ("NoSuchEntity", "{why}")},
}
_STATUS = {"dry run": "412 Precondition Failed", "incomplete": "400 Bad Request", "nobody": "404 Not Found"}


class Refusals:
    """WSGI middleware; a stranger is always refused, containers' processes and the sandbox itself never are.

    Args:
        app: what performs the calls.
        settings: gives the switches, of which ``credentials`` is read at each call.
    """

    def __init__(self, app: WSGIApplication, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._settings = settings

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or refuse it."""
        who, settings = caller(environ), self._settings()
        if who in (TASK, SANDBOX):
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        if who == OPERATOR and not settings.credentials:
            return self._app(environ, start_response)
        refused = Refused(settings.credentials or "")
        if who != OPERATOR:
            refused = environ.get(REFUSAL) or Refused("missing")
        status, headers, answer = refusal(refused.wrong, identify(environ, body), environ, refused.details)
        start_response(status, [*headers, ("Content-Length", str(len(answer)))])
        return [answer]


def refusal(
    wrong: str, operation: Operation, environ: WSGIEnvironment, details: Mapping[str, str] | None = None
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Make an answer in the protocol the request is in.

    Args:
        wrong: a key of ``_ERRORS``.
        operation: what was asked for.
        environ: the request.
        details: what the message names.

    Returns:
        status line, headers, body
    """
    errors = _ERRORS[wrong]
    protocol = "json" if environ.get("HTTP_X_AMZ_TARGET") else operation.service
    code, text = errors.get(protocol, errors["query"])
    text = text.format(**(details or {}))
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
    return _STATUS.get(wrong, "403 Forbidden"), [("Content-Type", "text/xml")], xml.encode()
