# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Closes the run of an environment when its goals are reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.context import Context, Silent
from ..core.result import Result
from ..core.run import COMPLETE
from ..database import snapshot
from ..ecs import log_groups
from ..record import go_on, record
from ..record.steps import NOTHING_LEFT
from . import teardown


def close(context: Context, params: Mapping[str, Any]) -> Result:
    """Close the open run if its goals are reached and nothing it created is left; else say what is missing."""
    environment = params["environment"]
    known = record.read_all(context, environment)
    run = known.open_run
    if run is None:
        return Result(values={"complete": False, "message": "no run is open"})
    goals = [*run.goals, *run.commands_after]
    missing = [goal for goal in goals if not known.is_done(goal)] or _still_there(context, params)
    if missing:
        message = f"run {run.id} stays open: {', '.join(missing)} to be done"
        resume = [] if context.check_mode else ["resume it with", f"  {go_on.resume(context, run)}"]
        _tell(context, [message, *resume, *snapshot.kept(known)])
        return Result(values={"run": run.id, "complete": False, "message": message})
    closed_at = context.now().isoformat(timespec="seconds")
    record.write_run(context, environment, replace(run, state=COMPLETE, closed_at=closed_at))
    logs = log_groups.kept(known.steps)
    message = f"run {run.id} is complete{f'; its logs stay in log group {logs}' if logs else ''}"
    _tell(context, [message, *snapshot.kept(known)])
    values = {"run": run.id, "complete": True, "message": message}
    return Result(True, {"run": run.id, "state": run.state}, {"run": run.id, "state": COMPLETE}, values)


def _tell(context: Context, lines: list[str]) -> None:
    for line in lines:
        context.progress.line(line)


def _still_there(context: Context, params: Mapping[str, Any]) -> list[str]:
    """Say that a teardown is missing, and of what; empty when nothing a run created is left."""
    if context.memo.get(NOTHING_LEFT):
        return []
    target = teardown.Target.of(params, timeout=0)
    found = teardown.attempt(replace(context, check_mode=True, progress=Silent()), target).values
    left = [*found["removed"], *found["left"]]
    return [f"teardown ({', '.join(left)})"] if left else []
