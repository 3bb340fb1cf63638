# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tries that failed and jobs the application gave up, as its log tells: an explanation, never the verdict.

A try that failed is only counted. Of a job that was given up the final line is the only trace in the log, as its
message is deleted; whether it is lost is for the verification to say, which asks the database.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from ..core.aws import AWS_ERRORS, error_code, why_unread
from ..core.context import Context
from ..core.patience import classify
from ..core.secrets import Mask, container_definition, variables_of
from ..ecs.log_groups import group_of
from . import holdings
from .answer import Ids, resolved
from .log_lines import (
    Before,
    GivenUp,
    Named,
    is_final,
    marked_lines,
    read_before,
    read_given_up,
    read_named,
    read_traceback,
    shortened,
)
from .record import FailedJob, FailedRecord

OVERLAP_MS = 120_000  # events are ingested late and out of order, and clocks differ
LOOK_UPS = 20  # a look
LAST_LOOK_UPS = 10 * LOOK_UPS  # at the end of a drain
PAGE, PAGES = 1000, 5  # events before a failure that are read for its job and exception: at DEBUG a job prints hundreds
KINDS = ("scenario", "model")
MOST_LINES = 10  # printed at a look
NO_STREAM = "ResourceNotFoundException"
UNREAD = "given up; the log of the worker was not read for the exception"


@dataclass(frozen=True)
class _Line:
    """A marked line: its stream, when it was printed (milliseconds since 1970), and its text."""

    stream: str
    timestamp: int
    text: str


@dataclass(frozen=True)
class Printed:
    """What a worker printed of a failure: the marked line and the traceback beside it; and in which log stream."""

    stream: str
    lines: list[str]


class FailedJobs:
    """Finds the marked lines in the log group of the workers' container, each once: tries, and jobs given up and why.

    Args:
        context: gives the logs client; where its step is one of an open run, what failed is kept in the run's record.
        definition: the workers' task definition; only the ``awslogs`` driver can be read.
        container: the workers' container.
        marker: text of such a line.
        since: when the workers' service was made.

    Attributes:
        found: the jobs given up.
        tries: how many tries failed, those of jobs that came right later as well.
        unread: why the last look could not read the log; empty where it could. That is no reason to end a drain: the
            verification finds what failed in the database.
        unexplained: why what a worker printed before it gave a job up could not be read; empty where it could.
    """

    def __init__(
        self, context: Context, definition: Mapping[str, Any], container: str, marker: str, since: datetime
    ) -> None:
        self.context, self.marker = context, marker
        self.unread = self.unexplained = ""
        self.found: list[FailedJob] = []
        self.tries = 0
        described = container_definition(definition, container)
        group = group_of(described)
        self._logs = context.briefly().client("logs", group.region if group else "")
        self._mask = Mask(variables_of(described))
        self.group = group.name if group else None
        self._streams = {"logStreamNamePrefix": f"{group.prefix}/{container}/"} if group and group.prefix else {}
        self._start = int(since.timestamp() * 1000)
        self._seen: set[str] = set()
        self._unread: deque[_Line] = deque()
        self._last: _Line | None = None  # of the marked lines; a final one rather than that of a try
        self._tried: dict[tuple[str, int], list[tuple[int, Named]]] = {}  # times and names by stream and year
        self._models: dict[str, str] = {}  # names by the ids of the application's database, as log lines have them
        self._scenarios: dict[str, str] = {}
        self._ids: Ids | None = None  # as the application gave them before jobs were created
        step = context.step
        self._record = FailedRecord(context, step.environment, step.run.id) if step is not None else None

    def look(self, last: bool = False) -> list[str]:
        """Find the jobs given up since the last look, keep them in the record, and give a line for each to be printed.

        Args:
            last: nothing more comes: what could not be looked up until now is reported as far as it is known.
        """
        if self.group is None:
            return []
        for line in self._new_lines():
            if self._last is None or is_final(line.text) or not is_final(self._last.text):
                self._last = line
            if is_final(line.text):
                self._unread.append(line)
            else:
                self._note_try(line)
        jobs = self._look_up(LAST_LOOK_UPS if last else LOOK_UPS)
        if last:
            jobs += [self._job(line, Before()) for line in self._unread]
            self._unread.clear()
        self.found += jobs
        if jobs and self._record is not None:
            self._record.note(jobs)
        return format_lines(jobs)

    def printed(self, most: int) -> Printed | None:
        """Give what the worker printed of the last job given up, or of the last try that failed; None: of none.

        Args:
            most: lines of the traceback, whose end counts.
        """
        line = self._last
        if line is None:
            return None
        # the traceback of a try follows its line; that of the last try precedes the final one
        until = line if is_final(line.text) else _Line(line.stream, int(time.time() * 1000), "")
        try:
            lines = self._read_back(until)[1]
        except AWS_ERRORS:
            lines = []
        found = [line.text, *read_traceback([each for each in lines if each != line.text], most)]
        return Printed(line.stream, [self._mask(each) for each in found])

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
            _Line(each.get("logStreamName", ""), each["timestamp"], text)
            for each in events
            for text in marked_lines(each["message"], self.marker)
        ]

    def _note_try(self, line: _Line) -> None:
        """Count a try that failed; its names may be those of a job that is given up later."""
        self.tries += 1
        named = read_named(line.text)
        if named:
            self._tried.setdefault((line.stream, named.year), []).append((line.timestamp, named))

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
        """Read what the worker printed before the line."""
        return self._read_back(line)[0]

    def _read_back(self, line: _Line) -> tuple[Before, list[str]]:
        """Read what the worker printed before the line, from there backwards: what it says, and the lines."""
        lines: list[str] = []
        where: dict[str, Any] = {"endTime": line.timestamp + 1}  # exclusive (API reference, GetLogEvents)
        before = Before()
        for _page in range(PAGES):
            page = self._logs.get_log_events(
                logGroupName=self.group, logStreamName=line.stream, startFromHead=False, limit=PAGE, **where
            )
            lines = [*_until(page["events"], line), *lines]
            before = read_before(lines)
            if before.whole or page["nextBackwardToken"] == where.get("nextToken"):
                break
            where = {"endTime": line.timestamp + 1, "nextToken": page["nextBackwardToken"]}
        return before, lines

    def _job(self, line: _Line, before: Before) -> FailedJob:
        given_up = read_given_up(line.text)
        named = self._names(line, given_up, before.job)
        return FailedJob(
            scenario=self._mask(named.scenario if named else _by_id("scenario", given_up)),
            model=self._mask(named.model if named else _by_id("model", given_up)),
            year=given_up.year if given_up else None,
            exception=shortened(self._mask(before.exception or (UNREAD if given_up else line.text))),
            at=datetime.fromtimestamp(line.timestamp / 1000, tz=UTC).isoformat(timespec="seconds"),
            log_stream=line.stream,
            dataset=self._mask(given_up.dataset or (named.dataset if named else "")) if given_up else "",
        )

    def _names(self, line: _Line, given_up: GivenUp | None, job: Named | None) -> Named | None:
        """Give the names of the job: of the line before, of its last try, or those its ids have."""
        if given_up is None:
            return None
        tried = [each for each in self._tried.get((line.stream, given_up.year), []) if _may_be(each[1], given_up)]
        last = max((each for each in reversed(tried) if each[0] <= line.timestamp), key=itemgetter(0), default=None)
        named = job if job and _may_be(job, given_up) else (last[1] if last else None)
        if named:
            self._models[given_up.model], self._scenarios[given_up.scenario] = named.model, named.scenario
            return named
        model, scenario = self._models.get(given_up.model), self._scenarios.get(given_up.scenario)
        if not (model and scenario) and self._ids is None:
            self._ids = holdings.read(self.context).ids
        known_scenario, known_model = resolved(self._ids or Ids(), *(_by_id(kind, given_up) for kind in KINDS))
        return Named(model or known_model, scenario or known_scenario, given_up.year)


def _may_be(job: Named, given_up: GivenUp) -> bool:
    """Say whether a job that is known by names may be the one of a final line."""
    return job.year == given_up.year and (not job.dataset or job.dataset == given_up.dataset)


def _by_id(kind: str, given_up: GivenUp | None) -> str:
    """Say that only the id of a model or scenario is known; empty: not even that."""
    return f"{kind} id {getattr(given_up, kind)}" if given_up else ""


def format_lines(jobs: Sequence[FailedJob]) -> list[str]:
    """Write a line for each job, but no more than a person can read."""
    lines = [f"given up: {each.title}: {each.exception}" for each in jobs[:MOST_LINES]]
    return [*lines, *([f"... and {len(jobs) - MOST_LINES} more jobs given up"] if len(jobs) > MOST_LINES else [])]


def _until(events: Sequence[Mapping[str, Any]], line: _Line) -> list[str]:
    """Give the lines of a page down to the marked one: the worker may have gone on in the same millisecond."""
    texts = [(each["timestamp"], text) for each in events for text in each["message"].splitlines()]
    own = [at for at, each in enumerate(texts) if each == (line.timestamp, line.text)]
    return [text for _timestamp, text in (texts[: own[-1]] if own else texts)]
