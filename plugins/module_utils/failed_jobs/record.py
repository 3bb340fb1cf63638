# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The failed jobs of a run, kept in the account: a parameter for each scenario and model in which a job failed.

``/climate.ingest/<environment>/failed/<scenario>.<model>`` names its run; one of an earlier run does not count. Where
the application has data sets, it is ``<dataset>.<scenario>.<model>``. A run without failed jobs writes none.
Exceptions are written once each, and shortened until the document fits its parameter; jobs that are still too many for
one go on in the next, ``<scenario>.<model>.2``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..core.context import Context
from ..core.text import clipped, printable, together
from ..record import store
from ..record.store import CUT, LONGEST_TEXT
from .log_lines import UNNAMED, comparable, shortened

FOLDER = "failed"
UNEXPLAINED = "not imported, and no log line says why"
IMPORTED = -1  # in the place of the retry that queued a job
OTHER = "another exception; see the log of the worker"
LONGEST_PART = 60  # characters of a scenario or a model in a parameter's name
# how a document is made smaller: with log streams or not, length and number of different exceptions
MOST_JOBS = 200  # of a document
LONGEST_NAME, LONGEST_STREAM = 400, 200  # bytes; a longer name is no name that create_jobs could be given
FITS = ((True, 200, 1000), (False, 200, 1000), (False, 100, 20), (False, 60, 5), (False, 40, 1))

Key = tuple[str, str, str]  # data set, scenario, model


@dataclass(frozen=True)
class FailedJob:
    """A job the application gave up, or that left no trace.

    Attributes:
        scenario, model: names, or ``model id 3`` where they could not be found; empty: unknown.
        year: None: unknown.
        exception: ``Name: message``, or the line of the log.
        at: when it failed, ISO 8601.
        log_stream: of the worker; empty: unknown.
        retried: how often it was queued again.
        queued: the retry that queued it again and whose outcome is not known yet; 0: it has failed.
        imported: a retry imported it; it is kept for the report only.
        dataset: its name; empty: the application has none, or it is unknown.
    """

    scenario: str
    model: str
    year: int | None
    exception: str
    at: str
    log_stream: str = ""
    retried: int = 0
    queued: int = 0
    imported: bool = False
    dataset: str = ""

    @property
    def named(self) -> bool:
        """Whether scenario, model and year are known by the names create_jobs takes."""
        unnamed = UNNAMED.match(self.scenario) or UNNAMED.match(self.model)
        cut = any(each.endswith(CUT) for each in self.key)
        return bool(self.scenario and self.model and self.year) and not unnamed and not cut

    @property
    def key(self) -> Key:
        """The document it is kept in."""
        return self.dataset, self.scenario, self.model

    @property
    def title(self) -> str:
        """What a person calls it: ``A1B HadCM3 2031``, ``LOCA A1B HadCM3 2031``."""
        return together(*self.key, self.year) or "a job"

    def is_of(self, dataset: str, scenario: str) -> bool:
        """Say whether it is of a scenario, or may be: what names no data set is of the only one there is."""
        return self.scenario == scenario and (not self.dataset or not dataset or self.dataset == dataset)

    def as_fact(self) -> dict[str, Any]:
        """Give it as the facts of a run show it."""
        return {
            "dataset": self.dataset or None,
            "scenario": self.scenario or None,
            "model": self.model or None,
            "year": self.year,
            "exception": self.exception,
            "at": self.at,
            "log_stream": self.log_stream or None,
            "retried": self.retried,
            "imported": self.imported,
        }


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
    jobs = [job for document in documents for job in _decoded(document)]
    return sorted(jobs, key=lambda job: (job.key, job.year or 0, job.at))


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
                self._names.setdefault(_key_of(document), set()).add(name)
            self._known = _jobs_of(found.values())
        return self._known

    def note(self, jobs: Iterable[FailedJob]) -> None:
        """Add jobs that failed; one that was queued again has failed once more. What is known is not written again."""
        merged = {_identity(each): each for each in self._all}
        for job in map(_short, jobs):
            before = merged.get(_identity(job))
            if before is None and job.year:  # it may be known without its data set
                before = merged.pop(_identity(replace(job, dataset="")), None)
            if before is None:
                merged[_identity(job)] = job
            elif (before.queued and job.at != before.at) or job.at > before.at:
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
            self._rewrite(key, _encoded(self.run, key, after[key]) if key in after else [])

    def _rewrite(self, key: Key, documents: list[store.Document]) -> None:
        """Make these the documents of a scenario and model, in an order in which no job is ever missing."""
        written = {_name(key, number): document for number, document in enumerate(documents, 1)}
        for name, document in written.items():
            store.write(self._context, self._path(name), document)
        store.delete(self._context, [self._path(name) for name in sorted(self._names.get(key, set()) - written.keys())])
        self._names[key] = set(written)

    def _path(self, name: str) -> str:
        return store.name_of(self._environment, FOLDER, name)


def _identity(job: FailedJob) -> tuple[Any, ...]:
    """What makes two failures the same job; of a line nobody understands, its words and when it was printed."""
    return (*job.key, job.year) if job.year else (*job.key, job.at, job.exception)


def _key_of(document: Mapping[str, Any]) -> Key:
    return document.get("dataset", ""), document["scenario"], document["model"]


def _by_key(jobs: Iterable[FailedJob]) -> dict[Key, list[FailedJob]]:
    found: dict[Key, list[FailedJob]] = {}
    for job in sorted(jobs, key=lambda job: (job.key, job.year or 0, job.at)):
        found.setdefault(job.key, []).append(job)
    return found


def _short(job: FailedJob) -> FailedJob:
    """Cut what may be of any length, so that it reads the same once it was kept."""
    dataset, scenario, model = (clipped(printable(name[:LONGEST_TEXT]), LONGEST_NAME) for name in job.key)
    stream = clipped(printable(job.log_stream), LONGEST_STREAM)
    return replace(
        job,
        scenario=scenario,
        model=model,
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


def _encoded(run: str, key: Key, jobs: list[FailedJob]) -> list[store.Document]:
    """Write jobs as one document in the way that loses least, or as several."""
    for streams, width, kinds in FITS if len(jobs) <= MOST_JOBS else ():
        document = _document(run, key, jobs, streams, width, kinds)
        if store.size(document) <= store.LARGEST:
            return [document]
    half = len(jobs) // 2
    return [document for some in (jobs[:half], jobs[half:]) for document in _encoded(run, key, some)]


def _document(run: str, key: Key, jobs: list[FailedJob], with_streams: bool, width: int, kinds: int) -> store.Document:
    since = min(datetime.fromisoformat(each.at) for each in jobs)
    exceptions, streams = _Table(kinds, OTHER, comparable), _Table(1000, "", str)
    rows = {}
    for number, job in enumerate(jobs):
        seconds = int((datetime.fromisoformat(job.at) - since).total_seconds())
        queued = IMPORTED if job.imported else job.queued
        row = [seconds, exceptions.index(job.exception[:width]), job.retried, queued]
        row.append(streams.index(job.log_stream) if with_streams and job.log_stream else -1)
        while row[2:] and row[-1] == (-1 if len(row) == 5 else 0):
            row.pop()
        rows[str(job.year or f"?{number}")] = row
    document = {
        "run": run,
        **({"dataset": key[0]} if key[0] else {}),
        "scenario": key[1],
        "model": key[2],
        "since": since.isoformat(),
        "jobs": rows,
        "exceptions": exceptions.texts,
    }
    return {**document, "streams": streams.texts} if streams.texts else document


class _Table:
    """Texts that are written once each, and one text in the place of those that are too many."""

    def __init__(self, most: int, other: str, alike: Callable[[str], str]) -> None:
        self.texts: list[str] = []
        self._most, self._other, self._alike = most, other, alike
        self._places: dict[str, int] = {}  # by what is the same at every try

    def index(self, text: str) -> int:
        alike = self._alike(text)
        if alike not in self._places and len(self.texts) >= self._most:
            text, alike = self._other, self._alike(self._other)
        if alike not in self._places:
            self._places[alike] = len(self.texts)
            self.texts.append(text)
        return self._places[alike]


def _decoded(document: Mapping[str, Any]) -> list[FailedJob]:
    since = datetime.fromisoformat(document["since"]).timestamp()
    dataset, scenario, model = _key_of(document)
    jobs = []
    for year, row in document["jobs"].items():
        seconds, exception, retried, queued, stream = row + [0, 0, -1][len(row) - 2 :]
        jobs.append(
            FailedJob(
                scenario=scenario,
                model=model,
                year=None if year.startswith("?") else int(year),
                exception=document["exceptions"][exception],
                at=datetime.fromtimestamp(since + seconds, tz=UTC).isoformat(timespec="seconds"),
                log_stream=document["streams"][stream] if stream >= 0 else "",
                retried=retried,
                queued=max(queued, 0),
                imported=queued == IMPORTED,
                dataset=dataset,
            )
        )
    return jobs
