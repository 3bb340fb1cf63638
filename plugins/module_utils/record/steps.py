# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs an operation as a step of a run: not again once it is done, and recorded when it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError, NotFound
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import DONE
from ..core.text import at
from . import lock, record
from .step_writer import StepWriter

STEP_SPEC: dict[str, Any] = {
    "environment": {"type": "str"},
    "step": {"type": "str"},
    "each_time": {"type": "bool", "default": False},
    "unless_done": {"type": "list", "elements": "str", "default": []},
    "requires": {"type": "dict", "default": {}},
}
NOTHING_LEFT = "nothing_left"  # in the memo: a teardown of this play left nothing, and nothing was created since
RUN_VERB = "run"  # a command is no change of a resource
WORTH_RECORDING = 1.0  # seconds of a wait without a change


def carry_out(context: Context, params: Mapping[str, Any], operation: Operation) -> Result:
    """Run an operation as the step its parameters name.

    Args:
        params: the operation's, with those of STEP_SPEC. Without an environment it is just run.

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
    wanted = list(dict.fromkeys([*([step] if step else []), *others]))
    known = record.read(context, environment, wanted)
    if not context.check_mode:
        lock.ensure_held(context, environment, known.open_run is not None, trust_recent=not operation.guarded)
    run = known.open_run
    each_time = bool(params.get("each_time"))
    done = _done(known, params, once=operation.once and not each_time)
    if run is None:
        return operation.run(context, params)
    if done:
        return _skipped(context, run, done, known.steps[done])
    _check_required(known, params)
    context = replace(context, run_id=run.id)
    if not operation.once:
        context.memo.forget(NOTHING_LEFT)
    if not step:
        return operation.run(context, params)
    began = context.now().isoformat(timespec="seconds")
    writer = StepWriter(
        context, environment, step, run, known.steps.get(step), began, known.previous_duration.get(step), each_time
    )
    return _as_step(writer, params, operation)


def _as_step(writer: StepWriter, params: Mapping[str, Any], operation: Operation) -> Result:
    context, since = writer.context, writer.context.clock()
    if writer.previous_duration is not None:
        context.progress.expect(writer.previous_duration)
    try:
        result = operation.run(replace(context, step=writer), params)
    except IngestError as error:
        writer.fail(error.message)
        raise
    except AWS_ERRORS as error:
        writer.fail(explain(error).message)
        raise
    waited = context.clock() - since >= WORTH_RECORDING
    if not result.unfinished:
        _record(writer, result, once=operation.once, waited=waited)
    return result


def _done(known: record.Record, params: Mapping[str, Any], once: bool) -> str | None:
    candidates = [*([params["step"]] if once and params.get("step") else []), *(params.get("unless_done") or [])]
    return next((each for each in candidates if known.is_done(each)), None)


def _skipped(context: Context, run: record.Run, name: str, step: record.Step) -> Result:
    message = f"skipped: {name} is done in run {run.id} since {at(step.at)}{f' ({step.note})' if step.note else ''}"
    context.progress.line(message)
    return Result(values={"message": message})


def _check_required(known: record.Record, params: Mapping[str, Any]) -> None:
    for step, tag in (params.get("requires") or {}).items():
        if not known.is_done(step):
            run = known.run.id if known.run else "none"
            raise NotFound(
                f"{step} is not done in run {run}: do it first (tag {tag}), or mark it as done with"
                f" -e ingest_assume_done={step}."
            )


def _record(writer: StepWriter, result: Result, once: bool, waited: bool) -> None:
    """Record the step as done; one that only keeps a state, where there is news."""
    values, previous = result.values, writer.previous
    task, code = values.get("task_arn") or "", values.get("exit_code")
    note = result.note or (previous.note if previous and not result.changed else result.resource)
    if once or result.changed or waited or previous is None or previous.note != note:
        again = not once and result.changed and previous is not None and previous.state == DONE
        writer.did = [[verb, resource] for verb, resource in result.all_changes() if verb != RUN_VERB]
        writer.facts = result.facts
        writer.write(DONE, writer.attempt + again, task, code, note)
