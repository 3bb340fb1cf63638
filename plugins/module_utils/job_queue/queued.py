# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Imports whose jobs are run by one drain: which jobs earlier steps have queued, as the record says.

An import may be left out (``--skip-tags``) and queued later, even after the drain. Then the drain has to be done once
more. That is recorded before the jobs are queued, with the steps whose jobs it has run already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..core.context import Context
from ..core.run import FAILED, Step
from ..record import record
from .depth import predicted_jobs

DRAINED = "drained"  # fact of a drain that is to be done once more: the steps whose jobs it has run

QUEUED_SPEC: dict[str, Any] = {
    "queued_with": {"type": "dict", "default": {}},
    "drained_by": {"type": "str"},
}


def already(context: Context, params: Mapping[str, Any], url: str) -> int:
    """Count the jobs in the queue that other steps queued for the same drain.

    Args:
        params: with those of QUEUED_SPEC: how many jobs each step queues, and the step that runs them.
        url: of the queue.
    """
    others = params["queued_with"]
    if context.step is None or not others:
        return 0
    predicted = predicted_jobs(context, url)
    if predicted is not None:
        return predicted
    drain = params["drained_by"] or ""
    known = record.read(context, context.step.environment, [*others, *([drain] if drain else [])])
    done = [name for name in others if known.is_done(name)]
    ran = done if known.is_done(drain) else drained(known.steps.get(drain))
    return sum(int(others[name]) for name in done if name not in ran)


def reopen(context: Context, params: Mapping[str, Any]) -> None:
    """Have the drain done once more if it is done: jobs are about to be queued that it has not run."""
    step, drain = context.step, params["drained_by"]
    if step is None or not drain:
        return
    known = record.read(context, step.environment, [drain, *params["queued_with"]])
    if not known.is_done(drain):
        return
    before, now = known.steps[drain], context.now().isoformat(timespec="seconds")
    ran = [name for name in params["queued_with"] if known.is_done(name)]
    again = Step(
        run=before.run,
        state=FAILED,
        at=now,
        attempt=before.attempt + 1,
        note=f"to be done once more, for the jobs of {step.name}",
        facts={DRAINED: ran},
        earlier=[*before.earlier, before.as_attempt()],
        duration=before.duration,
        previous_duration=before.previous_duration,
    )
    record.write_step(context, step.environment, drain, again)
    context.progress.line(f"{drain} is done and will be done once more, for the jobs of {step.name}")


def drained(drain: Step | None) -> Iterable[str]:
    """Name the steps whose jobs a drain has run that is to be done once more."""
    tries = [*drain.earlier, drain.as_attempt()] if drain else []
    return {name for each in tries for name in each.get("facts", {}).get(DRAINED, [])}
