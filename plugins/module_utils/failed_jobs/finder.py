# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs the application gave up: the line it logs is their only trace, as their message is deleted."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..core.aws import AWS_ERRORS, error_code, why_unread
from ..core.context import Context
from ..core.patience import classify
from ..core.secrets import Mask, container_definition, variables_of
from .log_lines import Before, GivenUp, read_before, read_given_up, shortened
from .record import FailedJob, FailedRecord

OVERLAP_MS = 120_000  # events are ingested late and out of order, and clocks differ
LOOK_UPS = 20  # a look
LAST_LOOK_UPS = 10 * LOOK_UPS  # at the end of a drain
PAGE, PAGES = 200, 2  # events before a failure that are read for its exception
MOST_LINES = 10  # printed at a look
NO_STREAM = "ResourceNotFoundException"


@dataclass(frozen=True)
class _Line:
    """A marked line: its stream, when it was printed (milliseconds since 1970), and its text."""

    stream: str
    timestamp: int
    text: str


class FailedJobs:
    """Finds the marked lines in the log group of the workers' container, each once, with what failed and why.

    Args:
        context: gives the logs client; where its step is one of an open run, what failed is kept in the run's record.
        definition: the workers' task definition; only the ``awslogs`` driver can be read.
        container: the workers' container.
        marker: text of such a line.
        since: when the workers' service was made.

    Attributes:
        found: the jobs given up.
        unread: why the last look could not read the log; empty where it could. That is no reason to end a drain: the
            verification finds what failed in the database.
        unexplained: why what a worker printed before it gave a job up could not be read; empty where it could.
    """

    def __init__(
        self, context: Context, definition: Mapping[str, Any], container: str, marker: str, since: datetime
    ) -> None:
        self.context, self.marker = context, marker
        self._logs = context.briefly().client("logs")
        self.unread = self.unexplained = ""
        self.found: list[FailedJob] = []
        described = container_definition(definition, container)
        logging = described.get("logConfiguration", {})
        options = logging.get("options", {}) if logging.get("logDriver") == "awslogs" else {}
        self._mask = Mask(variables_of(described))
        self.group: str | None = options.get("awslogs-group")
        prefix = options.get("awslogs-stream-prefix")
        self._streams = {"logStreamNamePrefix": f"{prefix}/{container}/"} if prefix else {}
        self._start = int(since.timestamp() * 1000)
        self._seen: set[str] = set()
        self._unread: deque[_Line] = deque()
        self._models: dict[str, str] = {}  # names by the ids of the application's database
        self._scenarios: dict[str, str] = {}
        step = context.step
        self._record = FailedRecord(context, step.environment, step.run.id) if step is not None else None

    def look(self, last: bool = False) -> list[str]:
        """Find the jobs given up since the last look, keep them in the record, and give a line for each to be printed.

        Args:
            last: nothing more comes: what could not be looked up until now is reported as far as it is known.
        """
        if self.group is None:
            return []
        self._unread.extend(self._new_lines())
        jobs = self._look_up(LAST_LOOK_UPS if last else LOOK_UPS)
        if last:
            jobs += [self._job(line, Before()) for line in self._unread]
            self._unread.clear()
        self.found += jobs
        if jobs and self._record is not None:
            self._record.note(jobs)
        return format_lines(jobs)

    def _new_lines(self) -> list[_Line]:
        query = {
            "logGroupName": self.group,
            "startTime": self._start,
            "filterPattern": f'"{self.marker}"',
            **self._streams,
        }
        asked_at = int(time.time() * 1000)
        try:
            pages = list(self._logs.get_paginator("filter_log_events").paginate(**query))
        except AWS_ERRORS as error:
            # the group is made with the first line a worker prints
            self.unread = "" if error_code(error) == NO_STREAM else why_unread(error)
            return []
        self.unread = ""
        events = [each for page in pages for each in page["events"] if each["eventId"] not in self._seen]
        self._seen |= {each["eventId"] for each in events}
        self._start = max(self._start, asked_at - OVERLAP_MS)  # hours of DEBUG lines are not searched again
        return [
            _Line(each.get("logStreamName", ""), each["timestamp"], each["message"])
            for each in events
            if self.marker in each["message"]
        ]

    def _look_up(self, look_ups: int) -> list[FailedJob]:
        """Look up the next lines; where AWS cannot be asked, the rest stays for the next look."""
        jobs = []
        for _line in range(min(look_ups, len(self._unread))):
            try:
                before = self._look_back(self._unread[0])
            except AWS_ERRORS as error:
                if classify(error):
                    break
                self.unexplained = self.unexplained or ("" if error_code(error) == NO_STREAM else why_unread(error))
                before = Before()
            jobs.append(self._job(self._unread.popleft(), before))
        return jobs

    def _look_back(self, line: _Line) -> Before:
        """Read what the worker printed before the line, from there backwards."""
        given_up = read_given_up(line.text)
        lines: list[str] = []
        where: dict[str, Any] = {"endTime": line.timestamp + 1}  # exclusive (API reference, GetLogEvents)
        before = Before()
        for _page in range(PAGES):
            page = self._logs.get_log_events(
                logGroupName=self.group, logStreamName=line.stream, startFromHead=False, limit=PAGE, **where
            )
            lines = [*_until(page["events"], line), *lines]
            before = read_before(lines, given_up.year if given_up else None)
            if before.whole or page["nextBackwardToken"] == where.get("nextToken"):
                break
            where = {"endTime": line.timestamp + 1, "nextToken": page["nextBackwardToken"]}
        return before

    def _job(self, line: _Line, before: Before) -> FailedJob:
        given_up = read_given_up(line.text)
        return FailedJob(
            scenario=self._mask(self._name("scenario", self._scenarios, given_up, before.scenario)),
            model=self._mask(self._name("model", self._models, given_up, before.model)),
            year=given_up.year if given_up else None,
            exception=shortened(self._mask(before.exception or line.text)),
            at=datetime.fromtimestamp(line.timestamp / 1000, tz=UTC).isoformat(timespec="seconds"),
            log_stream=line.stream,
        )

    def _name(self, kind: str, names: dict[str, str], given_up: GivenUp | None, name: str | None) -> str:
        """Give a name; where it cannot be had, one learnt before, or the id; empty: not even that."""
        if given_up is None:
            return name or ""
        number = str(getattr(given_up, kind))
        if name:
            names[number] = name
        return names.get(number) or f"{kind} id {number}"


def format_lines(jobs: Sequence[FailedJob]) -> list[str]:
    """Write a line for each job, but no more than a person can read."""
    lines = [f"failed: {each.title}: {each.exception}" for each in jobs[:MOST_LINES]]
    return [*lines, *([f"... and {len(jobs) - MOST_LINES} more failed jobs"] if len(jobs) > MOST_LINES else [])]


def _until(events: Sequence[Mapping[str, Any]], line: _Line) -> list[str]:
    """Give the lines of a page down to the marked one: the worker may have gone on in the same millisecond."""
    own = [at for at, each in enumerate(events) if (each["timestamp"], each["message"]) == (line.timestamp, line.text)]
    kept = events[: own[-1]] if own else events
    return [text for each in kept for text in each["message"].splitlines()]
