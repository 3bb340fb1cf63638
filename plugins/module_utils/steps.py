# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An operation as a step of a run: not done again where the record has it as done, written down when it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils import claims, record
from ansible_collections.climate.ingest.plugins.module_utils.errors import NotFound
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context, Operation, Result

STEP_SPEC: dict[str, Any] = {
    "environment": {"type": "str"},
    "run": {"type": "str"},
    "step": {"type": "str"},
    "unless_done": {"type": "list", "elements": "str", "default": []},
    "requires": {"type": "dict", "default": {}},
}
NO_RUN = "manual"  # the run's name in tags where no run is open


@dataclass
class Keeper:
    """Writes a step of the open run down.

    Attributes:
        environment, name: which step.
        run: the open run.
        previous: what the record says of the step; None: nothing.
    """

    context: Context
    environment: str
    name: str
    run: record.Run
    previous: record.Step | None

    @property
    def attempt(self) -> int:
        """The try that is under way; a failed one is over."""
        if self.previous is None:
            return 1
        return self.previous.attempt + (self.previous.state == record.FAILED)

    def write(self, state: str, attempt: int, task: str = "", exit_code: int | None = None, note: str = "") -> None:
        """Write what the step has come to."""
        now = self.context.now().isoformat(timespec="seconds")
        self.previous = record.Step(self.run.id, state, now, attempt, task, exit_code, note)
        record.write_step(self.context, self.environment, self.name, self.previous)

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
    done = _done(known, params, once=operation.once)
    if run is None:
        return operation.run(context, {**params, "run": params.get("run") or NO_RUN})
    if done:
        return _skipped(context, run, done, known.steps[done])
    _check_required(known, params)
    keeper = Keeper(context, environment, step, run, known.steps.get(step)) if step else None
    result = operation.run(replace(context, step=keeper), {**params, "run": run.id})
    if keeper:
        _write_down(keeper, result, once=operation.once)
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


def _write_down(keeper: Keeper, result: Result, once: bool) -> None:
    """Write the step: what runs once is done; what is only kept as wanted is written when there is news."""
    values, previous = result.values, keeper.previous
    task, code = values.get("task_arn") or "", values.get("exit_code")
    note = values.pop("note", "") or (previous.note if previous and not result.changed else result.resource)
    if once or result.changed or previous is None or previous.note != note:
        keeper.write(record.DONE, keeper.attempt, task, code, note)
