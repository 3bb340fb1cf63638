# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of an environment's run, kept in the account: a parameter for the run, one for each step.

``/climate.ingest/<environment>/run`` and ``/climate.ingest/<environment>/steps/<step>``. Each is far below the 4 KB a
parameter holds, however many steps there are. A step's parameter names its run: one of an earlier run does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..core.context import Context
from ..core.errors import InvalidInput
from ..core.run import DONE, Run, Step, without_empty
from . import store

LONGEST_NOTE = 500  # characters
LONGEST_LINE = 200
ROOM = 1024  # bytes of the run's parameter for when it was closed, and for how it failed
MARKED = "marked as done"  # how the note of a step begins that the operator says is done


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
        """The run, if it is open: it can be resumed."""
        return self.run if self.run and self.run.is_open else None

    def is_done(self, step: str) -> bool:
        """Whether a step of the open run is done."""
        return bool(self.open_run) and step in self.steps and self.steps[step].state == DONE


def read(context: Context, environment: str, steps: Sequence[str] = ()) -> Record:
    """Read the run and the steps named, in one call; in check mode with what was predicted before."""
    known = context.memo.get(_key(environment))
    if known is None:
        names = [store.name_of(environment, "run"), *(_step_name(environment, step) for step in steps)]
        found = store.read(context, names)
        known = {"run": found.get(names[0]), "steps": dict(zip(steps, map(found.get, names[1:]), strict=True))}
    return _record(context, environment, known["run"], ((step, known["steps"].get(step)) for step in steps))


def remember(context: Context, environment: str) -> Record:
    """Read the whole record, and no more in this play: nobody but the holder of the lock writes it."""
    forget(context, environment)
    context.memo.put(_key(environment), _read_all(context, environment))
    return read_all(context, environment)


def forget(context: Context, environment: str) -> None:
    """Forget the record: the lock is being released."""
    context.memo.forget(_key(environment))


def read_all(context: Context, environment: str) -> Record:
    """Read the run with all its steps."""
    known = context.memo.get(_key(environment)) or _read_all(context, environment)
    header, steps = known["run"], known["steps"]
    predicted = {step: None for step in context.preview.get(_predicted(environment), {}).get("steps", {})}
    return _record(context, environment, header, (predicted | steps).items())


def write_run(context: Context, environment: str, run: Run) -> None:
    """Write the run; in check mode only for the steps that follow."""
    if context.check_mode:
        context.preview.predict(_predicted(environment), {"run": asdict(run), "steps": {}})
    else:
        document = store.fitted(asdict(run))
        store.write(context, store.name_of(environment, "run"), document)
        _remember(context, environment, document)


def write_step(context: Context, environment: str, name: str, step: Step) -> None:
    """Write a step; in check mode only for the steps that follow."""
    step = replace(step, note=_cut(step.note, LONGEST_NOTE))
    if context.check_mode:
        predicted = context.preview.get(_predicted(environment)) or {"steps": {}}
        predicted["steps"][name] = asdict(step)
        context.preview.predict(_predicted(environment), predicted)
    else:
        document = store.fitted(_fitted(asdict(step)))
        store.write(context, _step_name(environment, name), document)
        _remember(context, environment, None, **{name: document})


def _read_all(context: Context, environment: str) -> dict[str, Any]:
    name = store.name_of(environment, "run")
    header = store.read(context, [name]).get(name)
    return {"run": header, "steps": store.read_below(context, store.name_of(environment, "steps"))}


def _remember(context: Context, environment: str, run: store.Document | None, **steps: store.Document) -> None:
    """Keep what was written beside what is remembered, if anything is."""
    known = context.memo.get(_key(environment))
    if known is not None:
        written = {"run": run or known["run"], "steps": {**known["steps"], **steps}}
        context.memo.put(_key(environment), written)


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


def _fitted(document: store.Document) -> store.Document:
    """Make a step fit into its parameter: the first lines of its log go first, then its first tries and changes."""
    if store.size(document) > store.LARGEST:
        document = store.coarse(document)
    log = document["log"]
    if log:
        document["log"] = log = {**log, "lines": [_cut(line, LONGEST_LINE) for line in log["lines"]]}
    spare = [log.get("lines", []), document["earlier"], document["did"]]
    while store.size(without_empty(document)) > store.LARGEST and any(spare):
        next(each for each in spare if each).pop(0)
    return without_empty(document)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


def _predicted(environment: str) -> str:
    return f"record/{environment}"


def _key(environment: str) -> str:
    return f"record/{environment}"


def _step_name(environment: str, step: str) -> str:
    return store.name_of(environment, "steps", step)


def check_fits(run: Run) -> None:
    """Refuse a run whose parameter cannot hold what it imports: cut short, it would be resumed as another one.

    Raises:
        InvalidInput: it cannot.
    """
    size, most = store.size(asdict(run)), store.LARGEST - ROOM
    if size > most:
        raise InvalidInput(
            f"What ingest_imports has takes {size} bytes of the run's record, which has room for {most}: divide the"
            " imports among several runs, or name fewer values one by one."
        )


def check_follows(run: Run, environment: str, after: str | None) -> None:
    """Make sure that a new run would follow the last one, or the one before it, which it then goes on with.

    Raises:
        InvalidInput: it would not.
    """
    if after and after not in (run.id, f"{environment}-{run.number - 1}"):
        raise InvalidInput(
            f"ingest_new_run_after is {after!r}; the last run of {environment!r} is {run.id!r}: leave it out to resume"
            f" that run, or give {run.id} to open a new one."
        )
