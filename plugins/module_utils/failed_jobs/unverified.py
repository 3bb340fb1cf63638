# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a run is drained and not verified: until it is, nobody knows which of its jobs have failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.context import Context
from ..core.errors import Refused
from ..job_queue.one_a_year import has_queued
from ..record import go_on, imports
from ..record.catalogue import RETRY, Catalogue, retry_step
from ..record.entry import step_of
from ..record.imports import Import
from ..record.record import Record
from .owner import names
from .record import FailedJob

JUDGED = "failed_jobs"  # fact of a verification that failed: how many jobs the database lacks


def check_drained(context: Context, known: Record) -> None:
    """Refuse while jobs of an import are in the queue, or on their way there.

    Raises:
        Refused: they are; the message says what to run.
    """
    if known.run is None:
        return
    queued = [name for name, step in known.steps.items() if has_queued(step)]
    for drain in imports.of_run(known.run).drains(queued).values():
        if not known.is_done(drain):
            raise Refused(
                f"Jobs of run {known.run.id} are still to be drained ({drain} is not done)."
                " Run this first; jobs that fail in it can be retried afterwards:\n"
                f"  {go_on.resume(context, known.run)}"
            )


def latest_retry(known: Record) -> int:
    """Give the number of the last retry of a run; 0: there was none."""
    found = [RETRY.fullmatch(name) for name in known.steps]
    return max((int(each[1]) for each in found if each and not each[2]), default=0)


def is_under_way(known: Record) -> bool:
    """Say whether the last retry has begun and its queue is not drained."""
    number = latest_retry(known)
    return bool(number) and not known.is_done(retry_step(number, "drain"))


def to_verify(known: Record, jobs: Iterable[FailedJob], given: Sequence[Import]) -> dict[str, str]:
    """List the imports whose jobs are drained, and which no verification has judged since.

    Args:
        jobs: of the record that have failed or were queued again.
        given: the imports.

    Returns:
        The name of the step that verifies each, by the import's name.
    """
    if known.run is None or is_under_way(known):
        return {}  # what is missing may be in the queue
    number = latest_retry(known)
    unsettled = names((job for job in jobs if number and job.queued), given)
    found: dict[str, str] = {}
    table = imports.of_run(known.run)
    for name in table.imports:
        verify = step_of(name, "verify")
        again = retry_step(number, verify)
        if name in unsettled and not _is_judged(known, again):
            found[name] = again
        elif _is_drained(known, table, name) and not any(_is_judged(known, each) for each in _all(known, verify)):
            found[name] = verify
    return found


def _is_drained(known: Record, table: Catalogue, name: str) -> bool:
    """Say whether the jobs of an import were run; one that was left out has none when the others' are."""
    creating = known.steps.get(step_of(name, "create_jobs"))
    was_queued = not table.together or (creating is not None and has_queued(creating))
    return was_queued and known.is_done(table.drain_of(name))


def _all(known: Record, verify: str) -> list[str]:
    """Name the steps that verify an import: the run's own, and those of its retries."""
    return [name for name in known.steps if name == verify or _of_retry(name) == verify]


def _of_retry(name: str) -> str:
    retry = RETRY.fullmatch(name)
    return (retry[2] or "") if retry else ""


def _is_judged(known: Record, verify: str) -> bool:
    """Say whether a verification came to a verdict: not one that could not be carried out."""
    return known.is_done(verify) or (verify in known.steps and JUDGED in known.steps[verify].facts)
