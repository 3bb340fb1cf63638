"""What comes back in place of an answer: AWS's errors as each service spells them, and pages of what lies between."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from xml.sax.saxutils import escape

import botocore.session

from tests.faults.rules import Call, Fault

_BUSY, _UNKNOWN = "Rate exceeded", "The request processing has failed because of an unknown error."
# ECS and others pass a throttle of the service behind them on as an error of their own
_BEHIND = "Error retrieving subnet information for [subnet-0]: Rate exceeded (ErrorCode: Throttling)"
_TIMEOUT = "Your socket connection to the server was not read from or written to within the timeout period."
# fault -> service, or protocol for the others -> status, code, message
_ERRORS: dict[Fault, dict[str, tuple[int, str, str]]] = {
    Fault.THROTTLE: {
        "ec2": (503, "RequestLimitExceeded", "Request limit exceeded."),
        "s3": (503, "SlowDown", "Please reduce your request rate."),
        "sqs": (403, "RequestThrottled", "The request was denied due to request throttling."),
        "json": (400, "ThrottlingException", _BUSY),
        "query": (400, "Throttling", _BUSY),
    },
    Fault.WRAPPED: {
        "json": (400, "InvalidParameterException", _BEHIND),
        "query": (400, "ValidationError", _BEHIND),
    },
    Fault.TOO_MANY: {
        "json": (429, "TooManyRequestsException", "Too many requests"),
        "query": (429, "TooManyRequests", "Too many requests"),
    },
    Fault.SLOW_DOWN: {"query": (503, "SlowDown", "Please reduce your request rate.")},
    Fault.TIMEOUT: {
        "s3": (400, "RequestTimeout", _TIMEOUT),
        "json": (408, "RequestTimeoutException", _TIMEOUT),
        "query": (408, "RequestTimeout", _TIMEOUT),
    },
    Fault.ERROR: {
        "ec2": (500, "InternalError", "An internal error has occurred"),
        "s3": (500, "InternalError", "We encountered an internal error. Please try again."),
        "ecs": (500, "ServerException", "Service Unavailable. Please try again later."),
        "ssm": (500, "InternalServerError", "An error occurred on the server side."),
        "query": (500, "InternalFailure", _UNKNOWN),
    },
    Fault.UNAVAILABLE: {
        "ec2": (503, "Unavailable", "The server is overloaded and can't handle the request."),
        "json": (503, "ServiceUnavailableException", "Service Unavailable"),
        "query": (503, "ServiceUnavailable", "Service Unavailable"),
    },
}
_PAGES = {
    Fault.BAD_GATEWAY: (502, "<html>\n<head><title>502 Bad Gateway</title></head>\n<body></body></html>"),
    Fault.WEB_PAGE: (200, "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Sign in</body></html>"),
}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer.

    Attributes:
        status: of HTTP.
        headers: without those that say how long the body is.
        body: whole.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def spelled(fault: Fault, call: Call) -> Answer:
    """Give what the client reads when a call fails so.

    Args:
        fault: one that is an answer, such as a throttle.
        call: what was called, whose service has its own code, and its protocol its own form.
    """
    if page := _PAGES.get(fault):
        return Answer(page[0], {"Content-Type": "text/html"}, page[1].encode())
    errors, protocol = _ERRORS[fault], _protocol(call.service)
    status, code, text = errors.get(call.service) or errors.get(protocol) or errors["query"]
    request_id = str(uuid.uuid4())
    if protocol == "json":
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": request_id}
        if call.service == "sqs":  # once a service of the query protocol, it names the code of then, too
            headers["x-amzn-query-error"] = f"{code};Sender"
        return Answer(status, headers, json.dumps({"__type": code, "message": text}).encode())
    error = f"<Code>{code}</Code><Message>{escape(text)}</Message>"
    xml = {
        "ec2": f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>",
        "rest-xml": f"<Error>{error}<RequestId>{request_id}</RequestId></Error>",
    }.get(
        protocol,
        f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>",
    )
    return Answer(status, {"Content-Type": "text/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'.encode())


@cache
def _protocol(service: str) -> str:
    loader = botocore.session.get_session().get_component("data_loader")
    return str(loader.load_service_model(service, "service-2")["metadata"]["protocol"])
