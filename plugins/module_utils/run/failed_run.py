# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ends a run whose step failed: removes what costs money, and says what failed, what is left and how to resume."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError, RunFailed
from ..core.operation import Operation
from ..core.result import Result
from ..core.text import clipped
from ..database import snapshot
from ..ecs import log_groups
from ..fleet import outlook
from ..record import go_on, lock, record
from ..record.steps import carry_out
from . import teardown

KEEP = "keep"
LONGEST_MESSAGE = 500  # characters the record keeps, of up to four bytes
CLONING = ("prepare", "task_definition")  # the steps that register clones


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Remove what the run created, unless it is kept, and fail with what happened.

    Raises:
        RunFailed: always.
    """
    failure = params["result"]
    _record_failure(context, params, str(failure.get("msg") or ""))
    target = teardown.Target.of(params)
    removed, scaled_back, left = _tear_down(context, target, keep=params["on_failure"] == KEEP)
    left += _logs(context, target.environment)
    reason = str(failure.get("msg") or "no message").strip()
    title, interrupted = _title(context, params), bool(failure.get("interrupted"))
    what = f"{title} was stopped by you" if interrupted else f"{title} failed"
    gone = [
        *_listing("Removed", removed),
        *(_listing("Scaled back", scaled_back) if scaled_back else []),
    ]
    ahead = [
        *_listing("Still there", left),
        *_unattended(context, target.environment),
        *_snapshot(context, target.environment),
        *go_on.after(context, failure),
    ]
    text = "\n".join([f"{what} in task {params['task']!r}:", textwrap.indent(reason, "  "), *gone, *ahead])
    # for who saw the reason, and each thing when it was removed
    outcome = "\n".join([f"{what} in task {params['task']!r}.", *([] if removed or scaled_back else gone), *ahead])
    details = {"reason": reason, "outcome": outcome, "interrupted": interrupted}
    raise RunFailed(text, failed_task=params["task"], removed=removed, left=left, **details)


def _tear_down(context: Context, target: teardown.Target, keep: bool) -> tuple[list[str], list[str], list[str]]:
    """Give what was removed, scaled back and left; never fail, for that would hide the failure of the run."""
    try:
        working = replace(context, check_mode=True) if keep else context
        operation = replace(
            teardown.OPERATION, run=lambda step_context, _params: teardown.attempt(step_context, target)
        )
        values = carry_out(working, {"environment": target.environment, "step": "teardown"}, operation).values
    except IngestError as error:
        return [], [], [f"everything this run created: {error.message}"]
    except AWS_ERRORS as error:
        return [], [], [f"everything this run created: {explain(error).message}"]
    removed, scaled_back, left = values["removed"], values["scaled_back"], values["left"]
    if keep or context.check_mode:
        removed, scaled_back, left = [], [], [*removed, *scaled_back, *left]
    return (
        removed,
        scaled_back,
        left if context.check_mode else [*left, "the job queue with what is in it, and the run's record"],
    )


def _logs(context: Context, environment: str) -> list[str]:
    """Say which log group stays."""
    try:
        kept = log_groups.kept(record.read(context, environment, CLONING).steps)
    except (IngestError, *AWS_ERRORS):
        return []
    return [f"log group {kept}, in which to look for the cause"] if kept else []


def _record_failure(context: Context, params: Mapping[str, Any], message: str) -> None:
    """Record what failed; that it cannot be recorded must not hide it."""
    if context.check_mode:
        return
    with suppress(IngestError, *AWS_ERRORS):
        lock.ensure_held(context, params["environment"], needed=False)
        run = record.read(context, params["environment"]).open_run
        if run:
            at = context.now().isoformat(timespec="seconds")
            failure = {"at": at, "task": params["task"], "message": clipped(message, LONGEST_MESSAGE)}
            record.write_run(context, params["environment"], replace(run, failure=failure))


def _title(context: Context, params: Mapping[str, Any]) -> str:
    try:
        run = record.read(context, params["environment"]).open_run
    except AWS_ERRORS:
        run = None
    return f"Run {run.id}" if run else f"The run in {params['environment']}"


def _listing(head: str, items: Sequence[str]) -> list[str]:
    return [f"{head}:", *(f"  - {item}" for item in items)] if items else [f"{head}: nothing."]


def _unattended(context: Context, environment: str) -> list[str]:
    """Say until when a fleet that is still there lives."""
    known = outlook.sentence_or_why_not(context, environment)
    return [known] if known else []


def _snapshot(context: Context, environment: str) -> list[str]:
    """Say that the snapshot of the run is there, if it is known."""
    with suppress(IngestError, *AWS_ERRORS):
        known = record.read(context, environment, [snapshot.STEP])
        return snapshot.kept(known) if known.open_run else []
    return []


OPERATION = Operation(
    run=run,
    argument_spec={
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "family": {"type": "str", "required": True},
        "worker_family": {"type": "str"},
        "services_minutes": {"type": "int", "default": 0},
        "database": {"type": "str", "required": True},
        "class_after": {"type": "str"},
        "on_failure": {"type": "str", "choices": ["remove", KEEP], "default": "remove"},
        "task": {"type": "str", "required": True},
        "result": {"type": "dict", "required": True},
        "timeout": {"type": "int", "default": 7200},
    },
    cleans_up=True,
    services=(
        "autoscaling",
        "ec2",
        "ecs",
        "rds",
        "ssm",
    ),
)
