# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which import of a run a failed job is of: it is queued again with the arguments of that import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..job_queue.dataset import of_import
from ..record.imports import Import
from .record import FailedJob


def owners(imports: Iterable[Import]) -> Callable[[FailedJob], Import | None]:
    """Give what finds the import of a job; None: there is none, or no telling which."""
    requested = [(each, of_import(each)) for each in imports]

    def find(job: FailedJob) -> Import | None:
        alike = [each for each in requested if job.is_of(each[0].dataset, each[0].called)]
        own = [each for each in alike if each[1].has(job.group, job.value)] or alike
        return own[0][0] if len(own) == 1 else None

    return find


def import_of(job: FailedJob, imports: Iterable[Import]) -> Import | None:
    """Find the import of one job."""
    return owners(imports)(job)


def names(jobs: Iterable[FailedJob], imports: Sequence[Import]) -> list[str]:
    """Name the imports of jobs, in their order."""
    find = owners(imports)
    found = {own.name for job in jobs if (own := find(job))}
    return [each.name for each in imports if each.name in found]
