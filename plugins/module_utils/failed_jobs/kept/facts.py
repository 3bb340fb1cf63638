# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failed jobs as the facts of a run have them, and what a person calls them.

Jobs of the Climate API are an element each, with ``scenario``, ``model`` and ``year``. Those known by other fields may
be tens of thousands: what failed alike is one element, with ``import``, ``values`` of each field of the job key (ranges
of the last one) and the number of ``jobs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...core.text import together
from ...record.job_key import DEFAULT, Value, compress, expand, fields_of, shown
from ..log_lines import comparable
from .job import FailedJob

Fact = Mapping[str, Any]

CLIMATE = ("scenario", "model", "year")
MOST_RANGES = 50  # of an element, as a person is shown it


def as_facts(jobs: Iterable[FailedJob], key: Sequence[str]) -> list[dict[str, Any]]:
    """Give failed jobs as the facts of a run have them.

    Args:
        key: the fields by which the run's jobs are known.
    """
    if tuple(key) == DEFAULT:
        return [job.as_fact() for job in jobs]
    alike: dict[tuple[Any, ...], list[FailedJob]] = {}
    for job in jobs:
        kind = (*job.key, job.value is None, comparable(job.alike), job.retried, job.imported)
        alike.setdefault(kind, []).append(job)
    return [_together(some, key) for some in alike.values()]


def _together(jobs: Sequence[FailedJob], key: Sequence[str]) -> dict[str, Any]:
    """Give jobs of a group that failed alike: the first exception and its log stream, the first time and the last."""
    first, last = (choose(jobs, key=lambda job: job.at) for choose in (min, max))
    values: list[Value] = [job.value for job in jobs if job.value is not None]
    return {
        "dataset": first.dataset or None,
        "import": first.scenario or None,
        "values": {**_group(first.group, key), key[-1]: compress(values) or None},
        "jobs": len(jobs),
        "exception": first.exception,
        "at": first.at,
        "until": last.at,
        "log_stream": first.log_stream or None,
        "retried": first.retried,
        "imported": first.imported,
    }


def _group(name: str, key: Sequence[str]) -> dict[str, str | None]:
    """Give the values of the fields but the last; a name that is no group's has none that are known."""
    known = len(key) == 1 or len(name.split(" ")) == len(key) - 1
    found = fields_of(key, name) if known else {}
    return {field: found.get(field) or None for field in key[:-1]}


def number(facts: Iterable[Fact]) -> int:
    """Count the jobs of elements of the facts."""
    return sum(fact.get("jobs", 1) for fact in facts)


def called(fact: Fact) -> str:
    """Say what the jobs of an element are of: the scenario, or the import."""
    return str(fact["import" if "import" in fact else "scenario"] or "")


def title(fact: Fact, most: int = MOST_RANGES) -> str:
    """Name the jobs of an element: ``LOCA A1B HadCM3 2031``, ``tiles tile 3-17, 40``.

    Args:
        most: ranges to show.
    """
    if "values" not in fact:
        return together(fact["dataset"], *(fact[name] for name in CLIMATE)) or "a job"
    fields = list(fact["values"])
    known = fields if len(fields) == 1 else [value for value in list(fact["values"].values())[:-1] if value]
    return together(fact["dataset"], called(fact), *known, last_values(fact, most)) or "a job"


def last_values(fact: Fact, most: int = MOST_RANGES) -> str:
    """Write the values of the last field, of which there may be thousands; empty: they are unknown."""
    *_others, values = fact["values"].values()
    return shown(expand(values), most) if values else ""
