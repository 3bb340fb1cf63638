# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which jobs of a dataset have failed for good, by the logs of the workers and by what the application has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.context import Context
from ..core.errors import Unreadable
from ..core.text import together
from ..job_queue.climate_api import UNNAMED
from ..job_queue.dataset import Dataset, read_dataset
from ..record.imports import CITIES, playbook_of
from ..record.job_key import DEFAULT, Value, compress, order, shown
from .answer import Answer, Ids, resolved
from .log_lines import comparable
from .record import UNEXPLAINED, FailedJob, FailedRecord

NO_IDS = Ids()
LISTED = 20  # lines of a message
OTHER_PLACES = re.compile(r"--import-(geojson|boundary)-url\b")  # of create_jobs

Gap = tuple[str, Value]  # group, value of the last field


@dataclass(frozen=True)
class Requested:
    """What was requested of a scenario.

    Attributes:
        dataset: of the application; empty: it has none, or one only.
        scenario: its name.
        jobs: of it.
        of_cities: whether it is imported for the cities; else for other places, whose data cannot be told from theirs.
        key: the fields by which its jobs are known.
    """

    dataset: str
    scenario: str
    jobs: Dataset
    of_cities: bool = True
    key: tuple[str, ...] = DEFAULT

    @property
    def thing(self) -> str:
        """What the application makes of a job: the Climate API a data source."""
        return "data source" if self.key == DEFAULT else "job"

    @property
    def label(self) -> str:
        """What a person calls it: ``A1B``, ``LOCA A1B``."""
        return together(self.dataset, self.scenario)

    def names(self) -> dict[str, str]:
        """Give what the record and the modules call it."""
        return {**({"dataset": self.dataset} if self.dataset else {}), "scenario": self.scenario}

    def failed(self, group: str, value: Value, now: str) -> FailedJob:
        """Make a failed job of what is missing."""
        return FailedJob(self.scenario, group, value, UNEXPLAINED, now, dataset=self.dataset)


def read_requested(params: Mapping[str, Any]) -> Requested:
    """Read the options of the module verification.

    Raises:
        InvalidInput: values of the job key are wrong.
    """
    of_cities = not any(OTHER_PLACES.match(argument) for argument in params.get("arguments") or ())
    key = tuple(params.get("job_key") or DEFAULT)
    return Requested(params["climate_dataset"], params["scenario"], read_dataset(params), of_cities, key)


def completed(context: Context, answer: Answer, requested: Requested) -> dict[str, set[Value]]:
    """Give the values by group that the application has of the scenario.

    Raises:
        InvalidInput: the data set is not known.
        Unreadable: the run adds cities, and the answer does not say which cities have data.
    """
    check_known(context, answer, requested)
    return answer.completed(requested.dataset, requested.of_cities).get(requested.scenario, {})


def check_known(context: Context, answer: Answer, requested: Requested) -> None:
    """Make sure that where cities are added it is known which have data: what was completed stays so without them.

    Raises:
        Unreadable: it is not known.
    """
    adds_cities = context.step is not None and playbook_of(context.step.run) == CITIES
    if adds_cities and requested.of_cities and answer.cities is None:
        raise Unreadable(
            f"What the new cities have of {requested.label} could not be verified: the answer does not say which cities"
            " have data, and a data source that was completed once stays so. dumpdata cannot say it: it needs shell"
            " --command, or a command of your own in ingest_verify_command that prints INGEST_CITIES lines"
            " (docs/guide.md)."
        )


def without_data(answer: Answer, requested: Requested) -> list[str]:
    """Say of each requested data source that has data of some cities only, how many have none; bounded."""
    if answer.cities is None or not requested.of_cities:
        return []
    alike: dict[tuple[str, str], list[Value]] = {}
    for group, values in answer.held_of(requested.dataset, requested.scenario).items():
        for value, held in values.items():
            if requested.jobs.has(group, value) and held.number < answer.cities:
                alike.setdefault((group, held.sentence(answer.cities)), []).append(value)
    lines = [f"  {requested.label} {group} {compress(values)}: {what}" for (group, what), values in alike.items()]
    more = len(lines) - LISTED
    return [*lines[:LISTED], *([f"  ... and {more} more lines"] if more > 0 else [])]


@dataclass(frozen=True)
class _Known:
    """The failed jobs of the record, by what they have to do with what was requested.

    Attributes:
        named: what was requested, with group and value.
        unnamed: of the values that were requested, perhaps of the scenario; their group is unknown.
        others: of other data sets, scenarios, groups or values.
    """

    named: list[FailedJob]
    unnamed: list[FailedJob]
    others: list[FailedJob]


def settle(
    context: Context,
    requested: Requested,
    completed: Mapping[str, Collection[Value]],
    before: Mapping[str, Collection[Value]] | None = None,
    ids: Ids = NO_IDS,
) -> list[FailedJob]:
    """Hold the failed jobs of a scenario against what the application has, and keep the result in the record.

    A job that was queued again and is imported has not failed any more. What is missing without a log line has failed,
    too. A job that was given up counts although its data are there, where they may be of an earlier import.

    Args:
        completed: values by group.
        before: the same as it was before the run queued jobs; None: it is not known.
        ids: what the application calls by which id.

    Returns:
        The jobs of the scenario that have failed.
    """
    step = context.step
    record = FailedRecord(context, step.environment, step.run.id) if step is not None else None
    known = _sort([_named(job, ids) for job in record.jobs] if record else [], requested)
    gaps = {(group, value) for group, values in requested.jobs.missing(completed).items() for value in values}
    now = context.now().isoformat(timespec="seconds")
    lost = [job for job in known.named if _has_failed(job, gaps, before)]
    failed = [*_still_failed(lost, now), *_unrecorded(requested, gaps, known, now)]
    if record:
        # what came right without a retry leaves nothing
        right = [replace(job, queued=0, imported=True) for job in known.named if job.retried and job not in lost]
        record.write([*known.others, *failed, *right])
    return sorted(failed, key=lambda job: (job.group, order(0 if job.value is None else job.value)))


def unexplained(failed: Sequence[FailedJob]) -> list[FailedJob]:
    """Give those that no log line explains."""
    return [job for job in failed if job.exception == UNEXPLAINED]


def listing(failed: Sequence[FailedJob], with_reasons: bool = True) -> list[str]:
    """List jobs by group, each with its values and why they failed; bounded, as there may be thousands."""
    alike: dict[tuple[str, str], list[FailedJob]] = {}
    for job in failed:
        alike.setdefault((job.group, comparable(job.exception) if with_reasons else ""), []).append(job)
    lines = [
        f"  {group}: {shown(job.value for job in jobs if job.value is not None)}{why and f': {jobs[0].exception}'}"
        for (group, why), jobs in alike.items()
    ]
    more = len(lines) - LISTED
    return [*lines[:LISTED], *([f"  ... and {more} more lines, which the record of the run has"] if more > 0 else [])]


def _sort(jobs: Iterable[FailedJob], requested: Requested) -> _Known:
    known = _Known([], [], [])
    for job in jobs:
        if job.named:
            own = _is_one_of(job, requested)
            (known.named if own else known.others).append(_with_dataset(job, requested) if own else job)
        else:
            (known.unnamed if _may_be_one_of(job, requested) else known.others).append(job)
    return known


def _is_one_of(job: FailedJob, requested: Requested) -> bool:
    return job.is_of(requested.dataset, requested.scenario) and requested.jobs.has(job.group, job.value)


def _may_be_one_of(job: FailedJob, requested: Requested) -> bool:
    """Say whether a job without a name may be a requested one: its scenario may be an id, or unknown."""
    scenario = requested.scenario if not job.scenario or UNNAMED.match(job.scenario) else job.scenario
    return requested.jobs.has_last(job.value) and replace(job, scenario=scenario).is_of(
        requested.dataset, requested.scenario
    )


def _with_dataset(job: FailedJob, requested: Requested) -> FailedJob:
    """Give a job its data set where the log did not name it."""
    return replace(job, dataset=job.dataset or requested.dataset)


def _named(job: FailedJob, ids: Ids) -> FailedJob:
    """Give a job that is known by ids its names."""
    scenario, group = resolved(ids, job.scenario, job.group)
    return replace(job, scenario=scenario, group=group)


def _has_failed(job: FailedJob, gaps: Collection[Gap], before: Mapping[str, Collection[Value]] | None) -> bool:
    """Say whether a recorded job counts as failed: it is missing, or was given up and its data may be older."""
    if job.value is not None and (job.group, job.value) in gaps:
        return True
    if job.queued or job.exception == UNEXPLAINED:
        return False
    return before is None or job.value in before.get(job.group, ())


def _still_failed(lost: Iterable[FailedJob], now: str) -> list[FailedJob]:
    """Give the jobs that have failed; why one failed that a retry had queued again is unknown."""
    return [replace(job, queued=0, exception=UNEXPLAINED, at=now, log_stream="") if job.queued else job for job in lost]


def _unrecorded(requested: Requested, gaps: Collection[Gap], known: _Known, now: str) -> list[FailedJob]:
    """Make a failed job of each gap the record does not name."""
    recorded = {(job.group, job.value) for job in known.named}
    unnamed: dict[Value | None, list[FailedJob]] = {}
    for job in known.unnamed:
        unnamed.setdefault(job.value, []).append(job)
    left = sorted((gap for gap in gaps if gap not in recorded), key=lambda gap: (gap[0], order(gap[1])))
    return [_explained(requested, gap, unnamed.get(gap[1], ()), now) for gap in left]


def _may_be_of(job: FailedJob, group: str) -> bool:
    return job.group in ("", group) or bool(UNNAMED.match(job.group))


def _explained(requested: Requested, gap: Gap, unnamed: Iterable[FailedJob], now: str) -> FailedJob:
    """Make a failed job of a gap; if the unnamed ones of its value all failed for one reason, that is it."""
    group, value = gap
    reasons = {comparable(job.exception): job for job in unnamed if _may_be_of(job, group)}
    if len(reasons) == 1:
        return replace(_with_dataset(next(iter(reasons.values())), requested), scenario=requested.scenario, group=group)
    return requested.failed(group, value, now)
