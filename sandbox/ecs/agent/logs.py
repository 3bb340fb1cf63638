"""The awslogs driver: what containers print goes to CloudWatch Logs in this process."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogsBackend, logs_backends

from sandbox.runtime import ACCOUNT_ID, REGION

# The driver cuts events at CloudWatch's limit of 256 KiB less 26 bytes of overhead.
MAX_EVENT = 262_118


class CannotLog(Exception):
    """The log group is missing and the driver may not create it."""


class LogStream:
    """A container's stream, made when the container starts.

    Args:
        options: ``logConfiguration.options`` of the awslogs driver.
        container: the container's name.
        task_id: id of its task.
        runtime_id: Docker's id of the container, the stream's name where no prefix is set.

    Raises:
        CannotLog: no such group, in the words of the ECS agent.
    """

    def __init__(self, options: Mapping[str, str], container: str, task_id: str, runtime_id: str) -> None:
        self.group = options.get("awslogs-group", "")
        prefix = options.get("awslogs-stream-prefix")
        self.name = f"{prefix}/{container}/{task_id}" if prefix else runtime_id
        self._region = options.get("awslogs-region", REGION)
        self._last = 0
        if options.get("awslogs-create-group", "false").lower() == "true":
            self._backend.ensure_log_group(self.group)
        try:
            self._backend.ensure_log_stream(self.group, self.name)
        except ResourceNotFoundException as error:
            raise CannotLog(
                "Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log "
                "stream: ResourceNotFoundException: The specified log group does not exist."
            ) from error

    @property
    def _backend(self) -> LogsBackend:
        return logs_backends[ACCOUNT_ID][self._region]

    def put(self, lines: Sequence[str]) -> None:
        """Append lines, stamped now; the driver leaves empty ones out. A stream deleted meanwhile takes none."""
        self._last = max(self._last, int(time.time() * 1000))
        events: list[dict[str, Any]] = [
            {"timestamp": self._last, "message": line[:MAX_EVENT]} for line in lines if line
        ]
        if not events:
            return
        try:
            self._backend.put_log_events(self.group, self.name, events)
        except ResourceNotFoundException:
            return
