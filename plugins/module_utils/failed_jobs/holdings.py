# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the application held before a run queued its jobs, and what it calls by which id; kept in the account.

``/climate.ingest/<environment>/holdings/<number>`` names its run; one of an earlier run does not count. What does not
fit one parameter goes on in the next. The first is written last, and says how many there are: without it there is
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.context import Context
from ..core.text import clipped, printable
from ..job_queue.dataset import compress
from ..record import store
from .answer import Ids

FOLDER = "holdings"
HEAD = 256  # bytes of a parameter for its run and what else stands beside its rows
LONGEST_NAME = 400  # bytes; a longer name is no name that create_jobs could be given
YEARS_AT_ONCE = 100  # of a model; even with a gap after each they take far less than a parameter
RANGE = re.compile(r"(\d+)(?:-(\d+))?")

Row = tuple[str, str, str, str]  # kind, and what it is of


@dataclass(frozen=True)
class Holdings:
    """What is known of the application in a run.

    Attributes:
        form: by which command it can be asked; empty: it has not been found out.
        ids: its names by id.
        completed: years by scenario and model that were imported before the run queued jobs.
        everything: whether ``completed`` is about all scenarios there were.
    """

    form: str = ""
    ids: Ids = field(default_factory=Ids)
    completed: Mapping[str, Mapping[str, set[int]]] = field(default_factory=dict)
    everything: bool = False

    def of(self, scenario: str) -> Mapping[str, set[int]] | None:
        """Give the years by model that a scenario had; None: it is not known."""
        return self.completed.get(scenario, {} if self.everything else None)

    def asked(self, form: str, ids: Ids) -> Holdings:
        """Add by which command the application was asked, and the names it gave."""
        known = Ids({**self.ids.scenarios, **ids.scenarios}, {**self.ids.models, **ids.models})
        return replace(self, form=form, ids=known)

    def recorded(self, completed: Mapping[str, Mapping[str, set[int]]], everything: bool) -> Holdings:
        """Add what it had, unless that was recorded already."""
        return replace(self, completed={**completed, **self.completed}, everything=everything or self.everything)


def read(context: Context) -> Holdings:
    """Read what is known in the run of the context's step; nothing outside one."""
    if context.step is None:
        return Holdings()
    environment = context.step.environment
    found: dict[str, store.Document] = context.memo.once(
        f"{FOLDER}/{environment}", lambda: store.read_below(context, store.name_of(environment, FOLDER))
    )
    first = found.get("1", {"run": ""})
    documents = [found.get(str(number), {"run": ""}) for number in range(1, first.get("of", 0) + 1)]
    if not documents or any(each["run"] != context.step.run.id for each in documents):
        return Holdings()
    return _decoded(documents)


def write(context: Context, holdings: Holdings) -> None:
    """Write what is known in the run of the context's step; nothing outside one."""
    if context.step is None or context.check_mode:
        return
    environment, run = context.step.environment, context.step.run.id
    context.memo.forget(f"{FOLDER}/{environment}")
    parts = [*_split([*_rows(holdings)])]
    for number in range(len(parts), 0, -1):
        head = {"run": run, "of": len(parts), "form": holdings.form, "everything": holdings.everything}
        document = {**(head if number == 1 else {"run": run}), **_document(parts[number - 1])}
        store.write(context, store.name_of(environment, FOLDER, str(number)), document)


def _rows(holdings: Holdings) -> Iterator[Row]:
    for each, name in holdings.ids.scenarios.items():
        yield "scenarios", "", each, name
    for each, name in holdings.ids.models.items():
        yield "models", "", each, name
    for scenario, models in holdings.completed.items():
        yield "completed", scenario, "", ""  # known, even if it has nothing
        for model, years in models.items():
            ordered = sorted(years)
            for start in range(0, len(ordered), YEARS_AT_ONCE):
                yield "completed", scenario, model, compress(ordered[start : start + YEARS_AT_ONCE])


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
    for kind, of, name, value in rows:
        if kind == "completed":
            models = document.setdefault(kind, {}).setdefault(_clipped(of), {})
            if name:
                models[_clipped(name)] = ", ".join(filter(None, [models.get(_clipped(name)), value]))
        else:
            document.setdefault(kind, {})[_clipped(name)] = _clipped(value)
    return document


def _clipped(name: str) -> str:
    return clipped(printable(name), LONGEST_NAME)


def _decoded(documents: Sequence[store.Document]) -> Holdings:
    names: dict[str, dict[str, str]] = {"scenarios": {}, "models": {}}
    completed: dict[str, dict[str, set[int]]] = {}
    for document in documents:
        for kind, known in names.items():
            known.update(document.get(kind, {}))
        for scenario, models in document.get("completed", {}).items():
            found = completed.setdefault(scenario, {})
            for model, text in models.items():
                found.setdefault(model, set()).update(_years(text))
    head = documents[0]
    return Holdings(head["form"], Ids(names["scenarios"], names["models"]), completed, head["everything"])


def _years(text: str) -> Iterator[int]:
    """Read what ``compress`` wrote."""
    for first, last in RANGE.findall(text):
        yield from range(int(first), int(last or first) + 1)
