# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Chooses the failed jobs that are queued again, and the commands that queue just these.

A retry is a part of the open run with a number, and its steps are named after it: ``retry_1_create_jobs_1``,
``retry_1_drain``. Its jobs are fixed when it begins, by a mark on each in the record, so that a retry that was
interrupted resumes with the same ones until its queue is drained. What fails in it is left to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeVar

from ..command import find_task
from ..core.context import Context
from ..core.errors import NotFound, Refused
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import DONE
from ..core.text import count
from ..job_queue.dataset import compress
from ..job_queue.one_a_year import ONE_A_YEAR, is_needed
from ..record import go_on, lock, record
from ..record.catalogue import retry_step
from .record import FailedJob, FailedRecord
from .unverified import check_drained, is_under_way, latest_retry, to_verify

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Command:
    """The arguments of one create_jobs: every combination of models and years is a job."""

    scenario: str
    models: tuple[str, ...]
    years: tuple[int, ...]

    @property
    def jobs(self) -> int:
        """How many it queues."""
        return len(self.models) * len(self.years)


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
    number = latest_retry(known)
    if is_under_way(known):
        if not (params["purge"] and _is_unfinished(known, number, failed.jobs)):
            return _result(context, known, number, failed.jobs)
        _check_idle(context, params["cluster"], known, number)
        failed.write(replace(job, queued=number + 1) if job.queued == number else job for job in failed.jobs)
    return _begun(context, environment, known, number + 1, failed)


def commands(jobs: Iterable[FailedJob], one_a_year: bool) -> list[Command]:
    """Group jobs into as few commands as may be.

    Those of several years come first: where the application takes only the first of them, that shows while nothing else
    is queued, and create_jobs goes on with one command a year.

    Args:
        one_a_year: whether the application is known to need a command for each year.
    """
    ordered = sorted(jobs, key=lambda job: job.scenario)
    found = [
        command
        for scenario, some in groupby(ordered, key=lambda job: job.scenario)
        for command in _commands_of(scenario, [(job.model, job.year or 0) for job in some], one_a_year)
    ]
    return sorted(found, key=lambda command: len(command.years) == 1)


def _commands_of(scenario: str, wanted: Sequence[tuple[str, int]], one_a_year: bool) -> list[Command]:
    models: dict[int, list[str]] = {}
    years: dict[str, list[int]] = {}
    for model, year in sorted(wanted):
        models.setdefault(year, []).append(model)
        years.setdefault(model, []).append(year)
    if one_a_year:
        return [Command(scenario, tuple(some), (year,)) for year, some in sorted(models.items())]
    by_year = [Command(scenario, some, tuple(sorted(alike))) for some, alike in _alike(models).items()]
    by_model = [Command(scenario, tuple(alike), some) for some, alike in _alike(years).items()]
    return min(by_year, by_model, key=len)


def _alike(lists: Mapping[K, Sequence[V]]) -> dict[tuple[V, ...], list[K]]:
    """Gather the keys that have the same list."""
    found: dict[tuple[V, ...], list[K]] = {}
    for key, values in lists.items():
        found.setdefault(tuple(values), []).append(key)
    return found


def _commands(known: record.Record, number: int, jobs: Iterable[FailedJob]) -> list[Command]:
    """Give the commands of a retry: the same as when it began, whatever was learned of the application since."""
    begun = known.steps.get(retry_step(number))
    one_a_year = is_needed(known.steps) if begun is None else ONE_A_YEAR in begun.facts
    return commands((job for job in jobs if job.queued == number), one_a_year)


def _is_unfinished(known: record.Record, number: int, jobs: Sequence[FailedJob]) -> bool:
    """Say whether not all jobs of a retry are in the queue for certain."""
    last = len(_commands(known, number, jobs))
    return not all(known.is_done(retry_step(number, f"create_jobs_{each}")) for each in range(1, last + 1))


def _check_idle(context: Context, cluster: str, known: record.Record, number: int) -> None:
    """Make sure that no command of an abandoned retry goes on queueing jobs."""
    prefix = f"{retry_step(number)}_"
    steps = {name: step for name, step in known.steps.items() if name.startswith(prefix)}
    alive = find_task.running(context, cluster, known.run, steps) if known.run else []
    if alive:
        raise Refused(
            f"A command of retry {number} is still running: {', '.join(alive)}. Resume without"
            " ingest_purge_queue, or wait for its end.",
            **{go_on.CHOICES: {"": {"ingest_purge_queue": "false"}}},
        )


def _begun(context: Context, environment: str, known: record.Record, number: int, failed: FailedRecord) -> Result:
    """Mark the jobs first and note the retry then: what was marked before a crash stays so."""
    jobs = [_marked(job, number) for job in failed.jobs]
    if not any(job.queued == number for job in jobs):
        return _nothing(context, known, number - 1, jobs)
    failed.write(jobs)
    result = _result(context, known, number, jobs)
    now = context.now().isoformat(timespec="seconds")
    facts = {ONE_A_YEAR: True} if is_needed(known.steps) else {}
    step = record.Step(failed.run, DONE, now, note=result.values["message"], facts=facts)
    record.write_step(context, environment, retry_step(number), step)
    return result


def _marked(job: FailedJob, number: int) -> FailedJob:
    return replace(job, queued=number, retried=job.retried + 1) if job.named and not job.queued else job


def _result(context: Context, known: record.Record, number: int, jobs: Sequence[FailedJob]) -> Result:
    chosen = [job for job in jobs if job.queued == number]
    listed, already = [], 0
    for position, command in enumerate(_commands(known, number, chosen), 1):
        listed.append(
            {
                "number": position,
                "scenario": command.scenario,
                "models": ",".join(command.models),
                "years": ",".join(map(str, command.years)),
                "jobs": command.jobs,
                "already": already,
            }
        )
        context.progress.line(f"{command.scenario} {', '.join(command.models)}: {compress(command.years)}")
        already += command.jobs
    message = f"{count(len(chosen), 'job')} to be queued again by {len(listed)} create_jobs"
    context.progress.line(f"retry {number}: {message}")
    return Result(
        values={
            "retry": number,
            "jobs": len(chosen),
            "commands": listed,
            "queued": not _is_unfinished(known, number, jobs),
            "scenarios": _scenarios(jobs),
            "message": message,
        }
    )


def _nothing(context: Context, known: record.Record, number: int, jobs: Sequence[FailedJob]) -> Result:
    """Say that no job is known to have failed."""
    scenarios = _scenarios(jobs)
    message = f"run {known.run.id if known.run else ''} has no failed jobs: there is nothing to retry"
    unknown = to_verify(known, jobs, {})
    if unknown:
        message = f"which jobs have failed is not known before {', '.join(unknown.values())} is done"
    elif scenarios:
        message = f"the jobs of retry {number} are still to be verified"
    context.progress.line(message)
    values = {"retry": number, "jobs": 0, "commands": [], "queued": True, "scenarios": scenarios}
    return Result(values={**values, "message": message})


def _scenarios(jobs: Iterable[FailedJob]) -> list[str]:
    """List the scenarios of jobs that were queued again, and whose outcome is not known yet."""
    return sorted({job.scenario for job in jobs if job.queued})


OPERATION = Operation(
    run=run,
    argument_spec={
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "purge": {"type": "bool", "default": False},
    },
    services=("ecs", "ssm"),
)
