# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which jobs of a dataset have failed for good, by the logs of the workers and by what the application has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..core.context import Context
from ..job_queue.dataset import Dataset, compress
from .answer import Ids, resolved
from .log_lines import UNNAMED, comparable
from .record import UNEXPLAINED, FailedJob, FailedRecord

NO_IDS = Ids()
LISTED = 20  # lines of a message

Gap = tuple[str, int]  # model, year


@dataclass(frozen=True)
class _Known:
    """The failed jobs of the record, by what they have to do with the dataset of a scenario.

    Attributes:
        named: of the scenario, with model and year.
        unnamed: of the dataset's years, perhaps of the scenario; their model is unknown.
        others: of other scenarios or years.
    """

    named: list[FailedJob]
    unnamed: list[FailedJob]
    others: list[FailedJob]


def settle(
    context: Context,
    scenario: str,
    requested: Dataset,
    completed: Mapping[str, Collection[int]],
    before: Mapping[str, Collection[int]] | None = None,
    ids: Ids = NO_IDS,
) -> list[FailedJob]:
    """Hold the failed jobs of a scenario against what the application has, and keep the result in the record.

    A job that was queued again and is imported has not failed any more. What is missing without a log line has failed,
    too. A job that was given up counts although its data are there, where they may be of an earlier import.

    Args:
        completed: years by model.
        before: the same as it was before the run queued jobs; None: it is not known.
        ids: what the application calls by which id.

    Returns:
        The jobs of the scenario that have failed.
    """
    step = context.step
    record = FailedRecord(context, step.environment, step.run.id) if step is not None else None
    known = _sort([_named(job, ids) for job in record.jobs] if record else [], scenario, requested)
    gaps = {(model, year) for model, years in requested.missing(completed).items() for year in years}
    now = context.now().isoformat(timespec="seconds")
    lost = [job for job in known.named if _has_failed(job, gaps, before)]
    failed = [*_still_failed(lost, now), *_unrecorded(scenario, gaps, known, now)]
    if record:
        # what came right without a retry leaves nothing
        right = [replace(job, queued=0, imported=True) for job in known.named if job.retried and job not in lost]
        record.write([*known.others, *failed, *right])
    return sorted(failed, key=lambda job: (job.model, job.year or 0))


def unexplained(failed: Sequence[FailedJob]) -> list[FailedJob]:
    """Give those that no log line explains."""
    return [job for job in failed if job.exception == UNEXPLAINED]


def listing(failed: Sequence[FailedJob], with_reasons: bool = True) -> list[str]:
    """List jobs by model, each with its years and why they failed; bounded, as there may be thousands."""
    alike: dict[tuple[str, str], list[FailedJob]] = {}
    for job in failed:
        alike.setdefault((job.model, comparable(job.exception) if with_reasons else ""), []).append(job)
    lines = [
        f"  {model}: {compress([job.year or 0 for job in jobs])}{why and f': {jobs[0].exception}'}"
        for (model, why), jobs in alike.items()
    ]
    more = len(lines) - LISTED
    return [*lines[:LISTED], *([f"  ... and {more} more lines, which the record of the run has"] if more > 0 else [])]


def _sort(jobs: Iterable[FailedJob], scenario: str, requested: Dataset) -> _Known:
    known = _Known([], [], [])
    for job in jobs:
        if job.named:
            kind = known.named if job.scenario == scenario else known.others
        else:
            kind = known.unnamed if _may_be_of(job, scenario, requested) else known.others
        kind.append(job)
    return known


def _may_be_of(job: FailedJob, scenario: str, requested: Dataset) -> bool:
    """Say whether a job without a name may be one of the dataset: its scenario may be an id, or unknown."""
    return job.year in requested.years and (job.scenario in ("", scenario) or bool(UNNAMED.match(job.scenario)))


def _named(job: FailedJob, ids: Ids) -> FailedJob:
    """Give a job that is known by ids its names."""
    scenario, model = resolved(ids, job.scenario, job.model)
    return replace(job, scenario=scenario, model=model)


def _has_failed(job: FailedJob, gaps: Collection[Gap], before: Mapping[str, Collection[int]] | None) -> bool:
    """Say whether a recorded job counts as failed: it is missing, or was given up and its data may be older."""
    if (job.model, job.year) in gaps:
        return True
    if job.queued or job.exception == UNEXPLAINED:
        return False
    return before is None or job.year in before.get(job.model, ())


def _still_failed(lost: Iterable[FailedJob], now: str) -> list[FailedJob]:
    """Give the jobs that have failed; why one failed that a retry had queued again is unknown."""
    return [replace(job, queued=0, exception=UNEXPLAINED, at=now, log_stream="") if job.queued else job for job in lost]


def _unrecorded(scenario: str, gaps: Collection[Gap], known: _Known, now: str) -> list[FailedJob]:
    """Make a failed job of each gap the record does not name."""
    recorded = {(job.model, job.year) for job in known.named}
    return [_explained(scenario, gap, known.unnamed, now) for gap in sorted(gaps) if gap not in recorded]


def _explained(scenario: str, gap: Gap, unnamed: Iterable[FailedJob], now: str) -> FailedJob:
    """Make a failed job of a gap; if the unnamed jobs of its year all failed for one reason, that is the reason."""
    model, year = gap
    reasons = {comparable(job.exception): job for job in unnamed if job.year == year}
    if len(reasons) == 1:
        return replace(*reasons.values(), scenario=scenario, model=model)
    return FailedJob(scenario, model, year, UNEXPLAINED, now)
