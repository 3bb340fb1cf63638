# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of an environment's run, kept in the account: a parameter for the run, one for each step.

``/climate.ingest/<environment>/run`` and ``/climate.ingest/<environment>/steps/<step>``. Each is far below the 4 KB a
parameter holds, however many steps there are. A step's parameter names its run: one of an earlier run does not count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..core.context import Context
from . import store

OPEN, COMPLETE = "open", "complete"
STARTED, DONE, FAILED = "started", "done", "failed"
LONGEST_NOTE = 500  # characters
LONGEST_LINE = 200
LONGEST_REQUESTED = 120


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
        id: environment and number, ``staging-3``.
        number: counts the runs of the environment.
        key: random; makes its client tokens its own even where an earlier record was deleted.
        state: ``open`` or ``complete``.
        opened_at, opened_by, closed_at: ISO 8601 times, and a person.
        requested: what it is to import, by variable.
        goals: the steps that make it complete.
        failure: of its last failed try: ``at``, ``task``, ``message``.
    """

    id: str
    number: int
    key: str
    state: str
    opened_at: str
    opened_by: str
    requested: dict[str, str] = field(default_factory=dict)
    goals: list[str] = field(default_factory=list)
    closed_at: str = ""
    failure: dict[str, str] = field(default_factory=dict)

    def covers(self, requested: Mapping[str, Any]) -> bool:
        """Whether just that is imported by it, as far as it goes."""
        return {**self.requested, **digested(requested)} == self.requested

    @property
    def is_open(self) -> bool:
        """Whether it is to be gone on with."""
        return self.state == OPEN


@dataclass(frozen=True)
class Step:
    """What is known of a step of a run.

    Attributes:
        run: the run's id.
        state: ``started``, ``done`` or ``failed``.
        at: when it came to that, ISO 8601.
        attempt: counts the tries.
        task: ARN of the ECS task that does or did it.
        exit_code: of that task.
        note: what it made, what was there before, why it failed.
        began: when this try began; empty: at ``at``.
        command: the management command, without secrets.
        log: of that command: ``group``, ``stream`` and its last ``lines``, without secrets.
        did: what it changed, ``[verb, resource]`` each.
        facts: of what it changed, for the report.
        earlier: the tries before, oldest first: ``began``, ``ended``, ``state``, ``exit_code``, ``task``, ``note``,
            ``did``, ``facts``.
        duration: seconds of the last try that succeeded, in this run.
        previous_duration: the same of the last run before that has any.
    """

    run: str
    state: str
    at: str
    attempt: int = 1
    task: str = ""
    exit_code: int | None = None
    note: str = ""
    began: str = ""
    command: str = ""
    log: dict[str, Any] = field(default_factory=dict)
    did: list[list[str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    earlier: list[dict[str, Any]] = field(default_factory=list)
    duration: float | None = None
    previous_duration: float | None = None

    def as_try(self) -> dict[str, Any]:
        """Give this try as an element of ``earlier``."""
        fields = {"began": self.began or self.at, "ended": "" if self.state == STARTED else self.at}
        fields |= {name: getattr(self, name) for name in ("state", "exit_code", "task", "note", "did", "facts")}
        return _short(fields)


@dataclass(frozen=True)
class Record:
    """The run of an environment with some of its steps.

    Attributes:
        run: the last run, open or not; None before the first.
        steps: by name, of that run only.
        previous_duration: seconds each step took in an earlier run.
    """

    run: Run | None
    steps: Mapping[str, Step] = field(default_factory=dict)
    previous_duration: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def open_run(self) -> Run | None:
        """The run that is to be gone on with."""
        return self.run if self.run and self.run.is_open else None

    def is_done(self, step: str) -> bool:
        """Whether a step of the open run is done."""
        return bool(self.open_run) and step in self.steps and self.steps[step].state == DONE


def read(context: Context, environment: str, steps: Sequence[str] = ()) -> Record:
    """Read the run and the steps named, in one call; in check mode with what was predicted before."""
    return assemble(context, environment, steps, store.read(context, names(environment, steps)))


def names(environment: str, steps: Sequence[str]) -> list[str]:
    """Name the parameters of the run and the steps named."""
    return [store.name_of(environment, "run"), *(_step_name(environment, step) for step in steps)]


def assemble(
    context: Context, environment: str, steps: Sequence[str], documents: Mapping[str, store.Document]
) -> Record:
    """Make the record of the documents of :func:`names`; in check mode with what was predicted before."""
    header, *found = (documents.get(name) for name in names(environment, steps))
    return _record(context, environment, header, zip(steps, found, strict=True))


def read_all(context: Context, environment: str) -> Record:
    """Read the run with all its steps."""
    name = store.name_of(environment, "run")
    header = store.read(context, [name]).get(name)
    steps = store.read_below(context, store.name_of(environment, "steps"))
    predicted = {step: None for step in context.preview.get(_predicted(environment), {}).get("steps", {})}
    return _record(context, environment, header, (predicted | steps).items())


def write_run(context: Context, environment: str, run: Run) -> None:
    """Write the run; in check mode only for the steps that follow."""
    if context.check_mode:
        context.preview.predict(_predicted(environment), {"run": asdict(run), "steps": {}})
    else:
        store.write(context, store.name_of(environment, "run"), asdict(run))


def write_step(context: Context, environment: str, name: str, step: Step) -> None:
    """Write a step; in check mode only for the steps that follow."""
    step = replace(step, note=step.note[:LONGEST_NOTE])
    if context.check_mode:
        predicted = context.preview.get(_predicted(environment)) or {"steps": {}}
        predicted["steps"][name] = asdict(step)
        context.preview.predict(_predicted(environment), predicted)
    else:
        store.write(context, _step_name(environment, name), _fitted(asdict(step)))


def started_by(run: Run, step: str, attempt: int) -> str:
    """Give the ``startedBy`` of a step's task, by which ListTasks finds it (at most 128 of these characters)."""
    return re.sub(r"[^A-Za-z0-9/_-]", "-", f"{run.id}-{run.key}/{step}/{attempt}")[:128]


def client_token(run: Run, step: str, attempt: int) -> str:
    """Give the ``clientToken`` that makes starting a step's task repeatable (at most 64 characters)."""
    return hashlib.sha256(f"{run.id}/{run.key}/{step}/{attempt}".encode()).hexdigest()


def digested(requested: Mapping[str, Any]) -> dict[str, str]:
    """Write what is asked for so that it stays small: a long list of years as its beginning and a digest."""
    return {name: _digest(str(value)) for name, value in requested.items()}


def _digest(text: str) -> str:
    if len(text) <= LONGEST_REQUESTED:
        return text
    return f"{text[: LONGEST_REQUESTED - 20]}...{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _record(
    context: Context, environment: str, header: Any, steps: Iterable[tuple[str, store.Document | None]]
) -> Record:
    predicted = context.preview.get(_predicted(environment)) or {"steps": {}}
    header = predicted.get("run", header)
    if header is None:
        return Record(None)
    run = Run(**header)
    documents = {name: predicted["steps"].get(name, document) for name, document in steps}
    known = {name: Step(**document) for name, document in documents.items() if document}
    previous_duration = {
        name: step.previous_duration if step.run == run.id or step.duration is None else step.duration
        for name, step in known.items()
    }
    return Record(run, {name: step for name, step in known.items() if step.run == run.id}, previous_duration)


def _short(document: store.Document) -> store.Document:
    return {name: value for name, value in document.items() if value not in ("", None, [], {})}


def _fitted(document: store.Document) -> store.Document:
    """Make a step fit into its parameter: the first lines of its log go first, then its first tries and changes."""
    log = document["log"]
    if log:
        document["log"] = log = {**log, "lines": [line[:LONGEST_LINE] for line in log["lines"]]}
    spare = [log.get("lines", []), document["earlier"], document["did"]]
    while store.size(_short(document)) > store.LARGEST and any(spare):
        next(each for each in spare if each).pop(0)
    return _short(document)


def _predicted(environment: str) -> str:
    return f"record/{environment}"


def _step_name(environment: str, step: str) -> str:
    return store.name_of(environment, "steps", step)
