# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failed jobs as documents of the record, those that are alike as ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ...record import store
from ...record.job_key import Value, compress, expand
from ..log_lines import comparable
from .job import OWN_VALUE, FailedJob, Key

IMPORTED = -1  # in the place of the retry that queued a job
OTHER = "another exception; see the log of the worker"
MOST_JOBS, MOST_DOCUMENTS = 200, 10  # jobs of a group that take one document, and how many documents more jobs take
# how a document is made smaller: with log streams or not, length and number of different exceptions, seconds between
# which times are not told apart
FITS = ((True, 200, 1000, 1), (False, 200, 1000, 1), (False, 100, 20, 1), (False, 60, 5, 1), (False, 40, 1, 1))
ROUGH = (*FITS[:2], (False, 200, 1000, 60), (False, 100, 20, 3600), (False, 100, 20, 10**9), (False, 60, 5, 10**9))

Fit = tuple[bool, int, int, int]


def encoded(run: str, key: Key, jobs: list[FailedJob]) -> list[store.Document]:
    """Write jobs in the way that loses least: as one document, or, where they are many, as a few."""
    many = len(jobs) > MOST_JOBS
    for fit in ROUGH if many else FITS:
        documents = _split(run, key, jobs, fit, MOST_DOCUMENTS if many else 1)
        if documents:
            return documents
    return _split(run, key, jobs, (ROUGH if many else FITS)[-1], len(jobs))


def _split(run: str, key: Key, jobs: list[FailedJob], fit: Fit, most: int) -> list[store.Document]:
    """Write jobs as documents that fit a parameter each; none where they would be more than ``most``."""
    found: list[store.Document] = []
    waiting = [jobs]
    while waiting:
        some = waiting.pop()
        document = _document(run, key, some, fit)
        if store.size(document) <= store.LARGEST or len(some) == 1:
            found.append(document)
            continue
        half = len(some) // 2
        waiting += [some[half:], some[:half]]
        if len(found) + len(waiting) > most:
            return []
    return found


def _document(run: str, key: Key, jobs: list[FailedJob], fit: Fit) -> store.Document:
    with_streams, width, kinds, grain = fit
    times = [datetime.fromisoformat(each.at).timestamp() for each in jobs]
    since, last = int(min(times)), int(max(times) - min(times))
    exceptions, streams = _Table(kinds, OTHER, _comparable), _Table(1000, "", str)
    rows: dict[tuple[int, ...], list[Value]] = {}
    unnamed: dict[str, list[int]] = {}
    for number, (job, at) in enumerate(zip(jobs, times, strict=True)):
        seconds = min(last, -(-int(at - since) // grain) * grain)
        queued = IMPORTED if job.imported else job.queued
        row = [seconds, exceptions.index(job.alike[:width]), job.retried, queued]
        row.append(streams.index(job.log_stream) if with_streams and job.log_stream else -1)
        while row[2:] and row[-1] == (-1 if len(row) == 5 else 0):
            row.pop()
        if job.value is None:
            unnamed[f"?{number}"] = row
        else:
            rows.setdefault(tuple(row), []).append(job.value)
    document = {
        "run": run,
        **({"dataset": key[0]} if key[0] else {}),
        "scenario": key[1],
        "group": key[2],
        "since": datetime.fromtimestamp(since, tz=UTC).isoformat(),
        **({"grain": grain} if grain > 1 else {}),
        "jobs": {compress(values, ","): list(row) for row, values in rows.items()} | unnamed,
        "exceptions": exceptions.texts,
    }
    return {**document, "streams": streams.texts} if streams.texts else document


@lru_cache(maxsize=2**15)
def _comparable(exception: str) -> str:
    return comparable(exception)


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


def decoded(document: Mapping[str, Any]) -> list[FailedJob]:
    since = datetime.fromisoformat(document["since"]).timestamp()
    dataset, scenario, group = key_of(document)
    jobs: list[FailedJob] = []
    for values, row in document["jobs"].items():
        seconds, exception, retried, queued, stream = row + [0, 0, -1][len(row) - 2 :]
        first = FailedJob(
            scenario=scenario,
            group=group,
            value=None,
            exception="",
            at=datetime.fromtimestamp(since + seconds, tz=UTC).isoformat(timespec="seconds"),
            log_stream=document["streams"][stream] if stream >= 0 else "",
            retried=retried,
            queued=max(queued, 0),
            imported=queued == IMPORTED,
            dataset=dataset,
            rounded="grain" in document,
        )
        text = document["exceptions"][exception]
        each: Iterable[Value | None] = [None] if values.startswith("?") else expand(values)
        jobs += [replace(first, value=own, exception=text.replace(OWN_VALUE, str(own))) for own in each]
    return jobs


def key_of(document: Mapping[str, Any]) -> Key:
    """Say which group a document is of: its data set, scenario and the fields of the job key but the last."""
    group = document["group"] if "group" in document else document["model"]  # as an older version called it
    return document.get("dataset", ""), document["scenario"], group
