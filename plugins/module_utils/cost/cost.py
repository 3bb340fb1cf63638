# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run has cost: its spot instances at the prices of the hour, and what the larger class of the database adds.

Not in it: disks, storage of the database, data transfer, and what AWS bills at least (60 seconds of an instance, 10
minutes of a class).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..core.context import Context
from ..fleet import spot_prices
from ..record.record import Run
from . import fleet_usage
from . import prices as on_demand_prices
from .fleet_usage import Usage

CURRENCY = "USD"
HOUR = 3600.0
DIGITS = 4  # of a dollar; the fleet of a short run costs cents
PRICES_LAST = 600.0  # seconds; spot prices change every few hours

History = Mapping[tuple[str, str], spot_prices.Steps]
Changes = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Database:
    """What class the database had when.

    Attributes:
        changes: ISO 8601 time and class, in order; the first is the class it had before the run.
        until: when what is counted ends, if the last class is not that one again.
        engine: as RDS names it.
        multi_az: it has a standby.
    """

    changes: Changes = ()
    until: datetime | None = None
    engine: str = on_demand_prices.ENGINE
    multi_az: bool = False


@dataclass(frozen=True)
class Extra:
    """What a class of the database costs more an hour: US dollars, None when not known, and what is not known."""

    usd: float | None
    unknown: tuple[str, ...] = ()


NOTHING_MORE = Extra(0.0)


@dataclass
class Cost:
    """What a run has cost, part by part.

    Attributes:
        fleet: the ``fleet`` of the facts of a run.
        parts: the fleet's and the database's parts of ``cost``.
        unknown: sentences about prices that are not known.
    """

    fleet: dict[str, Any]
    parts: dict[str, list[dict[str, Any]]]
    unknown: list[str] = field(default_factory=list)

    @property
    def total(self) -> float | None:
        """US dollars; None when a part is unknown."""
        amounts = [each["usd"] for part in self.parts.values() for each in part]
        return None if self.unknown else round(sum(amounts), DIGITS)

    def facts(self, estimate: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Give the ``cost`` of the facts of a run."""
        return {
            "currency": CURRENCY,
            **self.parts,
            "total": self.total,
            "unknown": self.unknown,
            "prices_of": on_demand_prices.PRICES_OF,
            "estimate": dict(estimate) if estimate else None,
        }


def of_run(context: Context, usage: Usage, database: Database | None = None) -> Cost:
    """Compute what a run has cost; asks AWS for the spot prices of its hours, if it had a fleet."""
    region = context.client("ec2").meta.region_name
    return compute(usage, _history(context, usage), region, database)


def compute(usage: Usage, history: History, region: str, database: Database | None = None) -> Cost:
    """Compute what a run has cost, from the spot prices of its hours."""
    prices = {kind: list(_prices(usage, kind, history, region)) for kind in sorted(usage.kinds)}
    unknown = [
        f"no {'' if kind.endswith(fleet_usage.ON_DEMAND) else 'spot '}price is known for {kind.replace(' ', ' in ', 1)}"
        for kind in prices
        if any(price is None and used for price, used in zip(prices[kind], usage.seconds(kind), strict=True))
    ]
    cost = Cost(_fleet(usage, prices), {"fleet": _by_type(usage, prices), "database": []}, unknown)
    if database:
        _add_database(cost, database, region, usage.until)
    return cost


class Meter:
    """Computes what a run has cost so far at each look; spot prices are read every ten minutes at most.

    Args:
        context, environment, run: as :func:`fleet_usage.observe` takes them.
        database: the classes the database has had, as far as they are known.
    """

    def __init__(self, context: Context, environment: str, run: Run, database: Database | None = None) -> None:
        self._context, self._environment, self._run, self._database = context, environment, run, database
        self._history: History = {}
        self._known: set[str] = set()
        self._asked_at = 0.0

    def look(self) -> float | None:
        """Observe the fleet; give US dollars, None when a part is unknown."""
        usage = fleet_usage.observe(self._context, self._environment, self._run)
        stale = self._context.clock() - self._asked_at >= PRICES_LAST
        if usage.kinds and (stale or usage.kinds.keys() - self._known):
            self._history = _history(self._context, usage)
            self._known, self._asked_at = set(usage.kinds), self._context.clock()
        return compute(usage, self._history, self._context.client("ec2").meta.region_name, self._database).total


def _history(context: Context, usage: Usage) -> History:
    kinds = [kind.split(" ") for kind in usage.kinds if not kind.endswith(fleet_usage.ON_DEMAND)]
    if not kinds:
        return {}
    types, zones = ({kind[part] for kind in kinds} for part in (0, 1))
    return spot_prices.price_history(
        context.client("ec2"), sorted(types), sorted(zones), usage.start, max(usage.until, usage.start)
    )


def _prices(usage: Usage, kind: str, history: History, region: str) -> Iterator[float | None]:
    """Give the average price of each bucket of a kind."""
    instance_type, zone, *on_demand = kind.split(" ")
    if on_demand:
        yield from [on_demand_prices.instance_price(region, instance_type)] * usage.buckets
        return
    steps = history.get((instance_type, zone), [])
    for index in range(usage.buckets):
        yield spot_prices.average(steps, *usage.span(index))


def _fleet(usage: Usage, prices: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    spans = [usage.span(index) for index in range(usage.buckets)]
    lengths = [(end - begin).total_seconds() for begin, end in spans]
    return {
        "times": [begin.isoformat() for begin, _end in spans],
        "width_seconds": usage.width,
        "instances": {
            kind: [round(each / length, 3) for each, length in zip(usage.seconds(kind), lengths, strict=True)]
            for kind in prices
        },
        "prices": {kind: list(each) for kind, each in prices.items()},
    }


def _by_type(usage: Usage, prices: Mapping[str, Sequence[float | None]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for kind, each in prices.items():
        name = kind.partition(" ")[0]
        part = found.setdefault(name, {"instance_type": name, "hours": 0.0, "usd": 0.0})
        part["hours"] += sum(usage.kinds[kind]) / HOUR
        used = [(price, seconds) for price, seconds in zip(each, usage.seconds(kind), strict=True) if seconds]
        if part["usd"] is None or any(price is None for price, _seconds in used):
            part["usd"] = None
        else:
            part["usd"] += sum((price or 0) * seconds for price, seconds in used) / HOUR
    return [_rounded(part) for part in found.values()]


def _add_database(cost: Cost, database: Database, region: str, now: datetime) -> None:
    """Add what each class adds to the one the database had before, for as long as it had it."""
    times = [datetime.fromisoformat(at) for at, _class in database.changes]
    ends = [*times[1:], database.until or now]
    original = database.changes[0][1] if database.changes else ""
    hours: dict[str, timedelta] = {}
    for (_at, name), begin, end in zip(database.changes, times, ends, strict=False):
        if name != original:
            hours[name] = hours.get(name, timedelta()) + max(end - begin, timedelta())
    for name, spent in hours.items():
        extra = extra_price(region, name, original, database.engine, database.multi_az)
        spent_hours = spent.total_seconds() / HOUR
        usd = None if extra.usd is None else extra.usd * spent_hours
        cost.parts["database"].append(
            _rounded({"class": name, "instead_of": original, "hours": spent_hours, "usd": usd})
        )
        cost.unknown += [each for each in extra.unknown if each not in cost.unknown]


def extra_price(
    region: str, db_class: str, original: str, engine: str = on_demand_prices.ENGINE, multi_az: bool = False
) -> Extra:
    """Give what a class costs more than another."""
    if db_class == original:
        return NOTHING_MORE
    names = (db_class, original)
    larger, smaller = (on_demand_prices.database_price(region, name, engine, multi_az) for name in names)
    if larger is not None and smaller is not None:
        return Extra(larger - smaller)
    kind = " (Multi-AZ)" if multi_az else "" if engine == on_demand_prices.ENGINE else f" ({engine})"
    missing = [name for name, price in zip(names, (larger, smaller), strict=True) if price is None]
    return Extra(None, tuple(on_demand_prices.unknown(name + kind, region) for name in missing))


def _rounded(part: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in part.items()}
