# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which import of a run a failed job is of: it is queued again with the arguments of that import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..job_queue.dataset import of_import
from ..record.imports import Import
from .record import FailedJob


def import_of(job: FailedJob, imports: Iterable[Import]) -> Import | None:
    """Find the import of a job; None: there is none, or no telling which."""
    alike = [each for each in imports if job.is_of(each.dataset, each.scenario)]
    own = [each for each in alike if _has(each, job)] or alike
    return own[0] if len(own) == 1 else None


def names(jobs: Iterable[FailedJob], imports: Sequence[Import]) -> list[str]:
    """Name the imports of jobs, in their order."""
    found = {own.name for job in jobs if (own := import_of(job, imports))}
    return [each.name for each in imports if each.name in found]


def _has(each: Import, job: FailedJob) -> bool:
    requested = of_import(each)
    return job.model in requested.models and job.year in requested.years
