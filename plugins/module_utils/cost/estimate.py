# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run will cost, estimated before it begins and kept in ``/climate.ingest/<environment>/estimate``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.context import Context
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import NO_RUN
from ..database.original import Original
from ..database.state import describe_now
from ..ecs import capacity_fit
from ..fleet import launch_source, spot_prices
from ..fleet.standing import launches, rest
from ..job_queue.dataset import of_import
from ..record import sections, store
from ..record.catalogue import EACH, TOGETHER
from ..record.entry import step_of
from ..record.imports import IMPORT_SPEC, OF_PLAYBOOK, Import, of_playbook, read_imports
from ..record.job_key import DEFAULT, KEY_SPEC
from ..record.steps import STEP_SPEC
from . import cost
from .arithmetic import Fleet, Sum, Work, sentences

PLAN = "plan/estimate"
FACTS = ("at", "usd_low", "usd_high", "hours", "fleet_usd_per_hour", "database_usd_per_hour", "basis")


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Estimate what the drains that are going to run will cost, once a run; the parameters are the module's.

    In check mode it is left to the plan, which knows of fleet, workers and database from the steps between.
    """
    environment = params["environment"]
    imports, together = (
        of_playbook(params["playbook"], read_imports(params["imports"] or [], params.get("job_key") or DEFAULT)),
        params["drain"] == TOGETHER,
    )
    chosen = sections.Selection(params["playbook"], params["tags"], params["skip_tags"], imports, together).parts()
    drained = _drained(imports, together, chosen)
    if not drained:
        return Result(values={"message": "nothing that is billed by the hour will run"})
    estimate = store.name_of(environment, "estimate")
    series = [store.name_of(environment, "drains", step_of(each.name, "drain")) for each in imports]
    known = store.read(context, [estimate, *series])
    kept = known.get(estimate)
    pace_now = 1 / params["measured_minutes"] if params.get("measured_minutes") else None
    if kept and kept["run"] == context.run_id and pace_now is None:
        if context.check_mode:
            context.preview.predict(PLAN, {"kept": kept})
        return _report(context, kept)
    measured = [known[name] for name in series if name in known]
    work = Work([sum(map(_jobs, each)) for each in drained], params["job_minutes"], pace_now or pace(measured))
    work = replace(work, measured="by the canary") if pace_now else work
    desired = params["database_class"] if sections.either("database", chosen) else ""
    if context.check_mode:
        context.preview.predict(PLAN, {"work": work.document(), "database_class": desired})
        return Result(values={"predicted": True})
    found = _sum(context, params, work, desired).estimate(context.now())
    if context.run_id != NO_RUN:
        store.write(context, estimate, {"run": context.run_id, **found})
    return _report(context, found)


def pace(drains: Sequence[Mapping[str, Any]]) -> float | None:
    """Give how many jobs a worker did in a minute, from what is kept of the last drains; None without any."""
    done = sum(each.get("done", 0) for each in drains)
    minutes = sum(each.get("worker_minutes", 0.0) for each in drains)
    return done / minutes if done > 0 and minutes > 0 else None


def facts(kept: Mapping[str, Any] | None, run_id: str) -> dict[str, Any] | None:
    """Give the ``estimate`` of the facts of a run from what is kept; None if that is of another run."""
    return {name: kept[name] for name in FACTS} if kept and kept["run"] == run_id else None


def extra_price(region: str, database: Mapping[str, Any], desired: str) -> cost.Extra:
    """Give what the desired class costs more than the one the database has without a run.

    Args:
        database: an element of DescribeDBInstances.
        desired: the class during the import; empty: none.
    """
    known = Original.of(database)
    original = known.name if known else database["DBInstanceClass"]
    engine, multi_az = database.get("Engine", ""), bool(database.get("MultiAZ"))
    return cost.extra_price(region, desired or original, original, engine, multi_az)


def _drained(imports: Sequence[Import], together: bool, chosen: Collection[str]) -> list[list[Import]]:
    """Group the imports by the drains that will run."""
    if together:
        first = step_of(imports[0].name, "drain") if imports else ""
        return [list(imports)] if first in chosen else []
    return [[each] for each in imports if step_of(each.name, "drain") in chosen]


def _jobs(each: Import) -> int:
    return of_import(each).jobs


def _sum(context: Context, params: Mapping[str, Any], work: Work, desired: str) -> Sum:
    """Look the prices up, and how many workers fit on the fleet."""
    ec2, types, count = context.client("ec2"), params["instance_types"], params["instance_count"]
    region = ec2.meta.region_name
    noted: dict[str, Any] = {"count": count}
    if params.get("fleet_group"):
        found = launches.of_group(context, rest.existing(context, params["fleet_group"]))
        types = found.types
        noted |= {"prices": found.prices(context), "is_spot": found.is_spot}
    else:
        zones = launch_source.zones(context, params["cluster"])
        noted |= {"prices": spot_prices.current_prices(ec2, types, zones), "max_price": params.get("max_price")}
    need = capacity_fit.Need(memory=params["worker_task_memory"] or params["worker_memory"], cpu=0)
    described = capacity_fit.describe_types(context, types) if types else {}
    fits = capacity_fit.fit_types(params["worker_count"], need, described, count).fits if types else None
    fleet = Fleet.noted({**noted, "types": types}, region)
    extra = extra_price(region, describe_now(context, params["database"]), desired) if desired else cost.NOTHING_MORE
    workers = None if fits is None else min(fits, params["worker_count"])
    return Sum(work, workers, fleet, extra, region)


def _report(context: Context, estimate: Mapping[str, Any]) -> Result:
    lines = sentences(estimate)
    for line in lines:
        context.progress.line(line)
    shown = {name: value for name, value in estimate.items() if name != "run"}
    return Result(values={"message": lines[0], "estimate": shown})


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "playbook": {"type": "str", "choices": list(OF_PLAYBOOK), "default": "populate"},
        "tags": {"type": "list", "elements": "str", "default": []},
        "skip_tags": {"type": "list", "elements": "str", "default": []},
        "imports": {"type": "list", "elements": "dict", "options": IMPORT_SPEC},
        "job_key": KEY_SPEC,
        "drain": {"type": "str", "choices": [EACH, TOGETHER], "default": EACH},
        "job_minutes": {"type": "int", "default": 60},
        "measured_minutes": {"type": "float"},
        "instance_types": {"type": "list", "elements": "str", "default": ["m4.2xlarge"]},
        "fleet_group": {"type": "str"},
        "instance_count": {"type": "int", "default": 20},
        "max_price": {"type": "str"},
        "worker_count": {"type": "int", "default": 200},
        "worker_task_memory": {"type": "int", "default": 8192},
        "worker_memory": {"type": "int", "default": 8192},
        "database": {"type": "str", "required": True},
        "database_class": {"type": "str", "default": "db.m4.xlarge"},
    },
    recorded=True,
    services=("autoscaling", "ec2", "ecs", "rds", "ssm"),
)
