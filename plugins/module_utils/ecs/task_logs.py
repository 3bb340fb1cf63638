# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The log of a task's container, where its log driver is awslogs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.aws import AWS_ERRORS, ClientError, error_code, why_unread
from ..core.context import Context
from ..core.secrets import Mask, container_definition, variables_of
from .log_groups import driver_of, group_of
from .tasks import container_of

NO_STREAM = "ResourceNotFoundException"


@dataclass(frozen=True)
class LogStream:
    """Where CloudWatch Logs keeps what a container printed; the region is empty where it is that of the run."""

    group: str
    name: str
    region: str = ""

    def client(self, context: Context) -> Any:
        """Give a client that reads it."""
        return context.client("logs", self.region)


def stream_of(task_definition: Mapping[str, Any], task: Mapping[str, Any], container: str) -> LogStream | None:
    """Find the log stream of a task's container.

    Args:
        task_definition: as DescribeTaskDefinition gives it.
        task: as DescribeTasks gives it.

    Returns:
        None where the log driver is another one, or as long as the name is unknown: without a stream prefix it is the
        container's runtime id (ECS Developer Guide, "Send Amazon ECS logs to CloudWatch").
    """
    group = group_of(container_definition(task_definition, container))
    if group is None:
        return None
    if group.prefix:
        task_id = str(task["taskArn"]).rsplit("/", 1)[-1]
        return LogStream(group.name, f"{group.prefix}/{container}/{task_id}", group.region)
    runtime_id = container_of(dict(task), container).get("runtimeId")
    return LogStream(group.name, str(runtime_id), group.region) if runtime_id else None


def why_no_stream(task_definition: Mapping[str, Any], container: str) -> str:
    """Say why a container has no log stream, as the end of a sentence."""
    described = container_definition(task_definition, container)
    if group_of(described) is None:
        return f"its container logs through {driver_of(described)}, not through awslogs"
    return "ECS has not told the container's runtime ID, after which its log stream is named"


class Tail:
    """Reads a log stream as it grows.

    Args:
        logs: boto3 client of CloudWatch Logs.
        mask: takes secrets out of a line.

    Attributes:
        found: whether the stream has been found; a container's is made when it starts.
    """

    def __init__(self, logs: Any, stream: LogStream, mask: Mask) -> None:
        self._logs = logs
        self._stream = stream
        self._mask = mask
        self._token: str | None = None
        self.found = False

    @property
    def name(self) -> str:
        """Where it is: group and stream."""
        return f"{self._stream.group}/{self._stream.name}"

    def read(self, to_end: bool = True) -> Iterator[str]:
        """Give the lines that came since the last time; none while the stream does not exist yet.

        Args:
            to_end: read until the token stays the same: neither an empty page nor one with few lines is the end (API
                reference, GetLogEvents). Otherwise a page with lines is enough, and the next read goes on behind it.
        """
        while True:
            where = {"nextToken": self._token} if self._token else {}
            try:
                page = self._logs.get_log_events(
                    logGroupName=self._stream.group, logStreamName=self._stream.name, startFromHead=True, **where
                )
            except ClientError as error:
                if error_code(error) == NO_STREAM:
                    return
                raise
            self.found = True
            yield from _lines(page["events"], self._mask)
            last, self._token = self._token, page["nextForwardToken"]
            if self._token == last or (page["events"] and not to_end):
                return


@dataclass(frozen=True)
class LogEnd:
    """The end of a log.

    Attributes:
        lines: the last ones, secrets masked.
        unread: why there may be lines that could not be read; empty: there are not.
    """

    lines: list[str]
    unread: str = ""


def last_lines(
    context: Context, task_definition: dict[str, Any], task: dict[str, Any], container: str, count: int = 20
) -> LogEnd:
    """Give the last lines a task's container printed.

    They explain another failure, so a log that cannot be read is no error here.
    """
    stream = stream_of(task_definition, task, container)
    if stream is None:
        return LogEnd([], why_no_stream(task_definition, container))
    mask = Mask(variables_of(container_definition(task_definition, container)))
    logs = stream.client(context.briefly())
    lines: list[str] = []
    where: dict[str, str] = {}
    while len(lines) < count:
        try:
            page = logs.get_log_events(
                logGroupName=stream.group, logStreamName=stream.name, startFromHead=False, limit=count, **where
            )
        except AWS_ERRORS as error:
            missing = f"there is no log stream {stream.group}/{stream.name}"
            return LogEnd(lines, missing if error_code(error) == NO_STREAM else why_unread(error))
        lines = [*_lines(page["events"], mask), *lines]
        if page["nextBackwardToken"] == where.get("nextToken"):
            break
        where = {"nextToken": page["nextBackwardToken"]}
    return LogEnd(lines[-count:])


def _lines(events: list[dict[str, Any]], mask: Mask) -> Iterator[str]:
    for event in events:
        yield from (mask(line) for line in event["message"].splitlines())
