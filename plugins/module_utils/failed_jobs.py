# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs the application gave up: the line it logs is their only trace, as their message is deleted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.aws import ClientError, error_code
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context
from ansible_collections.climate.ingest.plugins.module_utils.secrets import Mask, container_definition, variables_of

OVERLAP_MS = 120_000  # events are ingested late and out of order, and clocks differ


class FailedJobs:
    """Finds the marked lines in the log group of the workers' container, each once.

    Args:
        context: gives the logs client.
        definition: the workers' task definition; only the ``awslogs`` driver can be read.
        container: the workers' container.
        marker: text of such a line.
        since: when the workers' service was made.
    """

    def __init__(
        self, context: Context, definition: Mapping[str, Any], container: str, marker: str, since: datetime
    ) -> None:
        self.context, self.marker = context, marker
        self.found: list[dict[str, str]] = []
        described = container_definition(definition, container)
        logging = described.get("logConfiguration", {})
        options = logging.get("options", {}) if logging.get("logDriver") == "awslogs" else {}
        self._mask = Mask(variables_of(described))
        self.group: str | None = options.get("awslogs-group")
        prefix = options.get("awslogs-stream-prefix")
        self._streams = {"logStreamNamePrefix": f"{prefix}/{container}/"} if prefix else {}
        self._start = int(since.timestamp() * 1000)
        self._seen: set[str] = set()

    def look(self) -> list[dict[str, str]]:
        """Give the lines that are new since the last look: ``log_stream``, ``timestamp`` (ISO 8601), ``message``."""
        if self.group is None:
            return []
        query = {
            "logGroupName": self.group,
            "startTime": self._start,
            "filterPattern": f'"{self.marker}"',
            **self._streams,
        }
        asked_at = int(time.time() * 1000)
        try:
            pages = list(self.context.client("logs").get_paginator("filter_log_events").paginate(**query))
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            return []  # the group is made with the first line a worker prints
        events = [each for page in pages for each in page["events"] if each["eventId"] not in self._seen]
        new = [self._line(each) for each in events if self.marker in each["message"]]
        self._seen |= {each["eventId"] for each in events}
        self._start = max(self._start, asked_at - OVERLAP_MS)  # hours of DEBUG lines are not searched again
        self.found += new
        return new

    def _line(self, event: Mapping[str, Any]) -> dict[str, str]:
        at = datetime.fromtimestamp(event["timestamp"] / 1000, tz=UTC)
        return {
            "log_stream": event.get("logStreamName", ""),
            "timestamp": at.isoformat(timespec="milliseconds"),
            "message": self._mask(event["message"].strip()),
        }
