# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The failed jobs of a run, kept in the account: a parameter for each scenario and group in which a job failed.

``/climate.ingest/<environment>/failed/<scenario>.<group>`` names its run; one of an earlier run does not count. Where
the application has data sets, it is ``<dataset>.<scenario>.<group>``. A run without failed jobs writes none.
Exceptions are written once each, and shortened until the document fits its parameter; jobs that are still too many for
one go on in the next, ``<scenario>.<group>.2``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ..core.context import Context
from ..core.text import clipped, printable
from ..record import store
from ..record.job_key import order
from ..record.store import LONGEST_TEXT
from .kept.documents import decoded, encoded, key_of
from .kept.job import LONGEST_NAME, FailedJob, Key
from .log_lines import shortened

FOLDER = "failed"
UNEXPLAINED = "not imported, and no log line says why"
LONGEST_PART = 60  # characters of a scenario or a group in a parameter's name
LONGEST_STREAM = 200  # bytes


def read(context: Context, environment: str, run_id: str) -> list[FailedJob]:
    """Read the jobs of a run that have failed, or were queued again with an outcome not known yet."""
    return [job for job in read_all(context, environment, run_id) if not job.imported]


def read_all(context: Context, environment: str, run_id: str) -> list[FailedJob]:
    """Read the jobs of a run that ever failed, those that a retry imported as well."""
    return _jobs_of(_documents(context, environment, run_id).values())


def _documents(context: Context, environment: str, run_id: str) -> dict[str, store.Document]:
    """Read the documents of a run by the last part of their names."""
    found = store.read_below(context, store.name_of(environment, FOLDER))
    return {name: document for name, document in found.items() if document["run"] == run_id}


def _jobs_of(documents: Iterable[store.Document]) -> list[FailedJob]:
    jobs = [job for document in documents for job in decoded(document)]
    return sorted(jobs, key=_order)


class FailedRecord:
    """The failed jobs of a run, read once and written as they change.

    Args:
        environment, run: whose.
    """

    def __init__(self, context: Context, environment: str, run: str) -> None:
        self._context, self._environment, self.run = context, environment, run
        self._known: list[FailedJob] | None = None
        self._names: dict[Key, set[str]] = {}  # of the documents there are

    @property
    def jobs(self) -> list[FailedJob]:
        """All that have not been imported."""
        return [job for job in self._all if not job.imported]

    @property
    def _all(self) -> list[FailedJob]:
        if self._known is None:
            found = _documents(self._context, self._environment, self.run)
            for name, document in found.items():
                self._names.setdefault(key_of(document), set()).add(name)
            self._known = _jobs_of(found.values())
        return self._known

    def note(self, jobs: Iterable[FailedJob]) -> None:
        """Add jobs that failed; one that was queued again has failed once more. What is known is not written again."""
        merged = {_identity(each): each for each in self._all}
        for job in map(_short, jobs):
            before = merged.get(_identity(job))
            if before is None and job.value is not None:  # it may be known without its data set
                before = merged.pop(_identity(replace(job, dataset="")), None)
            if before is None:
                merged[_identity(job)] = job
            elif job.at > before.at or (before.queued and job.at != before.at and not before.rounded):
                merged[_identity(job)] = replace(job, retried=before.retried)
        self.write(merged.values())

    def write(self, jobs: Iterable[FailedJob]) -> None:
        """Make these all there are, beside those imported since; documents that stay the same are not written."""
        now = [_short(job) for job in jobs]
        given = {_identity(each) for each in now}
        now += [each for each in self._all if each.imported and _identity(each) not in given]
        before, after = _by_key(self._all), _by_key(now)
        self._known = [job for each in after.values() for job in each]
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) == after.get(key) or self._context.check_mode:
                continue
            self._rewrite(key, encoded(self.run, key, after[key]) if key in after else [])

    def _rewrite(self, key: Key, documents: list[store.Document]) -> None:
        """Make these the documents of a scenario and group; while they grow more, no job is missing in between."""
        written = {_name(key, number): document for number, document in enumerate(documents, 1)}
        for name, document in reversed(written.items()):
            store.write(self._context, self._path(name), document)
        store.delete(self._context, [self._path(name) for name in sorted(self._names.get(key, set()) - written.keys())])
        self._names[key] = set(written)

    def _path(self, name: str) -> str:
        return store.name_of(self._environment, FOLDER, name)


def _identity(job: FailedJob) -> tuple[Any, ...]:
    """What makes two failures the same job; of a line nobody understands, its words and when it was printed."""
    return (*job.key, job.value) if job.value is not None else (*job.key, job.at, job.exception)


def _order(job: FailedJob) -> tuple[Any, ...]:
    return job.key, job.value is not None, order(job.value if job.value is not None else 0), job.at


def _by_key(jobs: Iterable[FailedJob]) -> dict[Key, list[FailedJob]]:
    found: dict[Key, list[FailedJob]] = {}
    for job in sorted(jobs, key=_order):
        found.setdefault(job.key, []).append(job)
    return found


def _short(job: FailedJob) -> FailedJob:
    """Cut what may be of any length, so that it reads the same once it was kept."""
    dataset, scenario, group = (clipped(printable(name[:LONGEST_TEXT]), LONGEST_NAME) for name in job.key)
    stream = clipped(printable(job.log_stream), LONGEST_STREAM)
    return replace(
        job,
        scenario=scenario,
        group=group,
        exception=shortened(printable(job.exception[:LONGEST_TEXT])),
        log_stream=stream,
        dataset=dataset,
    )


def _name(key: Key, number: int) -> str:
    names = key if key[0] else key[1:]
    return ".".join([*(_part(each) for each in names), *([str(number)] if number > 1 else [])])


def _part(text: str) -> str:
    """Write a name as part of a parameter's (letters, digits, hyphens, underscores), never two names alike."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", text)[:LONGEST_PART]
    unlike = plain == text and not plain.isdigit()  # what is all digits would look like the number of a document
    return plain if plain and unlike else f"{plain}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"
