# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the application held before a run queued its jobs, and what it calls by which id; kept in the account.

``/climate.ingest/<environment>/holdings/<number>`` names its run; one of an earlier run does not count. What does not
fit one parameter goes on in the next. The first is written last, and says how many there are: without it there is
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.context import Context
from ..core.text import clipped, printable
from ..record import store
from ..record.imports import datasets_of
from ..record.job_key import Value, compress, expand
from .answer import Ids
from .kept.job import LONGEST_NAME

FOLDER = "holdings"
HEAD = 256  # bytes of a parameter for its run and what else stands beside its rows
RANGES_AT_ONCE = 100  # of a group; they take far less than a parameter

Row = tuple[str, str, str, str, str]  # kind, what it is of (data set and scenario), name, value
Known = Mapping[str, set[Value]]  # values of the last field by group
ANY = ""  # the name of the only data set, or of none


@dataclass(frozen=True)
class Holdings:
    """What is known of the application in a run.

    Attributes:
        form: by which command it can be asked; empty: it has not been found out.
        ids: its names by id.
        completed: values of the last field, by data set, scenario and group, that were imported before the run queued
            jobs.
        everything: the data sets of which ``completed`` is about all scenarios there were.
    """

    form: str = ""
    ids: Ids = field(default_factory=Ids)
    completed: Mapping[str, Mapping[str, Known]] = field(default_factory=dict)
    everything: frozenset[str] = frozenset()

    def of(self, dataset: str, scenario: str) -> Known | None:
        """Give the values by group that a scenario had; None: it is not known.

        What is recorded without a data set is of the only one there is.
        """
        known = {*self.completed, *self.everything}
        own = ANY if known == {ANY} else dataset
        return self.completed.get(own, {}).get(scenario, {} if own in self.everything else None)

    def asked(self, form: str, ids: Ids) -> Holdings:
        """Add by which command the application was asked, and the names it gave."""
        known = Ids({**self.ids.scenarios, **ids.scenarios}, {**self.ids.models, **ids.models})
        return replace(self, form=form, ids=known)

    def recorded(self, completed: Mapping[str, Mapping[str, Known]], everything: bool) -> Holdings:
        """Add what it had by data set, unless that was recorded already."""
        both = {
            name: {**completed.get(name, {}), **self.completed.get(name, {})}
            for name in {**completed, **self.completed}
        }
        return replace(
            self, completed=both, everything=self.everything | (frozenset(completed) if everything else frozenset())
        )


def read(context: Context) -> Holdings:
    """Read what is known in the run of the context's step; nothing outside one."""
    if context.step is None:
        return Holdings()
    environment = context.step.environment
    known: dict[str, store.Document] = context.memo.once(
        f"{FOLDER}/{environment}", lambda: store.read_below(context, store.name_of(environment, FOLDER))
    )
    first = known.get("1", {"run": ""})
    documents = [known.get(str(number), {"run": ""}) for number in range(1, first.get("of", 0) + 1)]
    if not documents or any(each["run"] != context.step.run.id for each in documents):
        return Holdings()
    found = _decoded(documents)
    if len(datasets_of(context.step.run)) > 1:  # an older version, whose runs had one, did not say which
        named = {name: own for name, own in found.completed.items() if name != ANY}
        return replace(found, completed=named, everything=found.everything - {ANY})
    return found


def write(context: Context, holdings: Holdings) -> None:
    """Write what is known in the run of the context's step; nothing outside one."""
    if context.step is None or context.check_mode:
        return
    environment, run = context.step.environment, context.step.run.id
    context.memo.forget(f"{FOLDER}/{environment}")
    parts = [*_split([*_rows(holdings)])]
    for number in range(len(parts), 0, -1):
        head = {"run": run, "of": len(parts), "form": holdings.form}
        document = {**(head if number == 1 else {"run": run}), **_document(parts[number - 1])}
        store.write(context, store.name_of(environment, FOLDER, str(number)), document)


def _rows(holdings: Holdings) -> Iterator[Row]:
    for each, name in holdings.ids.scenarios.items():
        yield "scenarios", "", "", each, name
    for each, name in holdings.ids.models.items():
        yield "models", "", "", each, name
    for dataset in sorted(holdings.everything):
        yield "everything", dataset, "", "", ""
    for dataset, scenarios in holdings.completed.items():
        for scenario, groups in scenarios.items():
            yield "completed", dataset, scenario, "", ""  # known, even if it has nothing
            for group, values in groups.items():
                ranges = compress(values).split(", ")
                for start in range(0, len(ranges), RANGES_AT_ONCE):
                    yield "completed", dataset, scenario, group, ", ".join(ranges[start : start + RANGES_AT_ONCE])


def _split(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Split rows into parts that fit a parameter each, with room for the head."""
    if len(rows) <= 1 or store.size(_document(rows)) <= store.LARGEST - HEAD:
        yield rows
        return
    half = len(rows) // 2
    yield from _split(rows[:half])
    yield from _split(rows[half:])


def _document(rows: Iterable[Row]) -> store.Document:
    document: dict[str, Any] = {}
    for kind, dataset, scenario, name, value in rows:
        if kind == "completed":
            of = document if dataset == ANY else document.setdefault("datasets", {}).setdefault(_clipped(dataset), {})
            groups = of.setdefault(kind, {}).setdefault(_clipped(scenario), {})
            if name:
                groups[_clipped(name)] = ", ".join(filter(None, [groups.get(_clipped(name)), value]))
        elif kind == "everything":
            document.setdefault(kind, []).append(_clipped(dataset))
        else:
            document.setdefault(kind, {})[_clipped(name)] = _clipped(value)
    return document


def _clipped(name: str) -> str:
    return clipped(printable(name), LONGEST_NAME)


def _decoded(documents: Sequence[store.Document]) -> Holdings:
    names: dict[str, dict[str, str]] = {"scenarios": {}, "models": {}}
    completed: dict[str, dict[str, dict[str, set[Value]]]] = {}
    for document in documents:
        for kind, known in names.items():
            known.update(document.get(kind, {}))
        for dataset, own in {ANY: document, **document.get("datasets", {})}.items():
            for scenario, groups in own.get("completed", {}).items():
                found = completed.setdefault(dataset, {}).setdefault(scenario, {})
                for group, text in groups.items():
                    found.setdefault(group, set()).update(expand(text))
    head, ids = documents[0], Ids(names["scenarios"], names["models"])
    return Holdings(head["form"], ids, completed, frozenset(each for some in documents for each in _everything(some)))


def _everything(document: store.Document) -> list[str]:
    """Read of which data sets all is known; an older version wrote whether it was all, of the only one there was."""
    known = document.get("everything", [])
    if isinstance(known, bool):
        return [ANY] if known else []
    return [*map(str, known)]
