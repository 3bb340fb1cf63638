# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chooses the failed jobs that are queued again, and the commands that queue just these.

A retry is a part of the open run with a number, and its steps are named after it: ``retry_1_create_jobs_1``,
``retry_1_drain``. Its jobs are fixed when it begins, by a mark on each in the record, so that a retry that was
interrupted resumes with the same ones until its queue is drained. What fails in it is left to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ..command import find_task
from ..core.context import Context
from ..core.errors import NotFound, Refused
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import DONE
from ..core.text import count
from ..job_queue.one_a_year import ONE_A_YEAR, is_needed
from ..record import go_on, lock, record
from ..record.catalogue import retry_step
from ..record.imports import IMPORT_SPEC, Import, in_run, read_imports
from ..record.job_key import ALL, DEFAULT, KEY_SPEC, Value, compress, expand, fields_of, order, shown
from . import owner
from .owner import owners
from .record import FailedJob, FailedRecord
from .unverified import check_drained, is_under_way, latest_retry, to_verify

RANGES = 200  # of a command: ECS takes 8,192 bytes of it
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Command:
    """The arguments of one create_jobs: every combination of groups and values is a job of an import."""

    of: Import
    groups: tuple[str, ...]
    values: tuple[Value, ...]

    @property
    def jobs(self) -> int:
        """How many it queues."""
        return len(self.groups) * len(self.values)

    @property
    def by_field(self) -> dict[str, list[str]]:
        """The values of each field of a key that is not the Climate API's, with ranges."""
        if self.of.key == DEFAULT:
            return {}
        own = [fields_of(self.of.key, group) for group in self.groups]
        fields = {name: list(dict.fromkeys(each[name] for each in own)) for name in self.of.key[:-1]}
        return {**fields, self.of.key[-1]: compress(self.values).split(", ")}


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Fix the jobs of a retry, or find those of the one that is under way; the parameters are the module's.

    Raises:
        NotFound: no run is open.
        Refused: jobs of the run are still to be drained; or a command of an abandoned retry still runs.
    """
    environment = params["environment"]
    known = record.read_all(context, environment)
    if known.open_run is None:
        raise NotFound(f"No run is open in {environment!r}: there is nothing to retry.")
    if not context.check_mode:
        lock.ensure_held(context, environment, needed=True)
    check_drained(context, known)
    failed = FailedRecord(context, environment, known.open_run.id)
    retry = Retry(
        context,
        known,
        latest_retry(known),
        in_run(known.open_run, read_imports(params["imports"] or [], params.get("job_key") or DEFAULT)),
    )
    if is_under_way(known):
        if not (params["purge"] and retry.is_unfinished(failed.jobs)):
            return retry.result(failed.jobs)
        retry.check_idle(params["cluster"])
        failed.write(
            replace(job, queued=retry.number + 1) if job.queued == retry.number else job for job in failed.jobs
        )
    return replace(retry, number=retry.number + 1).begun(environment, failed)


def commands(jobs: Iterable[FailedJob], imports: Sequence[Import], one_a_year: bool) -> list[Command]:
    """Group jobs into as few commands as may be.

    Those of several years come first: where the application takes only the first of them, that shows while nothing else
    is queued, and create_jobs goes on with one command a year.

    Args:
        imports: of the run; a job that is of none, or there is no telling of which, is left out.
        one_a_year: whether the application is known to need a command for each year.
    """
    find = owners(imports)
    wanted: dict[str, list[tuple[str, Value]]] = {each.name: [] for each in imports}
    for job in jobs:
        own = find(job)
        if own and job.value is not None:
            wanted[own.name].append((job.group, job.value))
    found = [command for each in imports for command in _commands_of(each, wanted[each.name], one_a_year)]
    return sorted(found, key=lambda command: len(command.values) == 1)


def _commands_of(each: Import, wanted: Sequence[tuple[str, Value]], one_a_year: bool) -> list[Command]:
    groups: dict[Value, list[str]] = {}
    values: dict[str, list[Value]] = {}
    for group, value in sorted(wanted, key=lambda job: (job[0], order(job[1]))):
        groups.setdefault(value, []).append(group)
        values.setdefault(group, []).append(value)
    if one_a_year:
        return [
            Command(each, tuple(some), (value,))
            for value, some in sorted(groups.items(), key=lambda item: order(item[0]))
        ]
    if each.key != DEFAULT:
        return [part for group, some in values.items() for part in _in_parts(each, group, some)]
    by_value = [Command(each, some, tuple(sorted(alike, key=order))) for some, alike in _alike(groups).items()]
    by_group = [Command(each, tuple(alike), some) for some, alike in _alike(values).items()]
    return min(by_value, by_group, key=len)


def _in_parts(of: Import, group: str, values: Sequence[Value]) -> Iterator[Command]:
    """Divide jobs among commands so that each fits its task's override, with ranges."""
    ranges = compress(values, ",").split(",")
    for start in range(0, len(ranges), RANGES):
        yield Command(of, (group,), tuple(expand(",".join(ranges[start : start + RANGES]))))


def _alike(lists: Mapping[K, Sequence[V]]) -> dict[tuple[V, ...], list[K]]:
    """Gather the keys that have the same list."""
    found: dict[tuple[V, ...], list[K]] = {}
    for key, values in lists.items():
        found.setdefault(tuple(values), []).append(key)
    return found


@dataclass(frozen=True)
class Retry:
    """A retry of a run: one that is under way, or the next.

    Attributes:
        known: the record of the run.
        number: of the retry within the run.
        imports: of the run.
    """

    context: Context
    known: record.Record
    number: int
    imports: Sequence[Import]

    def begun(self, environment: str, failed: FailedRecord) -> Result:
        """Mark the jobs first and note the retry then: what was marked before a crash stays so."""
        find = owners(self.imports)
        jobs = [self._marked(job, find(job)) for job in failed.jobs]
        if not any(job.queued == self.number for job in jobs):
            return self._nothing(jobs)
        failed.write(jobs)
        result = self.result(jobs)
        now = self.context.now().isoformat(timespec="seconds")
        facts = {ONE_A_YEAR: True} if is_needed(self.known.steps) else {}
        step = record.Step(failed.run, DONE, now, note=result.values["message"], facts=facts)
        record.write_step(self.context, environment, retry_step(self.number), step)
        return result

    def result(self, jobs: Sequence[FailedJob]) -> Result:
        """List the commands that queue its jobs."""
        chosen = [job for job in jobs if job.queued == self.number]
        listed, already = [], 0
        for position, command in enumerate(self._commands(chosen), 1):
            listed.append(
                {
                    "number": position,
                    "import": command.of.name,
                    "dataset": command.of.dataset,
                    "scenario": command.of.scenario,
                    "models": ALL if command.by_field else ",".join(command.groups),
                    "years": ALL if command.by_field else ",".join(map(str, command.values)),
                    "values": command.by_field,
                    "jobs": command.jobs,
                    "already": already,
                }
            )
            line = f"{command.of.label} {', '.join(command.groups)}: {shown(command.values)}"
            self.context.progress.line(line)
            already += command.jobs
        message = f"{count(already, 'job')} to be queued again by {len(listed)} create_jobs"
        self.context.progress.line(f"retry {self.number}: {message}")
        return self._values(
            jobs, message, retry=self.number, jobs=already, commands=listed, queued=not self.is_unfinished(jobs)
        )

    def is_unfinished(self, jobs: Sequence[FailedJob]) -> bool:
        """Say whether not all its jobs are in the queue for certain."""
        last = len(self._commands(jobs))
        steps = (retry_step(self.number, f"create_jobs_{each}") for each in range(1, last + 1))
        return not all(map(self.known.is_done, steps))

    def check_idle(self, cluster: str) -> None:
        """Make sure that no command of it goes on queueing jobs when it is abandoned.

        Raises:
            Refused: one does.
        """
        prefix, run = f"{retry_step(self.number)}_", self.known.run
        steps = {name: step for name, step in self.known.steps.items() if name.startswith(prefix)}
        alive = find_task.running(self.context, cluster, run, steps) if run else []
        if alive:
            raise Refused(
                f"A command of retry {self.number} is still running: {', '.join(alive)}. Resume without"
                " ingest_purge_queue, or wait for its end.",
                **go_on.UNPURGED,
            )

    def _commands(self, jobs: Iterable[FailedJob]) -> list[Command]:
        """Give its commands: the same as when it began, whatever was learned of the application since."""
        begun = self.known.steps.get(retry_step(self.number))
        one_a_year = is_needed(self.known.steps) if begun is None else ONE_A_YEAR in begun.facts
        return commands((job for job in jobs if job.queued == self.number), self.imports, one_a_year)

    def _marked(self, job: FailedJob, own: Import | None) -> FailedJob:
        if job.queued or not job.named or own is None:
            return job
        return replace(job, queued=self.number, retried=job.retried + 1)

    def _nothing(self, jobs: Sequence[FailedJob]) -> Result:
        """Say that no job is known to have failed."""
        number, known = self.number - 1, self.known
        message = f"run {known.run.id if known.run else ''} has no failed jobs: there is nothing to retry"
        unknown = to_verify(known, jobs, [])
        if unknown:
            message = f"which jobs have failed is not known before {', '.join(unknown.values())} is done"
        elif any(job.queued for job in jobs):
            message = f"the jobs of retry {number} are still to be verified"
        self.context.progress.line(message)
        return self._values(jobs, message, retry=number, jobs=0, commands=[], queued=True)

    def _values(self, known: Sequence[FailedJob], message: str, **values: Any) -> Result:
        """Add the imports with jobs that were queued again, and whose outcome is not known yet."""
        unsettled = owner.names((job for job in known if job.queued), self.imports)
        return Result(values={**values, "imports": unsettled, "message": message})


OPERATION = Operation(
    run=run,
    argument_spec={
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "imports": {"type": "list", "elements": "dict", "options": IMPORT_SPEC},
        "job_key": KEY_SPEC,
        "purge": {"type": "bool", "default": False},
    },
    services=("ecs", "ssm"),
)
