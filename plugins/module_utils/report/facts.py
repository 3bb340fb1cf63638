# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of an environment's open or last run, as status shows them and the report draws them; reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError
from ..core.names import Names
from ..core.run import DONE, STARTED
from ..core.secrets import container_definition
from ..cost import cost, estimate, fleet_usage
from ..database import classes as database_classes
from ..database.state import describe_now
from ..database.storage import is_aurora
from ..ecs import services
from ..failed_jobs import record as failed_record
from ..job_queue import depth as job_queue
from ..record import lock, record, store
from ..record.catalogue import CATALOGUE, Catalogue
from ..workers import series

VERSION = "0.1.0"  # of the collection: that of galaxy.yml

SCHEMA = 1
WAITING = "waiting"

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

    names = catalogue.of_run(run.goals, {*known.steps, *drains})
    steps = [_step(name, catalogue.title(name), known.steps.get(name), drains) for name in names]
    database = look("database", partial(_database, context, params))
    usage = look("fleet", lambda: fleet_usage.observe(context, environment, run, write=False))
    usage = usage or fleet_usage.nothing(run)
    classes = cost.Database(database_classes.history(run, known.steps))
    spent = look("spot prices", lambda: cost.of_run(context, usage, classes))
    spent = spent or cost.compute(usage, {}, context.client("ec2").meta.region_name, classes)
    return {
        "schema": SCHEMA,
        "environment": environment,
        "generated_at": context.now().isoformat(timespec="seconds"),
        "run": _run(run),
        "controller": look("controller", partial(_controller, context, params)),
        "steps": steps,
        "drains": sorted(({"step": name, **drain} for name, drain in drains.items()), key=lambda each: each["times"]),
        "fleet": spent.fleet,
        "cost": spent.facts(_estimate(context, environment, run)),
        "failed_jobs": [job.as_fact() for job in failed_record.read_all(context, environment, run.id)],
        "changes": sorted(_changes(steps), key=lambda change: change["at"]),
        "queue": look("queue", partial(_queue, context, params)),
        "workers": look("workers", partial(_workers, context, params)),
        "instances": usage.states,
        "database": database,
        "next": [step["name"] for step in steps if step["state"] != DONE] if run.is_open else [],
        "versions": {
            "climate.ingest": VERSION,
            **context.versions,
            "application": look("application", partial(_image, context, params)),
        },
        "unreadable": unreadable,
    }


def _run(run: record.Run) -> Facts:
    fields = ("id", "state", "opened_at", "opened_by", "requested", "goals")
    shown = {name: getattr(run, name) for name in fields}
    return {**shown, "closed_at": run.closed_at or None, "failure": run.failure or None}


def _step(name: str, title: str, step: record.Step | None, drains: Mapping[str, Any]) -> Facts:
    tries = [*step.earlier, step.as_attempt()] if step else []
    state = step.state if step else WAITING
    if step is None and name in drains:  # it is written down when it ends; its series tells that it goes on
        state = STARTED
        tries = [{"began": drains[name]["times"][0], "state": STARTED}]
    empty: Facts = {"ended": None, "exit_code": None, "task": "", "note": "", "did": [], "facts": {}}
    attempts = [{**empty, **each, "ended": each.get("ended") or None} for each in tries]
    return {
        "name": name,
        "title": title,
        "state": state,
        "attempts": attempts,
        "command": (step.command if step else "") or None,
        "log": (step.log if step else {}) or None,
    }


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


def _database(context: Context, params: Mapping[str, Any]) -> Facts:
    found = describe_now(context, params["database"])
    return {
        "name": params["database"],
        "class": found["DBInstanceClass"],
        "storage_gb": None if is_aurora(found) else found["AllocatedStorage"],
        "status": found["DBInstanceStatus"],
    }


def database_text(database: Facts) -> str:
    """Write what ``database`` of the facts says; Aurora's storage has no size."""
    storage = [] if database["storage_gb"] is None else [f"{database['storage_gb']} GB"]
    return f"{database['name']}: {', '.join([database['class'], *storage, database['status']])}"


def _estimate(context: Context, environment: str, run: record.Run) -> Facts | None:
    name = store.name_of(environment, "estimate")
    return estimate.facts(store.read(context, [name]).get(name), run.id)


def _image(context: Context, params: Mapping[str, Any]) -> str | None:
    """Give the image of the application's container, of the family's newest revision."""
    answer = context.client("ecs").describe_task_definition(taskDefinition=params["family"])
    image: str | None = container_definition(answer["taskDefinition"], params["container"]).get("image")
    return image
