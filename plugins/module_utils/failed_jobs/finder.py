# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tries that failed and jobs the application gave up, as its log tells: an explanation, never the verdict.

A try that failed is only counted. Of a job that was given up the final line is the only trace in the log, as its
message is deleted; whether it is lost is for the verification to say, which asks the database.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from ..core.aws import AWS_ERRORS, error_code, why_unread
from ..core.context import Context
from ..core.patience import classify
from ..core.secrets import Mask, container_definition, variables_of
from ..ecs.log_groups import group_of
from ..job_queue.log_words import LoggedJob, LogWords
from ..record.job_key import Value
from . import holdings
from .answer import Ids, resolved
from .log_lines import Before, read_before, read_traceback, shortened
from .record import FailedJob, FailedRecord

OVERLAP_MS = 120_000  # events are ingested late and out of order, and clocks differ
LOOK_UPS = 20  # a look
LAST_LOOK_UPS = 10 * LOOK_UPS  # at the end of a drain
PAGE, PAGES = 1000, 5  # events before a failure that are read for its job and exception: at DEBUG a job prints hundreds
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
        words: of the lines of a job that is taken, failed, or given up.
        since: when the workers' service was made.
        scenario: of the jobs whose lines say none; empty: not known.

    Attributes:
        found: the jobs given up.
        tries: how many tries failed, those of jobs that came right later as well.
        unread: why the last look could not read the log; empty where it could. That is no reason to end a drain: the
            verification finds what failed in the database.
        unexplained: why what a worker printed before it gave a job up could not be read; empty where it could.
    """

    def __init__(
        self,
        context: Context,
        definition: Mapping[str, Any],
        container: str,
        words: LogWords,
        since: datetime,
        scenario: str = "",
    ) -> None:
        self.context, self._words, self._scenario = context, words, scenario
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
        self._tried: dict[tuple[str, Value], list[tuple[int, LoggedJob]]] = {}  # times and names by stream and value
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
            if self._last is None or self._words.is_final(line.text) or not self._words.is_final(self._last.text):
                self._last = line
            if self._words.is_final(line.text):
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
        until = line if self._words.is_final(line.text) else _Line(line.stream, int(time.time() * 1000), "")
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
            "filterPattern": f'"{self._words.marker}"',
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
            for text in self._words.marked_lines(each["message"])
        ]

    def _note_try(self, line: _Line) -> None:
        """Count a try that failed; its names may be those of a job that is given up later."""
        self.tries += 1
        named = self._words.read_named(line.text)
        if named:
            self._tried.setdefault((line.stream, named.value), []).append((line.timestamp, named))

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
        given_up, before = self._words.read_given_up(line.text), Before()
        job = given_up if given_up and given_up.named else None
        for _page in range(PAGES):
            page = self._logs.get_log_events(
                logGroupName=self.group, logStreamName=line.stream, startFromHead=False, limit=PAGE, **where
            )
            lines = [*_until(page["events"], line), *lines]
            before = read_before(self._words, lines, job)
            if before.whole or page["nextBackwardToken"] == where.get("nextToken"):
                break
            where = {"endTime": line.timestamp + 1, "nextToken": page["nextBackwardToken"]}
        return before, lines

    def _job(self, line: _Line, before: Before) -> FailedJob:
        given_up = self._words.read_given_up(line.text)
        named = self._names(line, given_up, before.job) if given_up else None
        why = before.exception or (UNREAD if given_up and not before.begun else line.text)
        return FailedJob(
            scenario=self._mask(named.scenario if named else ""),
            group=self._mask(named.group if named else ""),
            value=named.value if named else None,
            exception=shortened(self._mask(why)),
            at=datetime.fromtimestamp(line.timestamp / 1000, tz=UTC).isoformat(timespec="seconds"),
            log_stream=line.stream,
            dataset=self._mask(named.dataset if named else ""),
        )

    def _names(self, line: _Line, given_up: LoggedJob, job: LoggedJob | None) -> LoggedJob:
        """Give a job its names: those of the line before, of its last try, or those its ids have."""
        tried = [each for each in self._tried.get((line.stream, given_up.value), []) if _may_be(each[1], given_up)]
        last = max((each for each in reversed(tried) if each[0] <= line.timestamp), key=itemgetter(0), default=None)
        named = job if job and _may_be(job, given_up) else (last[1] if last else None)
        if given_up.named:
            return self._completed(given_up, last[1] if last else None)
        if named:
            self._models[given_up.group], self._scenarios[given_up.scenario] = named.group, named.scenario
            return replace(named, dataset=given_up.dataset or named.dataset)
        model, scenario = self._models.get(given_up.group), self._scenarios.get(given_up.scenario)
        if not (model and scenario) and self._ids is None:
            self._ids = holdings.read(self.context).ids
        known_scenario, known_model = resolved(self._ids or Ids(), given_up.scenario, given_up.group)
        return replace(given_up, group=model or known_model, scenario=scenario or known_scenario)

    def _completed(self, given_up: LoggedJob, tried: LoggedJob | None) -> LoggedJob:
        """Give a job what its final line does not say, and that of its last try does."""
        scenario, dataset = (tried.scenario, tried.dataset) if tried else ("", "")
        return replace(
            given_up, scenario=given_up.scenario or scenario or self._scenario, dataset=given_up.dataset or dataset
        )


def _may_be(job: LoggedJob, given_up: LoggedJob) -> bool:
    """Say whether a job that is known by names may be the one of a final line."""
    if given_up.named:
        return job.is_same(given_up)
    return job.value == given_up.value and (not job.dataset or job.dataset == given_up.dataset)


def format_lines(jobs: Sequence[FailedJob]) -> list[str]:
    """Write a line for each job, but no more than a person can read."""
    lines = [f"given up: {each.title}: {each.exception}" for each in jobs[:MOST_LINES]]
    return [*lines, *([f"... and {len(jobs) - MOST_LINES} more jobs given up"] if len(jobs) > MOST_LINES else [])]


def _until(events: Sequence[Mapping[str, Any]], line: _Line) -> list[str]:
    """Give the lines of a page down to the marked one: the worker may have gone on in the same millisecond."""
    texts = [(each["timestamp"], text) for each in events for text in each["message"].splitlines()]
    own = [at for at, each in enumerate(texts) if each == (line.timestamp, line.text)]
    return [text for _timestamp, text in (texts[: own[-1]] if own else texts)]
