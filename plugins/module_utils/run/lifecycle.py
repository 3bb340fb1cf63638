# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opens a run of an environment, or goes on with the open one; closes it when its goals are reached."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.context import Context, Silent
from ..core.errors import InvalidInput, Refused
from ..core.holder import of_process
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import digested
from ..ecs.tasks import describe_tasks
from ..failed_jobs import record as failed_record
from ..record import lock, record, store
from ..record.catalogue import CATALOGUE
from ..record.record import Record, Run
from . import teardown


def opened(context: Context, params: Mapping[str, Any]) -> Result:
    """Resume the open run, or open one, and lock the environment for this controller.

    Raises:
        InvalidInput: a step that does not exist is assumed done, or a run that is not the last one is to be followed.
        Refused: another controller has the environment; or the open run asks for something else.
    """
    environment = params["environment"]
    store.check_environment(environment)
    _check_assumed(params["assume_done"])
    known = record.read_all(context, environment)
    if known.run and _is_complete(known.run, params):
        return _complete(context, known.run)
    if context.check_mode:
        lock.check_free(context, environment, params["take_over"])
    else:
        lock.acquire(context, environment, params["take_over"])
        known = record.read_all(context, environment)  # another controller may have written until now
    run = known.run
    goes_on = run is not None and run.is_open and params["new_run_after"] != run.id
    result = _resumed(context, params, run, known) if run and goes_on else _begun(context, params, known)
    _assume(context, params, record.read_all(context, environment))
    return result


def resumed(context: Context, params: Mapping[str, Any]) -> Result:
    """Resume the open run to queue its failed jobs again; where there are none, say so and lock nothing.

    Raises:
        InvalidInput: a step that does not exist is assumed done.
        Refused: another controller has the environment; or the open run asks for something else.
    """
    environment = params["environment"]
    store.check_environment(environment)
    _check_assumed(params["assume_done"])
    known = record.read_all(context, environment)
    run = known.open_run
    if run is None:
        return _nothing(context, f"no run is open in {environment!r}: there is nothing to retry.")
    if not any(job.named for job in failed_record.read(context, environment, run.id)):
        message = f"run {run.id} has no failed jobs: there is nothing to retry. playbooks/populate.yml goes on with it."
        return _nothing(context, message, run=run.id)
    if context.check_mode:
        lock.check_free(context, environment, params["take_over"])
    else:
        lock.acquire(context, environment, params["take_over"])
        known = record.read_all(context, environment)  # another controller may have written until now
    requested = {name: value for name, value in params["requested"].items() if name in run.requested}
    result = _resumed(context, {**params, "requested": requested, "goals": []}, run, known)
    _assume(context, params, known)
    return result


def _nothing(context: Context, message: str, **values: Any) -> Result:
    context.progress.line(message)
    return Result(values={**values, "complete": True, "message": message})


def closed(context: Context, params: Mapping[str, Any]) -> Result:
    """Close the open run if its goals are reached and nothing of it stands any more; else say what is left."""
    known = record.read_all(context, params["environment"])
    run = known.open_run
    if run is None:
        return Result(values={"complete": False, "message": "no run is open"})
    left = [goal for goal in run.goals if not known.is_done(goal)]
    standing = teardown.attempt(replace(context, check_mode=True, progress=Silent()), {**params, "timeout": 0}).values
    if not left and (standing["removed"] or standing["left"]):
        left = [f"teardown ({', '.join([*standing['removed'], *standing['left']])})"]
    if left:
        message = f"run {run.id} stays open: {', '.join(left)} to be done"
        context.progress.line(message)
        return Result(values={"run": run.id, "complete": False, "message": message})
    closed_at = context.now().isoformat(timespec="seconds")
    record.write_run(context, params["environment"], replace(run, state=record.COMPLETE, closed_at=closed_at))
    message = f"run {run.id} is complete"
    context.progress.line(message)
    values = {"run": run.id, "complete": True, "message": message}
    return Result(True, {"run": run.id, "state": run.state}, {"run": run.id, "state": record.COMPLETE}, values)


def _is_complete(run: Run, params: Mapping[str, Any]) -> bool:
    """Say whether what is asked for was imported by the last run, and no new one is asked for."""
    _check_follows(run, params)
    return (
        run.state == record.COMPLETE
        and params["new_run_after"] != run.id
        and set(params["goals"]) <= set(run.goals)
        and run.covers(params["requested"])
    )


def _complete(context: Context, run: Run) -> Result:
    message = (
        f"This ingest is complete: run {run.id}, closed at {run.closed_at}. Nothing is changed. To import everything"
        f" again in a new run, add -e ingest_new_run_after={run.id}."
    )
    context.progress.line(message)
    return Result(values={"run": run.id, "complete": True, "message": message})


def _resumed(context: Context, params: Mapping[str, Any], run: Run, known: Record) -> Result:
    requested = digested(params["requested"])
    other = [name for name, value in requested.items() if run.requested.get(name, value) != value]
    if other:
        differences = "; ".join(f"{name} was {run.requested[name]!r} and is {requested[name]!r}" for name in other)
        raise Refused(
            f"Run {run.id} is open and asks for something else: {differences}. Go on with its values, or give it up and"
            f" begin a new one with -e ingest_new_run_after={run.id}."
        )
    goals = [*run.goals, *(goal for goal in params["goals"] if goal not in run.goals)]
    if goals != run.goals or requested.items() - run.requested.items():
        run = replace(run, goals=goals, requested={**run.requested, **requested})
        record.write_run(context, params["environment"], run)
    done = [name for name in CATALOGUE.once if known.is_done(name)]
    what = f"; done: {', '.join(done)}" if done else ""
    message = f"going on with run {run.id}, opened at {run.opened_at} by {run.opened_by}{what}"
    context.progress.line(message)
    return Result(values={"run": run.id, "complete": False, "message": message})


def _begun(context: Context, params: Mapping[str, Any], known: Record) -> Result:
    if known.run and known.run.is_open:
        _check_idle(context, params, known)
    number = known.run.number + 1 if known.run else 1
    holder = context.holder or of_process(0)
    run = Run(
        id=f"{params['environment']}-{number}",
        number=number,
        key=secrets.token_hex(4),
        state=record.OPEN,
        opened_at=context.now().isoformat(timespec="seconds"),
        opened_by=f"{holder.user}@{holder.host}",
        requested=digested(params["requested"]),
        goals=list(params["goals"]),
    )
    record.write_run(context, params["environment"], run)
    message = f"run {run.id} {'would be ' if context.check_mode else ''}opened"
    context.progress.line(message)
    before = {"run": known.run.id, "state": known.run.state} if known.run else {}
    values = {"run": run.id, "complete": False, "message": message, "predicted": context.check_mode}
    return Result(True, before, {"run": run.id, "state": run.state}, values)


def _check_idle(context: Context, params: Mapping[str, Any], known: Record) -> None:
    """Make sure nothing of a run that is given up still runs: it could go on queueing jobs."""
    arns = [step.task for step in known.steps.values() if step.state == record.STARTED and step.task]
    tasks = describe_tasks(context.client("ecs"), params["cluster"], arns) if arns else []
    alive = [task["taskArn"] for task in tasks if task["lastStatus"] != "STOPPED"]
    if alive:
        raise Refused(
            f"A command of run {known.run.id if known.run else ''} still runs: {', '.join(alive)}. Wait for it or stop"
            " it before the run is given up for a new one."
        )


def _check_follows(run: Run, params: Mapping[str, Any]) -> None:
    after = params["new_run_after"]
    before = f"{params['environment']}-{run.number - 1}"
    if after and after not in (run.id, before):
        raise InvalidInput(
            f"ingest_new_run_after is {after!r}; the last run of {params['environment']!r} is {run.id!r}: leave it out"
            f" to go on, or give {run.id} to begin a new run."
        )


def _check_assumed(steps: list[str]) -> None:
    unknown = [step for step in steps if step not in CATALOGUE.once and not CATALOGUE.is_retried(step)]
    if unknown:
        raise InvalidInput(
            f"ingest_assume_done has {', '.join(map(repr, unknown))}; steps are {', '.join(CATALOGUE.once)}."
        )


def _assume(context: Context, params: Mapping[str, Any], known: Record) -> None:
    holder = context.holder or of_process(0)
    for name in params["assume_done"]:
        if known.run and not known.is_done(name):
            now = context.now().isoformat(timespec="seconds")
            note = f"said to be done by {holder.user}@{holder.host}"
            step = record.Step(known.run.id, record.DONE, now, note=note)
            record.write_step(context, params["environment"], name, step)
            context.progress.line(f"{name}: {note}")


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Bring the run to the state asked for; the parameters are the module's."""
    bring = {"open": opened, "resumed": resumed, "closed": closed}[params["state"]]
    return bring(context, params)


OPERATION = Operation(
    run=run,
    argument_spec={
        "state": {"type": "str", "choices": ["open", "resumed", "closed"], "default": "open"},
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "family": {"type": "str"},
        "database": {"type": "str"},
        "goals": {"type": "list", "elements": "str", "default": []},
        "requested": {"type": "dict", "default": {}},
        "new_run_after": {"type": "str"},
        "assume_done": {"type": "list", "elements": "str", "default": []},
        "take_over": {"type": "str"},
    },
    constraints={"required_if": [["state", "open", ["goals"]], ["state", "closed", ["family", "database"]]]},
    services=("autoscaling", "ec2", "ecs", "rds", "ssm"),
)
