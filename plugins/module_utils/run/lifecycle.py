# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Opens the run of an environment or resumes the open one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..command import find_task
from ..core.context import Context
from ..core.errors import InvalidInput, Refused
from ..core.holder import of_process
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import COMPLETE, DONE, OPEN, digested
from ..core.text import at, count
from ..failed_jobs import record as failed_record
from ..failed_jobs.unverified import check_drained, to_verify
from ..job_queue.dataset import check_distinct, of_import
from ..record import go_on, imports, lock, record, store
from ..record.catalogue import EACH, TOGETHER, Catalogue
from ..record.commands import COMMANDS_SPEC, check_cities, read_commands, with_commands
from ..record.entry import step_of
from ..record.job_key import DEFAULT, KEY_SPEC
from ..record.record import Record, Run
from .closing import close
from .resumption import note_interruption


def open_or_resume(context: Context, params: Mapping[str, Any]) -> Result:
    """Resume the open run, or open one, and lock the environment for this controller.

    Raises:
        InvalidInput: a step that does not exist is assumed done, or the new run is to follow one that is not the last.
        Refused: another controller has the environment; or the open run imports something else, or is for new cities
            where this one is not.
    """
    environment = _check(params)
    params = _with_goals(params)
    known = record.read(context, environment)
    if known.run and _is_complete(known.run, params):
        return _nothing_to_do(
            context,
            f"This ingest is complete: run {known.run.id} was closed at {at(known.run.closed_at)}. Nothing is changed."
            f" To import everything again in a new run, add -e ingest_new_run_after={known.run.id}.",
            known.run,
        )
    known = _lock(context, params)
    if known.open_run and params["new_run_after"] != known.open_run.id:
        imports.check_kind(known.open_run, params["playbook"])
        result = _resume(context, params, known.open_run, known)
    else:
        result = _open(context, params, known)
    _assume_done(context, params, record.read_all(context, environment))
    result.values["commands_before"] = params["run_before"]
    return _with_imports(result, params["imports"], params["drain"] == TOGETHER, params["own"]["commands_after"])


def resume_for_retry(context: Context, params: Mapping[str, Any]) -> Result:
    """Resume the open run to queue its failed jobs again; where it has none, lock nothing.

    Raises:
        InvalidInput: a step that does not exist is assumed done.
        Refused: another controller has the environment; or the open run imports something else; or jobs of it are still
            to be drained.
    """
    environment = _check(params)
    known = record.read_all(context, environment)
    run = known.open_run
    if run is None:
        return _nothing_to_do(context, _why_nothing(context, environment, known.run))
    check_drained(context, known)
    jobs = failed_record.read(context, environment, run.id)
    wanted = imports.in_run(run, _read_imports(params))
    first = to_verify(known, jobs, wanted)
    if not first and not any(job.named for job in jobs):
        message = f"run {run.id} has no failed jobs: there is nothing to retry. Resume it with"
        return _nothing_to_do(context, f"{message}\n  {go_on.resume(context, run)}", run)
    known = _lock(context, params)
    requested = imports.requested(wanted, params["drain"])
    result = _resume(context, {**params, "requested": requested, "goals": []}, run, known)
    _assume_done(context, params, known)
    result.values["verify_first"] = {name: step.removesuffix("verify") for name, step in first.items()}
    for step in first.values():
        context.progress.line(f"{step} is not done: it is carried out first, to find out which jobs have failed")
        if context.check_mode:
            context.preview.note("run", f"{step} first: which jobs are queued again is known only then")
    return _with_imports(result, wanted, imports.of_run(run).together)


def _read_imports(params: Mapping[str, Any]) -> list[imports.Import]:
    """Read ``ingest_imports``, and make sure that no job is in two of them."""
    found = imports.read_imports(params["imports"], params.get("job_key") or DEFAULT)
    check_distinct(found)
    return found


def _with_goals(params: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the playbook's imports request, and the steps that make the run complete."""
    every = _read_imports(params)
    wanted = imports.of_playbook(params["playbook"], every)
    commands = read_commands(params["commands_before"], params["commands_after"], [each.name for each in every])
    if not wanted:
        raise InvalidInput(
            f"ingest_imports has nothing for the playbook {params['playbook']}:"
            f" {'no' if params['playbook'] == 'historical' else 'every'} import has averages: true."
        )
    cities = params["cities_command"] if params["playbook"] == imports.CITIES else None
    if cities == "":
        raise InvalidInput("cities_command is empty; playbooks/cities.yml runs it to add the cities.")
    requested = imports.requested(wanted, params["drain"], cities)
    if cities is not None:
        check_cities(commands)
    own = {"commands_before": [*commands.before], "commands_after": [*commands.after], "titles": {**commands.titles}}
    run_before = commands.of_scopes(imports.scopes_of(params["playbook"], wanted))
    return {**params, "imports": wanted, "goals": imports.goals(wanted), "requested": requested, "own": own} | {
        "run_before": run_before
    }


def _with_imports(
    result: Result, wanted: list[imports.Import], together: bool, commands_after: Sequence[str] = ()
) -> Result:
    """Add what the playbook goes through: the imports, each with what is queued for the same drain."""
    jobs = {step_of(each.name, "create_jobs"): of_import(each).jobs for each in wanted}
    drain = imports.catalogue(wanted, together).drain_of
    listed = []
    for each in wanted:
        own = step_of(each.name, "create_jobs")
        others = {step: number for step, number in jobs.items() if together and step != own}
        listed.append({**each.as_value(), "jobs": jobs[own], "queued_with": others, "drained_by": drain(each.name)})
    needed = {step_of(each.name, "verify"): each.name for each in wanted if each.averages}
    goals = imports.goals(wanted)
    tags = {step_of(each.name, "verify"): each.name for each in wanted}
    result.values |= {"imports": listed, "goals": [*goals, *commands_after], "averages_need": needed}
    result.values["commands_need"] = {goal: tags.get(goal, goal) for goal in goals}
    return result


def _why_nothing(context: Context, environment: str, run: Run | None) -> str:
    """Say why no run is open, and what the last one lacks all the same."""
    jobs = failed_record.read(context, environment, run.id) if run else []
    message = f"no run is open in {environment!r}: there is nothing to retry."
    if run is None or not jobs:
        return message
    what = f"{count(len(jobs), 'job')} failed in run {run.id}, which is complete as they were tolerated"
    return f"{message} {what}; a new run imports them (ingest_new_run_after={run.id})."


def _check(params: Mapping[str, Any]) -> str:
    """Check what can be checked before anything is called; give the environment's name."""
    store.check_environment(params["environment"])
    _check_assumed(params)
    return str(params["environment"])


def _lock(context: Context, params: Mapping[str, Any]) -> Record:
    """Lock the environment; give the record as it is then, for another controller may have written until now."""
    take = lock.check_free if context.check_mode else lock.acquire
    take(context, params["environment"], params["take_over"])
    return record.remember(context, params["environment"])


def _nothing_to_do(context: Context, message: str, run: Run | None = None) -> Result:
    context.progress.line(message)
    about = {"run": run.id} if run else {}
    return Result(values={**about, "complete": True, "message": message})


def _is_complete(run: Run, params: Mapping[str, Any]) -> bool:
    """Say whether the last run imported what is requested, and no new run is wanted."""
    record.check_follows(run, params["environment"], params["new_run_after"])
    return (
        run.state == COMPLETE
        and params["new_run_after"] != run.id
        and set(params["goals"]) <= set(run.goals)
        and run.covers(params["requested"])
    )


def _resume(context: Context, params: Mapping[str, Any], run: Run, known: Record) -> Result:
    requested = digested(params["requested"])
    run = replace(run, requested={imports.DRAIN: EACH, **run.requested})  # of an older version, which had no other way
    imports.check_key(run, requested)
    other = [name for name, value in requested.items() if run.requested.get(name, value) != value]
    if other:
        differences = "; ".join(f"{name} was {run.requested[name]!r} and is {requested[name]!r}" for name in other)
        raise Refused(
            f"Run {run.id} is open and imports something else: {differences}. Resume it with its own values, or abandon"
            f" it and open a new run with -e ingest_new_run_after={run.id}."
        )
    goals = [*run.goals, *(goal for goal in params["goals"] if goal not in run.goals)]
    resumed = replace(run, goals=goals, requested={**run.requested, **requested}, **params.get("own", {}))
    if resumed != run:
        record.check_fits(run := resumed)
        record.write_run(context, params["environment"], run)
    note_interruption(context, params["environment"], known)
    done = [name for name in imports.of_run(run).once if known.is_done(name)]
    what = f"; done: {', '.join(done)}" if done else ""
    message = f"resuming run {run.id}, opened at {at(run.opened_at)} by {run.opened_by}{what}"
    context.progress.line(message)
    return Result(values={"run": run.id, "complete": False, "message": message})


def _open(context: Context, params: Mapping[str, Any], known: Record) -> Result:
    if known.run and known.run.is_open:
        _check_idle(context, params, known)
    lock.settle(context, params["environment"])
    number, holder = known.run.number + 1 if known.run else 1, context.holder or of_process(0)
    run = Run(
        id=f"{params['environment']}-{number}",
        number=number,
        key=secrets.token_hex(4),
        state=OPEN,
        opened_at=context.now().isoformat(timespec="seconds"),
        opened_by=f"{holder.user}@{holder.host}",
        requested=digested(params["requested"]),
        goals=list(params["goals"]),
        **params["own"],
    )
    record.check_fits(run)
    record.write_run(context, params["environment"], run)
    message = f"run {run.id} {'would be ' if context.check_mode else ''}opened"
    context.progress.line(message)
    before = {"run": known.run.id, "state": known.run.state} if known.run else {}
    values = {"run": run.id, "complete": False, "message": message, "predicted": context.check_mode}
    return Result(True, before, {"run": run.id, "state": run.state}, values)


def _check_idle(context: Context, params: Mapping[str, Any], known: Record) -> None:
    """Make sure that no command of a run to be abandoned is running: it could still queue jobs."""
    alive = find_task.running(context, params["cluster"], known.run, known.steps) if known.run else []
    if alive:
        raise Refused(
            f"A command of run {known.run.id if known.run else ''} is still running: {', '.join(alive)}. Wait for it or"
            " stop it before you abandon the run."
        )


def _check_assumed(params: Mapping[str, Any]) -> None:
    catalogue = _table(params)
    unknown = catalogue.unknown_once(params["assume_done"])
    if unknown:
        raise InvalidInput(
            f"ingest_assume_done has {', '.join(map(repr, unknown))}; steps are {', '.join(catalogue.once)}."
        )


def _table(params: Mapping[str, Any]) -> Catalogue:
    every = imports.read_imports(params["imports"], params.get("job_key") or DEFAULT)
    commands = read_commands(params["commands_before"], params["commands_after"], [each.name for each in every])
    return with_commands(imports.catalogue(every, params["drain"] == TOGETHER), commands)


def _assume_done(context: Context, params: Mapping[str, Any], known: Record) -> None:
    holder = context.holder or of_process(0)
    for name in params["assume_done"]:
        if known.run and not known.is_done(name):
            note = f"{record.MARKED} by {holder.user}@{holder.host}"
            step = record.Step(known.run.id, DONE, context.now().isoformat(timespec="seconds"), note=note)
            record.write_step(context, params["environment"], name, step)
            context.progress.line(f"{name}: {note}")


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Open, resume or close the run; the parameters are the module's."""
    return {"open": open_or_resume, "resumed": resume_for_retry, "closed": close}[params["state"]](context, params)


OPERATION = Operation(
    run=run,
    argument_spec={
        "state": {"type": "str", "choices": ["open", "resumed", "closed"], "default": "open"},
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "family": {"type": "str"},
        "worker_family": {"type": "str"},
        "database": {"type": "str"},
        "playbook": {"type": "str", "choices": list(imports.OF_PLAYBOOK), "default": "populate"},
        "imports": {"type": "list", "elements": "dict", "options": imports.IMPORT_SPEC},
        "job_key": KEY_SPEC,
        "drain": {"type": "str", "choices": [EACH, TOGETHER], "default": EACH},
        "cities_command": {"type": "raw", "default": ""},
        "commands_before": {"type": "list", "elements": "dict", "options": COMMANDS_SPEC},
        "commands_after": {"type": "list", "elements": "dict", "options": COMMANDS_SPEC, "default": []},
        "new_run_after": {"type": "str"},
        "assume_done": {"type": "list", "elements": "str", "default": []},
        "take_over": {"type": "str"},
    },
    constraints={
        "required_if": [
            ["state", "open", ["imports"]],
            ["state", "resumed", ["imports"]],
            ["state", "closed", ["family", "database"]],
        ]
    },
    services=("autoscaling", "ec2", "ecs", "rds", "ssm"),
)
