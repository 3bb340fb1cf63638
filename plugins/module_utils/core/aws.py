# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all operations share on top of boto3: errors and their texts, batches, tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from .errors import IngestError, Unreachable

try:
    from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError
    from botocore.parsers import ResponseParserError  # an answer cut short, or of something between AWS and us
except ImportError:  # the faces report the missing library
    BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError, ResponseParserError = (
        type(f"No{n}", (Exception,), {}) for n in range(5)
    )

AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError, Unreachable)

T = TypeVar("T")

# Calls are repeated by core/patience.py, which knows what may be repeated, shows it, and notices a stop.
CLIENT_CONFIG = {"retries": {"mode": "standard", "total_max_attempts": 1}, "connect_timeout": 10, "read_timeout": 30}

# all that Auto Scaling says (EC2 Auto Scaling User Guide, "Troubleshoot issues with launch templates")
LAUNCH_DENIED = "not authorized to use launch template"
LAUNCH_NEEDS = " (ec2:RunInstances, ec2:CreateTags or iam:PassRole is denied, see docs/permissions.md)"
THROTTLES = {
    "RequestLimitExceeded",  # EC2 API reference, "Error codes"
    "BandwidthLimitExceeded",
    "SlowDown",
    "TooManyRequestsException",
    "TooManyUpdates",  # SSM API reference, PutParameter
    "ResourceContention",  # Auto Scaling API reference: another update of the group is pending
    "PriorRequestNotComplete",
}
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
# "User: ... is not authorized to perform: logs:GetLogEvents on resource: ..."; services wrote less before 2021
ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
# a HEAD of S3 is answered without a text, and needs another permission than its name says (S3 API reference)
OTHER_NAMES = {"HeadObject": "s3:GetObject", "HeadBucket": "s3:ListBucket"}
WEB_PAGES = (b"<!doctype html", b"<html")
TOO_MANY_REQUESTS = 429
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
TAG_PREFIX = "climate.ingest:"


def response_of(error: Exception) -> dict[str, Any]:
    """Give AWS's parsed answer of a ClientError; other errors have none, or not of this kind."""
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def error_code(error: Exception) -> str:
    """Give AWS's error code of a ClientError (``"ThrottlingException"``), or an empty string."""
    return str(response_of(error).get("Error", {}).get("Code", ""))


def error_text(error: Exception) -> str:
    """Give AWS's own message of a ClientError, or the error's text."""
    return str(response_of(error).get("Error", {}).get("Message", "")) or str(error)


def http_status(error: Exception) -> int:
    """Give the HTTP status of AWS's answer; 0 without one."""
    return int(response_of(error).get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def is_throttle(error: Exception) -> bool:
    """Say whether AWS throttled the call; some throttles come wrapped in another code."""
    code = error_code(error)
    named = "Throttl" in code or code in THROTTLES or http_status(error) == TOO_MANY_REQUESTS
    return named or "rate exceeded" in error_text(error).lower()


def explain(error: Exception) -> IngestError:
    """Turn an error of AWS_ERRORS no operation handled into a message that names call, code and remedy."""
    if isinstance(error, IngestError):
        return error
    if isinstance(error, EndpointConnectionError):
        return IngestError(f"AWS cannot be reached: {error}", unreached=True)
    if isinstance(error, ClientError):
        code, text = error_code(error), error_text(error)
        needs = LAUNCH_NEEDS if LAUNCH_DENIED in text else ""
        return IngestError(f"AWS refused {error.operation_name}: {code}: {text}{needs}", code=code)
    return IngestError(f"The call to AWS failed: {error}")


def is_denied(error: Exception) -> bool:
    """Say whether a permission is missing."""
    return error_code(error) in DENIED or "not authorized to perform" in error_text(error)


def denied_action(error: Exception) -> str:
    """Give the action that is missing, as AWS names it (``logs:GetLogEvents``); else the operation called."""
    operation = str(getattr(error, "operation_name", "a call"))
    found = ACTION.search(error_text(error))
    return found[1] if found else OTHER_NAMES.get(operation, operation)


def why_unread(error: Exception) -> str:
    """Say why something could not be read, as the end of a sentence: ``logs:GetLogEvents is denied``."""
    if is_denied(error):
        return f"{denied_action(error)} is denied"
    if isinstance(error, ClientError):
        return f"AWS refused {error.operation_name}: {error_code(error)}"
    return explain(error).message


def check_answer(response_dict: Mapping[str, Any], operation_model: Any, **event: Any) -> None:
    """Refuse what is not an answer of AWS's: botocore takes half an answer, and a web page, for an empty one.

    It leaves the length unchecked, and reads a body of JSON that it cannot parse as a message without members.

    Args:
        response_dict, operation_model: of botocore's event ``before-parse``.

    Raises:
        HTTPClientError: the connection ended within the answer, or a proxy or a log-in page answered.
    """
    headers, body = response_dict["headers"], response_dict["body"]
    # of a stream its reader checks the length; HEAD tells the length of what it does not send
    if not isinstance(body, bytes) or operation_model.http.get("method") == "HEAD":
        return
    length = headers.get("content-length")
    if length is not None and "content-encoding" not in headers and int(length) != len(body):
        raise HTTPClientError(error=f"the answer was cut short after {len(body)} of {length} bytes")
    if body[:200].lstrip().lower().startswith(WEB_PAGES):
        raise HTTPClientError(error="a web page came instead of an answer of AWS's")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut ``items`` into parts of at most ``size``: DescribeTasks takes 100 ARNs, DescribeServices 10."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def tag_dict(tags: Sequence[dict[str, Any]] | None) -> dict[str, str]:
    """Read a tag list of any AWS service (``Key``/``key``) into a dict."""
    return {str(tag.get("Key", tag.get("key"))): str(tag.get("Value", tag.get("value", ""))) for tag in tags or []}


def tag_list(tags: dict[str, str], lower: bool = False) -> list[dict[str, str]]:
    """Write a dict as a tag list; ECS spells ``key``/``value`` in lower case."""
    key, value = ("key", "value") if lower else ("Key", "Value")
    return [{key: name, value: text} for name, text in tags.items()]
