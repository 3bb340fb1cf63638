# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Queues the jobs of named models with a command for each year, for a version of the application that needs it.

The Climate API of April 2017 uses up its iterator over the named models in the first year: its create_jobs queues the
jobs of that year only, and exits with 0. Nothing tells its version. So one command is tried, its jobs are counted, and
where too few arrived they are purged and a command for each year follows.

All is one step of the record, so that a crash at any point is resumed: the attempt that queued too few has failed, with
the fact that its jobs are to be purged. The next one has a part for each year, with a client token of its own, and the
fact of how many years are queued. That the application needs it, all later steps of the run read in these facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..command import find_task
from ..command.execution import find_start, follow, start
from ..command.management_command import ended
from ..command.prepare import Command, prepare
from ..core.context import Context
from ..core.errors import Incomplete, Refused
from ..core.result import Result
from ..core.run import DONE, FAILED, STARTED, Step, StepRecorder
from ..core.text import count
from ..record import go_on, record
from . import job_count
from .dataset import Dataset, of_one_year, of_year, read_dataset

ONE_A_YEAR = "one_a_year"  # fact of a step: the application needs it
PURGING = "purging"  # fact: how many jobs of the failed command are to be purged
YEARS = "years"  # fact: how many of the years are queued for certain


def is_needed(steps: Mapping[str, Step]) -> bool:
    """Say whether a step of the run has shown that the application needs a command for each year."""
    tries = [attempt for step in steps.values() for attempt in (*step.earlier, step.as_attempt())]
    facts = [attempt.get("facts", {}) for attempt in tries]
    return any(ONE_A_YEAR in each for each in facts)


def has_queued(step: Step) -> bool:
    """Say whether create_jobs is known to have left jobs in the queue, or may have: those it goes on with."""
    return step.state in (STARTED, DONE) or PURGING in step.facts or YEARS in step.facts


def plan(context: Context, command: Command, params: Mapping[str, Any], url: str) -> Years | None:
    """Plan a command for each year; None where the command has no years to divide, or no record to do it safely.

    Args:
        command: the one for all years.
        params: of the module create_jobs.
        url: of the queue.
    """
    requested = read_dataset(params)
    if context.step is None or of_year(command.arguments, params, requested.values[0]) is None:
        return None
    return Years(context, context.step, command, params, url, requested)


@dataclass
class Years:
    """A command for each year, the years in their order.

    Attributes:
        context, params, url: as in :func:`plan`.
        step: that records them.
        whole: the one command for all years.
        requested: models and years.
        attempt: the attempt they are parts of.
        first: how many of the years are queued already.
        task: the task that does the next year, where it was started before.
    """

    context: Context
    step: StepRecorder
    whole: Command
    params: Mapping[str, Any]
    url: str
    requested: Dataset
    attempt: int = 1
    first: int = 0
    task: dict[str, Any] | None = None

    @property
    def words(self) -> str:
        """Say how many there are."""
        return f"{count(len(self.requested.values), 'command')}, one a year"

    @property
    def needed(self) -> bool:
        """Whether the application is known to need them; one command that is under way is waited for first."""
        previous = self.step.previous
        one = previous is not None and previous.state == STARTED and YEARS not in previous.facts
        return not one and is_needed(record.read_all(self.context, self.step.environment).steps)

    def may_follow(self, error: Incomplete) -> bool:
        """Say whether what the one command queued can be purged: the queue was empty before it, and no worker runs."""
        counts, jobs = error.details["counts"], error.details["jobs"]
        return jobs > 0 and not counts["in_flight"] and not self.params["already"]

    def note_shortage(self, error: Incomplete, task: Mapping[str, Any]) -> None:
        """Record that the one command queued too few jobs, and that these are to be purged."""
        jobs = error.details["jobs"]
        known = jobs == len(self.requested.groups)
        why = "this version takes only the first year of named models; " if known else ""
        note = (
            f"{self.whole.arguments[0]} queued {jobs} of {count(self.requested.jobs, 'job')}: {why}one command a year"
        )
        self.context.progress.line(note)
        self.step.facts = {ONE_A_YEAR: True, PURGING: jobs}
        self.step.write(FAILED, self.step.attempt, task["taskArn"], 0, note)

    def begin(self) -> Result:
        """Find out where to begin, and make sure that the queue holds just what was queued until there.

        Returns:
            What was purged because the operator asked for it.

        Raises:
            Refused: the queue holds something else.
            find_task.Unknown: a year's command may have queued its jobs or a part of them.
        """
        previous = self.step.previous
        self.attempt, self.first, self.task = self.step.attempt, 0, None
        if previous is not None and YEARS in previous.facts:
            if self._goes_on(previous):
                return Result()
            self.attempt = previous.attempt + 1
        elif previous is not None and PURGING in previous.facts and not self.params["purge"]:
            self._purge_ours(previous.facts[PURGING])
            return Result()
        return job_count.ready(self.context, self.url, self.params)

    def queue(self) -> dict[str, Any]:
        """Run the commands that are left, each followed by a count; give the facts of the last one.

        Raises:
            Incomplete: a year's command queued too few jobs as well.
            Refused: more jobs arrived than requested.
            TaskFailed: a command failed.
        """
        years, facts = self.requested.values, dict[str, Any]()
        for number, year in enumerate(map(int, years[self.first :]), self.first):
            self.step.part, self.step.facts = str(year), {ONE_A_YEAR: True, YEARS: number}
            facts = self._queue_year(year, self._jobs_before(number))
            queued = self._jobs_before(number + 1) - self.params["already"]
            self.context.progress.line(f"{self.whole.arguments[0]} {year}: {queued} of {self.requested.jobs} queued")
        self.step.part, self.step.command = "", self.whole.text
        return facts

    def _queue_year(self, year: int, before: int) -> dict[str, Any]:
        context, params = self.context, self.params
        arguments = of_year(self.whole.arguments, params, year)
        command = prepare(context, {**params, "command": arguments})
        begin, self.task = find_task.Start(self.attempt, self.task), None
        task, watch = follow(context, command, params, start(context, command, params, begin))
        try:
            only = of_one_year(self.requested, year)
            counts = job_count.counted(context, self.url, {**params, "already": before}, only)
        except (Incomplete, Refused) as error:
            self.step.write(FAILED, self.attempt, task["taskArn"], 0, error.message)
            raise
        return {**ended(task, params["container"]), "log": list(watch.log), "counts": counts}

    def _goes_on(self, previous: Step) -> bool:
        """Go on with the years of the attempt before; False where the operator has its jobs purged instead."""
        self.first = int(previous.facts[YEARS])
        if previous.part not in map(str, self.requested.values[self.first : self.first + 1]):
            raise Refused(
                f"{self.step.name} has queued {count(self.first, 'year')} of other years than are requested now: resume"
                " it with the same models and years."
            )
        try:
            if previous.state == STARTED:
                begin = find_start(self.context, self.whole, self.params)
                self.attempt, self.task = begin.attempt, begin.task
            if self.task is None:
                self._ready(self.first)
        except find_task.Unknown as error:
            if self._is_told_by_the_queue(error):
                return True
            if not self._may_purge:
                raise
        except Refused:
            if not self._may_purge:
                raise
        else:
            return True
        self.first = 0
        return False

    def _is_told_by_the_queue(self, error: find_task.Unknown) -> bool:
        """Say whether all jobs of a year whose task ECS has forgotten are in the queue, or none: then it is known."""
        before, after = self._jobs_before(self.first), self._jobs_before(self.first + 1)
        jobs = sum(job_count.settled(self.context, self.url, self.params, wanted=after).values())
        if jobs == after:
            self.first, self.attempt = self.first + 1, error.next_attempt
        elif jobs == before:
            self.attempt = error.next_attempt
        return jobs in (before, after)

    def _purge_ours(self, jobs: int) -> None:
        """Purge what the one command queued, and nothing else.

        Args:
            jobs: how many they were; none are left where an earlier controller purged them.
        """
        if self.context.check_mode:
            return
        counts = job_count.settled(self.context, self.url, self.params, wanted=jobs)
        left = sum(counts.values())
        if left == jobs and not counts["in_flight"]:
            job_count.purge(self.context, self.url, self.params)
        elif left:
            raise Refused(
                f"The queue {self.params['queue']!r} held the {count(jobs, 'job')} of a command that queued too few,"
                f" which were to be purged, and holds {job_count.words(counts)}: something else sends jobs or takes"
                " them. Delete them all with ingest_purge_queue=true if nobody needs them.",
                **go_on.PURGED,
                counts=counts,
            )

    def _ready(self, number: int) -> None:
        before = self._jobs_before(number)
        job_count.ready(self.context, self.url, {**self.params, "already": before, "purge": False})

    def _jobs_before(self, number: int) -> int:
        """Give how many jobs the queue holds when so many of the years are queued."""
        return int(self.params["already"]) + number * len(self.requested.groups)

    @property
    def _may_purge(self) -> bool:
        return bool(self.params["purge"]) and not self.params["already"]
