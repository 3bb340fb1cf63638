# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all operations share on top of boto3: error texts, throttling, batches, tags, polling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .context import Context
from .errors import DeadlineExceeded, IngestError

try:
    from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
except ImportError:  # the faces report the missing library
    BotoCoreError, ClientError, EndpointConnectionError = (type(f"No{n}", (Exception,), {}) for n in range(3))

AWS_ERRORS = (BotoCoreError, ClientError)

T = TypeVar("T")

# botocore's "standard" mode backs off with jitter and knows ECS's ThrottlingException.
CLIENT_CONFIG = {"retries": {"mode": "standard", "total_max_attempts": 8}, "connect_timeout": 10, "read_timeout": 60}

EC2_THROTTLE = "RequestLimitExceeded"  # EC2 API reference, "Error codes"
# all that Auto Scaling says (EC2 Auto Scaling User Guide, "Troubleshoot issues with launch templates")
LAUNCH_DENIED = "not authorized to use launch template"
LAUNCH_NEEDS = " (ec2:RunInstances, ec2:CreateTags or iam:PassRole is denied, see docs/permissions.md)"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
TAG_PREFIX = "climate.ingest:"
MAX_POLL_SECONDS = 15.0


def error_code(error: Exception) -> str:
    """Give AWS's error code of a ClientError (``"ThrottlingException"``), or an empty string."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def error_text(error: Exception) -> str:
    """Give AWS's own message of a ClientError, or the error's text."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Message", "")) or str(error)


def is_throttle(error: Exception) -> bool:
    """Say whether AWS throttled the call; some throttles come wrapped in another code."""
    code = error_code(error)
    return "Throttl" in code or code == EC2_THROTTLE or "rate exceeded" in error_text(error).lower()


def explain(error: Exception) -> IngestError:
    """Turn a botocore error no operation handled into a message that names call, code and remedy."""
    if isinstance(error, EndpointConnectionError):
        return IngestError(f"AWS cannot be reached: {error}")
    if isinstance(error, ClientError):
        code, text = error_code(error), error_text(error)
        needs = LAUNCH_NEEDS if LAUNCH_DENIED in text else ""
        return IngestError(f"AWS refused {error.operation_name}: {code}: {text}{needs}", code=code)
    return IngestError(f"The call to AWS failed: {error}")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut ``items`` into parts of at most ``size``: DescribeTasks takes 100 ARNs, DescribeServices 10."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def poll(
    context: Context,
    read: Callable[[], T | None],
    *,
    what: str,
    timeout: float,
    interval: float | Callable[[], float] = 2.0,
    factor: float = 1.3,
    longest: float = MAX_POLL_SECONDS,
) -> T:
    """Call ``read`` until it gives something: often at first, then more and more rarely.

    Args:
        context: clock and sleeper.
        read: gives None while it has not happened; raises an IngestError when it never will.
        what: what is awaited, for the message.
        timeout: seconds after which waiting is given up.
        interval: seconds before the second read; each further wait is ``factor`` times as long, up to ``longest``. A
            function gives the seconds before each next read.

    Raises:
        DeadlineExceeded: nothing came in time. A throttled read is only fatal when time is up.
    """
    deadline = context.clock() + timeout
    context.progress.expect(timeout, at_most=True)
    while True:
        try:
            answer = read()
        except ClientError as error:
            if not is_throttle(error) or context.clock() >= deadline:
                raise
            answer = None
        if answer is not None:
            return answer
        left = deadline - context.clock()
        if left <= 0:
            raise DeadlineExceeded(f"Gave up waiting for {what} after {timeout:.0f} seconds.")
        if callable(interval):
            context.sleep(min(interval(), left))
        else:
            context.sleep(min(interval, left))
            interval = min(interval * factor, longest)


def tag_dict(tags: Sequence[dict[str, Any]] | None) -> dict[str, str]:
    """Read a tag list of any AWS service (``Key``/``key``) into a dict."""
    return {str(tag.get("Key", tag.get("key"))): str(tag.get("Value", tag.get("value", ""))) for tag in tags or []}


def tag_list(tags: dict[str, str], lower: bool = False) -> list[dict[str, str]]:
    """Write a dict as a tag list; ECS spells ``key``/``value`` in lower case."""
    key, value = ("key", "value") if lower else ("Key", "Value")
    return [{key: name, value: text} for name, text in tags.items()]
