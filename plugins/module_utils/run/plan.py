# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan at the end of a check-mode run: what it would change, what that costs, and what will be in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError
from ..core.operation import Operation
from ..core.result import Result
from ..core.text import LABEL, amounts, at, columns, count, duration, row
from ..cost import cost, estimate
from ..cost.arithmetic import Fleet, Sum, Work, sentences
from ..database import statuses, storage
from ..database.checks import pending_changes
from ..database.state import describe_now
from ..fleet import predicted_fleet
from ..job_queue import depth
from ..workers import service

DAY = 86400.0  # seconds

Row = tuple[str, str]
T = TypeVar("T")


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Show the plan of the steps so far, each row labelled; what cannot be read is shown with the reason."""
    rows = context.preview.notes or [("nothing", "would be changed")]
    rows += [("workers", sentence) for _name, sentence in context.preview.below(service.PLAN)]
    for name, fleet in context.preview.below(predicted_fleet.PLAN):
        rows += _fleet(context, name, fleet)
    queue, database = params.get("queue"), params.get("database")
    described = _or_why_not(describe_now, context, database) if database else ""
    estimated = _estimate(context, described)
    rows += [("estimate", estimated)] if estimated else []
    rows += [("queue", _or_why_not(_queue, context, queue))] if queue else []
    rows += [("database", described if isinstance(described, str) else _database(described))] if database else []
    width = max(LABEL, *(columns(label) + 1 for label, _text in rows))
    lines = ["The plan; nothing was changed:", *(line for label, text in rows for line in row(label, text, width))]
    for line in lines:
        context.progress.line(line)
    return Result(values={"plan": lines})


def _fleet(context: Context, name: str, fleet: Mapping[str, Any]) -> list[Row]:
    """Write what the fleet costs; one type, in one zone or another, may make up all of it."""
    types, number, prices = fleet["types"], fleet["count"], fleet["prices"]
    what = f"{number} x {' or '.join(types) or 'instances'} in {name}"
    unattended = ("unattended", _unattended(context, name, fleet.get("unattended_hours") or 0))
    if not fleet.get("is_spot", True):
        an_hour = Fleet.noted(fleet, context.client("ec2").meta.region_name).an_hour()
        much = f"{amounts(*an_hour)} USD an hour for {what}" if an_hour else f"unknown for {what}"
        return [("cost", f"{much}, which may be on demand"), unattended]
    image = [("AMI", fleet["image"])] if fleet.get("image") else []
    if not prices:
        return [*image, ("cost", f"unknown for {what}: AWS gives no spot price of it in these zones"), unattended]
    least, most = (number * choose(each["price"] for each in prices) for choose in (min, max))
    return [
        *image,
        ("spot price", _prices(types, prices)),
        ("cost", f"{amounts(least, most)} USD an hour for {what}, at these prices"),
        unattended,
    ]


def _unattended(context: Context, name: str, hours: int) -> str:
    """Write until when the fleet would live without a controller if it were raised now."""
    if not hours:
        return f"nothing ends {name} without a controller: it bills until somebody removes it"
    until = (context.now() + timedelta(hours=hours)).isoformat()
    return (
        f"without a controller {name} lives {count(hours, 'hour')}, raised now until {at(until)}: the account then sets"
        " it to 0 instances (ingest_unattended_hours)"
    )


def _prices(types: Sequence[str], prices: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for kind in types:
        zones = [f"{each['availability_zone']} {each['price']:.4f}" for each in prices if each["instance_type"] == kind]
        parts.append(f"{kind}: {', '.join(zones)} USD an hour" if zones else f"{kind}: unknown")
    return "; ".join(parts)


def _estimate(context: Context, database: Mapping[str, Any] | str) -> str:
    """Estimate what the run will cost from what the steps predicted, unless that was done when it began."""
    noted = context.preview.get(estimate.PLAN)
    if not noted:
        return ""
    if "kept" in noted:
        return ". ".join(sentences(noted["kept"]))
    fleets = [known for _name, known in context.preview.below(predicted_fleet.PLAN)]
    workers = [count for _name, count in context.preview.below(service.AT_ONCE)]
    region, desired = context.client("rds").meta.region_name, noted["database_class"]
    extra = cost.NOTHING_MORE
    if desired and isinstance(database, str):
        extra = cost.Extra(None, ("no price is known for a database that cannot be read",))
    elif desired and not isinstance(database, str):
        extra = estimate.extra_price(region, database, desired)
    fleet = Fleet.noted(fleets[0], region) if fleets else None
    total = Sum(Work(**noted["work"]), max(workers, default=None), fleet, extra, region)
    return ". ".join(sentences(total.estimate(context.now())))


def _or_why_not(look: Callable[[Context, str], T], context: Context, name: str) -> T | str:
    try:
        return look(context, name)
    except IngestError as error:
        return f"{name}: {error.message}"
    except AWS_ERRORS as error:
        return f"{name}: {explain(error).message}"


def _queue(context: Context, name: str) -> str:
    """Write what the queue holds now, how long it keeps a job, and when one in flight comes back."""
    state = depth.attributes(context, depth.queue_url(context, name))
    visible, in_flight, delayed = (int(state.get(each, 0)) for each in depth.COUNTS.values())
    jobs = visible + in_flight + delayed
    holds = f"{visible} visible, {in_flight} in flight, {delayed} delayed"
    way = f" IN THE WAY of create_jobs: {count(jobs, 'job is', 'jobs are')} queued already." if jobs else ""
    days = f"{int(state[depth.RETENTION]) / DAY:g}"
    return (
        f"{name}: {holds}. Jobs vanish after {days} days (retention); one whose worker died returns after"
        f" {duration(int(state[depth.TIMEOUT]))} (visibility timeout).{way}"
    )


def _database(database: Mapping[str, Any]) -> str:
    """Write what the database is now and what waits in it."""
    name = database["DBInstanceIdentifier"]
    pending, status = pending_changes(database), database["DBInstanceStatus"]
    waits = ", ".join(f"{key}={value}" for key, value in pending.items())
    size = f"{storage.size_text(database)} {'' if storage.is_aurora(database) else database.get('StorageType', '')}"
    way = [] if statuses.is_usable(status) else [f"it is {status}"]
    way += [f"{waits} is pending and would be applied along"] if waits else []
    return f"{name}: {size.rstrip()}, {status}, {'something' if waits else 'nothing'} pending." + (
        f" IN THE WAY: {'; '.join(way)}." if way else ""
    )


OPERATION = Operation(
    run=run,
    argument_spec={"queue": {"type": "str"}, "database": {"type": "str"}},
    services=("rds", "sqs"),
)
