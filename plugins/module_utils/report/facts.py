# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of an environment's open or last run, as status shows them and the report draws them; reads only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError
from ..core.names import Names
from ..core.run import DONE, FAILED, STARTED
from ..core.secrets import container_definition
from ..core.text import all_printable, at, moment
from ..cost import cost, estimate, fleet_usage
from ..database import downtime, shown, snapshot
from ..database.classes import history
from ..ecs import services
from ..failed_jobs import record as failed_record
from ..failed_jobs import unverified
from ..failed_jobs.kept.facts import as_facts
from ..fleet import outlook
from ..fleet.unattended import fired_sentence
from ..job_queue import depth as job_queue
from ..record import go_on, imports, interruptions, lock, record, store
from ..record.catalogue import CATALOGUE, RETRY, Catalogue
from ..record.job_key import DEFAULT, key_of
from ..workers import series

VERSION = "1.0.0"  # of the collection: that of galaxy.yml
SCHEMA = 1
FORGETS_AFTER = timedelta(minutes=45)  # EC2 describes an instance for about an hour after its end
WAITING, LEFT_OUT = "waiting", "left out"  # states of steps that the record does not know
INTERRUPTED = "interrupted"  # begun, and nobody has carried it out since: whether it has ended is not known

Facts = dict[str, Any]


def gather(context: Context, params: Mapping[str, Any], catalogue: Catalogue = CATALOGUE) -> Facts | None:
    """Gather the facts; None before the first run.

    What cannot be read of the account (a deleted queue, a call that is denied) is null, with the reason in
    ``unreadable``: the record is worth showing without it.

    Args:
        params: environment, cluster, family, container, queue, database.
        catalogue: the steps there are.
    """
    environment = params["environment"]
    known = record.read_all(context, environment)
    if known.run is None:
        return None
    run = known.run
    drains = series.read_all(context, environment, run.id)
    unreadable: dict[str, str] = {}

    def look(name: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except IngestError as error:
            unreadable[name] = error.message
        except AWS_ERRORS as error:
            unreadable[name] = explain(error).message
        return None

    table = imports.of_run(run, catalogue)
    names = table.of_run(imports.scopes_of_run(run), {*known.steps, *drains})
    steps = [_step(name, table.title(name), known.steps.get(name), drains) for name in names]
    _leave_out(steps, run, {*table.once})
    database = look("database", partial(shown.facts, context, params["database"]))
    observed = look("fleet", lambda: fleet_usage.observe(context, environment, run, write=False))
    usage = observed or fleet_usage.kept(context, environment, run)
    classes = cost.Database(history.history(run, known.steps))
    spent = look("spot prices", lambda: cost.of_run(context, usage, classes))
    spent = spent or cost.compute(usage, {}, context.client("ec2").meta.region_name, classes)
    if observed is None:
        spent.unknown.append(f"what the fleet ran since {at(usage.until)} could not be read")
    unattended = look("dead man's switch", partial(_unattended, context, environment))
    spent.unknown.extend(_unwatched(unattended, run, context.now()))
    failed = failed_record.read_all(context, environment, run.id)
    controller = look("controller", partial(_controller, context, params))
    if "controller" not in unreadable:
        _interrupt(steps, run, is_carried_out=run.is_open and controller is not None)
    facts: Facts = all_printable(
        {
            "schema": SCHEMA,
            "environment": environment,
            "generated_at": context.now().isoformat(timespec="seconds"),
            "run": _run(run),
            "controller": controller,
            "interruptions": asdict(interruptions.read(context, environment, run.id)),
            "steps": steps,
            "drains": sorted(
                ({"step": name, **drain} for name, drain in drains.items()), key=lambda each: each["times"]
            ),
            "fleet": spent.fleet,
            "cost": spent.facts(_estimate(context, environment, run)),
            "imported": _imported(steps, run),
            "failed_jobs": as_facts(failed, key_of(run)),
            "changes": sorted([*_changes(steps), *_fired(unattended, run)], key=lambda change: change["at"]),
            "snapshot": snapshot.kept(known) or None,
            "services": downtime.not_back(known.steps),
            "queue": look("queue", partial(_queue, context, params)),
            "workers": look("workers", partial(_workers, context, params)),
            "instances": observed and observed.states,
            "unattended": unattended,
            "database": database,
            "next": [step["name"] for step in steps if step["state"] not in (DONE, LEFT_OUT)] if run.is_open else [],
            "resume": _resume(context, known, failed) if run.is_open else None,
            "versions": {
                "climate.ingest": VERSION,
                **context.versions,
                "application": look("application", partial(_image, context, params)),
            },
            "unreadable": unreadable,
        }
    )
    return facts


def _resume(context: Context, known: record.Record, failed: Collection[failed_record.FailedJob]) -> str:
    """Give the command that goes on with the open run: a retry where jobs are known to have failed."""
    judged = any(step.state == FAILED and unverified.JUDGED in step.facts for step in known.steps.values())
    if unverified.is_under_way(known) or (judged and not all(job.imported for job in failed)):
        return go_on.playbook(context, go_on.RETRY)
    return go_on.resume(context, known.run) if known.run else ""


def _run(run: record.Run) -> Facts:
    shown = {name: getattr(run, name) for name in ("id", "state", "opened_at", "opened_by", "requested", "goals")}
    return {**shown, "closed_at": run.closed_at or None, "failure": run.failure or None}


def _step(name: str, title: str, step: record.Step | None, drains: Mapping[str, Any]) -> Facts:
    tries = [*step.earlier, step.as_attempt()] if step else []
    state = step.state if step else WAITING
    if step is None and name in drains:  # it is written down when it ends; its series tells that it goes on
        state = STARTED
        tries = [{"began": drains[name]["times"][0], "state": STARTED}]
    empty: Facts = {"ended": None, "exit_code": None, "task": "", "note": "", "did": [], "facts": {}}
    attempts = [{**empty, **each, "ended": each.get("ended") or None} for each in tries]
    made = False
    for each in attempts:
        verbs = {verb for verb, _what in each["did"]}
        made, each["removal"] = made or "created" in verbs, made and verbs == {"removed"}
    return {
        "name": name,
        "title": title,
        "state": state,
        "attempts": attempts,
        "command": (step.command if step else "") or None,
        "log": (step.log if step else {}) or None,
    }


def _imported(steps: list[Facts], run: record.Run) -> list[Facts]:
    """Give what the last verification of each import found."""
    tries = [(step["name"], attempt) for step in steps for attempt in step["attempts"]]
    found = sorted((each for each in tries if "completed" in each[1]["facts"]), key=lambda each: each[1]["began"])
    latest = {_without_retry(name): attempt["facts"] for name, attempt in found}
    of = "scenario" if key_of(run) == DEFAULT else "import"
    names = {"dataset": "dataset", of: "scenario", **{name: name for name in ("requested", "completed", "before")}}
    return [{name: facts.get(kept) for name, kept in names.items()} for facts in latest.values()]


def _without_retry(step: str) -> str:
    """Name the step of an import that a step of a retry does again."""
    retry = RETRY.fullmatch(step)
    return (retry[2] or step) if retry else step


def imported_text(found: Facts) -> str:
    """Write an element of ``imported`` of the facts."""
    before = found["before"]
    earlier = f"{before:,} of them before this run" if before else ""
    if before is None:
        earlier = "how many of them before this run is unknown"
    return ", ".join(filter(None, [f"{found['completed']:,} of {found['requested']:,} imported", earlier]))


def _leave_out(steps: list[Facts], run: record.Run, once: Collection[str]) -> None:
    """Mark the steps that the run has passed over (``--tags``, or marked as done): they neither wait nor have failed.

    Args:
        once: names of the steps that are done once in a run.
    """
    goals = [place for place, step in enumerate(steps) if step["name"] in run.goals]
    for place, step in enumerate(steps):
        if step["state"] not in (WAITING, FAILED) or (run.is_open and place in goals):
            continue
        later = [goal for goal in goals if goal > place]
        ahead = next((goal for goal in later if steps[goal]["state"] != DONE), None)
        if ahead is None:
            passed = not run.is_open or bool(later)
        else:
            after = [(each["name"] in once, each["state"] != WAITING) for each in steps[place + 1 : ahead + 1]]
            between = [begun for is_once, begun in after if is_once]
            overtaken = step["state"] == WAITING and not any(between[:1])
            overtaken &= [*filter(any, after)][:1] == [(False, True)]
            # what is done for every import may still be needed for the next one
            passed = any(between) if step["name"] in once else overtaken or all(between[:-1] or [False])
        if passed:
            step["state"] = LEFT_OUT


def _interrupt(steps: list[Facts], run: record.Run, is_carried_out: bool) -> None:
    """Tell steps that nobody carries out any more from those that run.

    Args:
        is_carried_out: whether a controller has the run; what failed before still has its step begun.
    """
    failed = (run.failure or {}).get("at", "")
    for step in steps:
        for attempt in step["attempts"][-1:]:
            if attempt["state"] == STARTED and not (is_carried_out and attempt["began"] > failed):
                attempt["state"] = step["state"] = INTERRUPTED
                attempt["ended"] = failed if failed >= attempt["began"] else None


def _changes(steps: list[Facts]) -> Iterator[Facts]:
    for step in steps:
        for attempt in step["attempts"]:
            for verb, what in attempt["did"]:
                yield {"at": attempt["ended"] or attempt["began"], "verb": verb, "what": what}


def _controller(context: Context, params: Mapping[str, Any]) -> Facts | None:
    found = lock.read(context, params["environment"])
    if found is None or not lock.is_held(context, found):
        return None
    return {"holder": found.holder.text, "since": found.since}


def _unattended(context: Context, environment: str) -> Facts:
    """Say until when the fleet lives without a controller."""
    return asdict(outlook.read(context, environment))


def _unwatched(unattended: Facts | None, run: record.Run, now: datetime) -> Iterator[str]:
    """Say what of the fleet's hours is not known: EC2 had forgotten the instances when a controller came back."""
    for fired in unattended["fired"] if unattended and unattended["run"] == run.id else []:
        back = moment(fired["raised"]) if fired.get("raised") else now
        if fired["at"] is None or back - moment(fired["at"]) > FORGETS_AFTER:
            until = at(fired["at"]) if fired["at"] else "the dead man's switch ended it"
            yield f"what the fleet cost from {at(fired['since'])}, when no controller watched it, until {until}"


def _fired(unattended: Facts | None, run: record.Run) -> Iterator[Facts]:
    """Give when the dead man's switch ended the run's fleet, as changes."""
    known = unattended if unattended and unattended["run"] == run.id else {"fired": []}
    for fired in known["fired"]:
        what = fired_sentence(known["group"], fired)
        yield {"at": fired["at"] or fired["since"], "verb": "changed", "what": what}


def _queue(context: Context, params: Mapping[str, Any]) -> Facts:
    depth = job_queue.read_depth(context, job_queue.queue_url(context, params["queue"]))
    counts = {"waiting": depth.waiting, "in_flight": depth.in_flight, "delayed": depth.delayed}
    return {"name": params["queue"], **counts}


def _workers(context: Context, params: Mapping[str, Any]) -> Facts | None:
    name = Names(params["environment"]).service
    service = services.read(context, params["cluster"], name)
    if service is None:
        return None
    counts = {name: service[f"{name}Count"] for name in ("running", "pending", "desired")}
    return {"service": name, **counts}


def _estimate(context: Context, environment: str, run: record.Run) -> Facts | None:
    name = store.name_of(environment, "estimate")
    return estimate.facts(store.read(context, [name]).get(name), run.id)


def _image(context: Context, params: Mapping[str, Any]) -> str | None:
    """Give the image of the application's container, of the family's newest revision."""
    answer = context.client("ecs").describe_task_definition(taskDefinition=params["family"])
    image: str | None = container_definition(answer["taskDefinition"], params["container"]).get("image")
    return image
