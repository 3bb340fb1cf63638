# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which jobs of a data set have failed for good, by the logs of the workers and by what the application holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ..core.context import Context
from ..job_queue.dataset import Dataset, compress
from .record import UNEXPLAINED, UNNAMED, FailedJob, FailedRecord

LISTED = 20  # lines of a message

Gap = tuple[str, int]  # model, year


def settle(
    context: Context, scenario: str, requested: Dataset, completed: Mapping[str, Collection[int]]
) -> list[FailedJob]:
    """Hold the failed jobs of a scenario against what the application holds, and keep in the record what is left.

    A job that was queued again and is imported has not failed any more. What is missing without a line of the logs has
    failed, too. A job that failed counts although its data are there: they are of an earlier import.

    Args:
        completed: years by model.

    Returns:
        The jobs of the scenario that have failed.
    """
    step = context.step
    record = FailedRecord(context, step.environment, step.run.id) if step is not None else None
    known = record.jobs if record else []
    gaps = {(model, year) for model, years in requested.missing(completed).items() for year in years}
    now = context.now().isoformat(timespec="seconds")
    ours = [job for job in known if job.named and job.scenario == scenario]
    vague = [job for job in known if not job.named and _may_be_of(job, scenario) and job.year in requested.years]
    failed = [_failed_still(job, gaps, now) for job in ours if _has_failed(job, gaps)]
    found = gaps - {(job.model, job.year) for job in ours}
    failed += [_unheard(scenario, gap, vague, now) for gap in sorted(found)]
    if record:
        others = [job for job in known if job not in ours and job not in vague]
        right = [replace(job, queued=0, imported=True) for job in ours if not _has_failed(job, gaps)]
        record.write([*others, *failed, *right])
    return sorted(failed, key=lambda job: (job.model, job.year or 0))


def unexplained(failed: Sequence[FailedJob]) -> list[FailedJob]:
    """Give those that no line of the logs explains."""
    return [job for job in failed if job.exception == UNEXPLAINED]


def listing(failed: Sequence[FailedJob], with_reasons: bool = True) -> list[str]:
    """List jobs by model, each with its years and why they failed; bounded, as there may be thousands."""
    years: dict[tuple[str, str], list[int]] = {}
    for job in failed:
        years.setdefault((job.model, job.exception if with_reasons else ""), []).append(job.year or 0)
    lines = [f"  {model}: {compress(some)}{why and f': {why}'}" for (model, why), some in years.items()]
    more = len(lines) - LISTED
    return [*lines[:LISTED], *([f"  ... and {more} lines more, which the record of the run has"] if more > 0 else [])]


def _may_be_of(job: FailedJob, scenario: str) -> bool:
    return job.scenario in ("", scenario) or bool(UNNAMED.match(job.scenario))


def _has_failed(job: FailedJob, gaps: Collection[Gap]) -> bool:
    """Say whether a job counts that is in the record."""
    return (job.model, job.year) in gaps or not (job.queued or job.exception == UNEXPLAINED)


def _failed_still(job: FailedJob, gaps: Collection[Gap], now: str) -> FailedJob:
    if not job.queued:
        return job
    return replace(job, queued=0, exception=UNEXPLAINED, at=now, log_stream="")


def _unheard(scenario: str, gap: Gap, vague: Sequence[FailedJob], now: str) -> FailedJob:
    """Make a job of what is missing; where one failed without a name in that year, that is why."""
    model, year = gap
    reasons = {job.exception: job for job in vague if job.year == year}
    if len(reasons) == 1:
        return replace(*reasons.values(), scenario=scenario, model=model)
    return FailedJob(scenario, model, year, UNEXPLAINED, now)
