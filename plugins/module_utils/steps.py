# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An operation as a step of a run: not done again where the record has it as done, written down when it is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils import claims, record
from ansible_collections.climate.ingest.plugins.module_utils.aws import AWS_ERRORS, explain
from ansible_collections.climate.ingest.plugins.module_utils.errors import IngestError, NotFound
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context, Operation, Result

STEP_SPEC: dict[str, Any] = {
    "environment": {"type": "str"},
    "run": {"type": "str"},
    "step": {"type": "str"},
    "each_time": {"type": "bool", "default": False},
    "unless_done": {"type": "list", "elements": "str", "default": []},
    "requires": {"type": "dict", "default": {}},
}
NO_RUN = "manual"  # the run's name in tags where no run is open
RUN_VERB = "run"  # a command is no change of a resource
WORTH_TELLING = 1.0  # seconds a step was waited for without a change


@dataclass
class Keeper:
    """Writes a step of the open run down.

    Attributes:
        environment, name: which step.
        run: the open run.
        previous: what the record says of the step; None: nothing.
        began: when this try began, ISO 8601.
        last_time: seconds the step took in an earlier run; None: it is not known.
        each_time: the step is carried out even where it is done.
        command, log, did, facts: as in :class:`record.Step`, written with its next state.
        written: it has written since it was made.
    """

    context: Context
    environment: str
    name: str
    run: record.Run
    previous: record.Step | None
    began: str = ""
    last_time: float | None = None
    each_time: bool = False
    command: str = ""
    log: dict[str, Any] = field(default_factory=dict)
    did: list[list[str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    written: bool = False

    @property
    def attempt(self) -> int:
        """The try that is under way: a failed one is over, and a done one where the step is done each time."""
        if self.previous is None:
            return 1
        over = {record.FAILED, record.DONE} if self.each_time else {record.FAILED}
        return self.previous.attempt + (self.previous.state in over)

    def write(self, state: str, attempt: int, task: str = "", exit_code: int | None = None, note: str = "") -> None:
        """Write what the step has come to."""
        now, previous = self.context.now().isoformat(timespec="seconds"), self.previous
        began, earlier = self.began or now, list[dict[str, Any]]()
        did, facts = self.did, self.facts
        if previous and previous.attempt == attempt:
            began, earlier = previous.began or previous.at, previous.earlier
            did, facts = [*previous.did, *did], {**previous.facts, **facts}
        elif previous:
            earlier = [*previous.earlier, previous.as_try()]
        lasted = previous.lasted if previous else None
        if state == record.DONE:
            lasted = (datetime.fromisoformat(now) - datetime.fromisoformat(began)).total_seconds()
        self.previous = record.Step(
            run=self.run.id,
            state=state,
            at=now,
            attempt=attempt,
            task=task,
            exit_code=exit_code,
            note=note,
            began=began,
            command=self.command,
            log=self.log,
            did=did,
            facts=facts,
            earlier=earlier,
            lasted=lasted,
            last_time=self.last_time,
        )
        record.write_step(self.context, self.environment, self.name, self.previous)
        self.written = True

    def fail(self, why: str) -> None:
        """Write that the step failed, unless a task of it may still be under way, or it was written already."""
        started = self.previous is not None and self.previous.state == record.STARTED
        if self.context.check_mode or self.written or started:
            return
        attempt = self.previous.attempt + 1 if self.previous else 1
        with suppress(IngestError, *AWS_ERRORS):  # they must not hide what failed
            self.write(record.FAILED, attempt, note=why)

    def started_by(self, attempt: int) -> str:
        """Give the ``startedBy`` of the task of a try."""
        return record.started_by(self.run, self.name, attempt)

    def client_token(self, attempt: int) -> str:
        """Give the ``clientToken`` of a try."""
        return record.client_token(self.run, self.name, attempt)


def carry_out(context: Context, params: Mapping[str, Any], operation: Operation) -> Result:
    """Run an operation as the step its parameters name.

    Args:
        params: with those of STEP_SPEC, which all may be missing: then it is just run.

    Raises:
        Interrupted: the controller was asked to stop.
        Refused: another controller has the environment.
        NotFound: a step it requires is not done; the message names the tag that does it.
        IngestError: the operation's.
    """
    context.checkpoint()
    environment, step = params.get("environment"), params.get("step")
    if not operation.recorded or not environment:
        return operation.run(context, params)
    others = [*(params.get("unless_done") or []), *(params.get("requires") or {})]
    known = record.read(context, environment, list(dict.fromkeys([*([step] if step else []), *others])))
    if not context.check_mode:
        claims.guard(context, environment, needed=known.open_run is not None)
    run = known.open_run
    each_time = bool(params.get("each_time"))
    done = _done(known, params, once=operation.once and not each_time)
    if run is None:
        return operation.run(context, {**params, "run": params.get("run") or NO_RUN})
    if done:
        return _skipped(context, run, done, known.steps[done])
    _check_required(known, params)
    if not step:
        return operation.run(context, {**params, "run": run.id})
    began = context.now().isoformat(timespec="seconds")
    keeper = Keeper(context, environment, step, run, known.steps.get(step), began, known.last_time.get(step), each_time)
    return _as_step(keeper, params, operation)


def _as_step(keeper: Keeper, params: Mapping[str, Any], operation: Operation) -> Result:
    context, since = keeper.context, keeper.context.clock()
    if keeper.last_time is not None:
        context.progress.expect(keeper.last_time)
    try:
        result = operation.run(replace(context, step=keeper), {**params, "run": keeper.run.id})
    except IngestError as error:
        keeper.fail(error.message)
        raise
    except AWS_ERRORS as error:
        keeper.fail(explain(error).message)
        raise
    waited = context.clock() - since >= WORTH_TELLING
    _write_down(keeper, result, once=operation.once, waited=waited)
    return result


def _done(known: record.Record, params: Mapping[str, Any], once: bool) -> str | None:
    candidates = [*([params["step"]] if once and params.get("step") else []), *(params.get("unless_done") or [])]
    return next((each for each in candidates if known.is_done(each)), None)


def _skipped(context: Context, run: record.Run, name: str, step: record.Step) -> Result:
    message = f"not done again: {name} is done in run {run.id} since {step.at}{f' ({step.note})' if step.note else ''}"
    context.progress.line(message)
    return Result(values={"message": message})


def _check_required(known: record.Record, params: Mapping[str, Any]) -> None:
    for step, tag in (params.get("requires") or {}).items():
        if not known.is_done(step):
            run = known.run.id if known.run else "none"
            raise NotFound(
                f"{step} is not done in run {run}: do it first (tag {tag}), or say that it is done with"
                f" -e ingest_assume_done={step}."
            )


def _write_down(keeper: Keeper, result: Result, once: bool, waited: bool) -> None:
    """Write the step: what runs once is done; what is only kept as wanted is written when there is news."""
    values, previous = result.values, keeper.previous
    task, code = values.get("task_arn") or "", values.get("exit_code")
    note = values.pop("note", "") or (previous.note if previous and not result.changed else result.resource)
    if once or result.changed or waited or previous is None or previous.note != note:
        again = not once and result.changed and previous is not None and previous.state == record.DONE
        keeper.did = [[verb, resource] for verb, resource in result.changes if verb != RUN_VERB]
        keeper.facts = result.facts
        keeper.write(record.DONE, keeper.attempt + again, task, code, note)
