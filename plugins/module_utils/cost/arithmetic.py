# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arithmetic of an estimate: hours from jobs, workers and how long a job takes; money from hours and prices.

Not in it: the minutes in which instances boot and the class of the database changes, and what comes after the drains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ..core.text import amount, amounts, count, duration
from ..fleet import spot_prices
from . import prices as on_demand_prices
from .cost import DIGITS, Extra


@dataclass(frozen=True)
class Work:
    """What there is to do.

    Attributes:
        jobs: of each drain; one begins when the one before has ended.
        job_minutes: the longest a job takes.
        pace: jobs a worker does in a minute, as measured; None: never measured.
        measured: when it was.
    """

    jobs: list[int]
    job_minutes: int
    pace: float | None
    measured: str = "in the last drain"

    def document(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return asdict(self)

    def hours(self, workers: int) -> float:
        """Compute how long that many workers take."""
        if self.pace:
            return sum(jobs / self.pace / min(workers, jobs) for jobs in self.jobs if jobs) / 60
        return sum(-(-jobs // workers) * self.job_minutes for jobs in self.jobs) / 60

    def basis(self, workers: int | None) -> str:
        """Write what the hours are computed from."""
        jobs = count(sum(self.jobs), "job")
        at_once = f"{count(workers, 'worker')} at once" if workers else "an unknown number of workers"
        if self.pace:
            pace = f"{self.pace:,.0f}" if self.pace >= 100 else f"{self.pace:.3g}"
            return f"from {jobs}, {at_once}, {pace} jobs per worker and minute as measured {self.measured}"
        return f"at most, from {jobs} of {count(self.job_minutes, 'minute')} each (ingest_job_minutes), {at_once}"


@dataclass(frozen=True)
class Fleet:
    """The instances that work, and what they may cost.

    Attributes:
        types, count: one of these types, or several of them, make up the count.
        prices: spot prices, US dollars an hour, of each type and zone.
        max_price: the bid as the operator gives it.
        is_spot: whether they are spot instances; else ``prices`` are those on demand.
    """

    types: Sequence[str]
    count: int
    prices: Sequence[float]
    max_price: str | None = None
    is_spot: bool = True

    @classmethod
    def noted(cls, known: Mapping[str, Any], region: str) -> Fleet:
        """Read what predicted_fleet notes for the plan; of instances on demand it notes no prices."""
        is_spot = bool(known.get("is_spot", True))
        prices = [each["price"] for each in known["prices"]]
        if not is_spot:
            asked = [on_demand_prices.instance_price(region, kind) for kind in known["types"]]
            prices = [] if None in asked else [each for each in asked if each is not None]
        return cls(known["types"], known["count"], prices, known.get("max_price"), is_spot)

    def an_hour(self) -> list[float] | None:
        """Give the least and the most it costs an hour at these prices; None where there are none."""
        if not self.prices:
            return None
        figure, _multiple = spot_prices.parse_bid(self.max_price)
        return [self.count * min(price, figure or price) for price in (min(self.prices), max(self.prices))]

    def never_more(self, region: str) -> float | None:
        """Give the most it can cost an hour, however spot prices move; None where that is not known.

        EC2 takes an instance back rather than charge more than its maximum price, by default the price on demand.
        """
        figure, multiple = spot_prices.parse_bid(self.max_price)
        if figure:
            return figure * self.count
        prices = [on_demand_prices.instance_price(region, kind) or 0.0 for kind in self.types]
        return None if multiple or not prices or not all(prices) else max(prices) * self.count


@dataclass(frozen=True)
class Sum:
    """An estimate.

    Attributes:
        workers: how many run at once; None where that is not known.
        fleet: None where none is raised.
        extra: what the larger class of the database costs more an hour.
    """

    work: Work
    workers: int | None
    fleet: Fleet | None
    extra: Extra
    region: str

    def estimate(self, now: datetime) -> dict[str, Any]:
        """Give the ``estimate`` of the facts of a run; with ``unknown`` and the fleet's ``never_more``."""
        hours = self.work.hours(self.workers) if self.workers else None
        an_hour = self.fleet.an_hour() if self.fleet else None
        low, high = self._usd(hours, an_hour)
        return {
            "at": now.isoformat(timespec="seconds"),
            "usd_low": low,
            "usd_high": high,
            "hours": _rounded(hours),
            "fleet_usd_per_hour": an_hour and [_rounded(each) for each in an_hour],
            "database_usd_per_hour": _rounded(self.extra.usd),
            "basis": self.work.basis(self.workers),
            "unknown": self._unknown(an_hour),
            "never_more": _rounded(self.fleet.never_more(self.region)) if self.fleet else None,
            **({"on_demand": True} if self.fleet and not self.fleet.is_spot else {}),
        }

    def _usd(self, hours: float | None, an_hour: list[float] | None) -> list[float | None]:
        if hours is None or an_hour is None or self.extra.usd is None:
            return [None, None]
        return [_rounded(hours * (each + self.extra.usd)) for each in an_hour]

    def _unknown(self, an_hour: list[float] | None) -> list[str]:
        if self.fleet is None:
            return ["these sections raise no fleet", *self.extra.unknown]
        types = " or ".join(self.fleet.types) or "the types that the group chooses"
        kind = "spot price" if self.fleet.is_spot else "price on demand"
        missing = [] if an_hour else [f"no {kind} is known for {types} in {self.region}"]
        return [*missing, *self.extra.unknown]


def sentences(estimate: Mapping[str, Any]) -> list[str]:
    """Write an estimate: how long and how much, then its parts."""
    hours, low, high = (estimate[name] for name in ("hours", "usd_low", "usd_high"))
    long = "unknown hours" if hours is None else duration(hours * 3600)
    much = "unknown cost" if low is None else f"{amounts(low, high)} USD"
    lines = [f"{long}, {much}: {estimate['basis']}"]
    fleet, database, limit = (estimate[name] for name in ("fleet_usd_per_hour", "database_usd_per_hour", "never_more"))
    parts = (
        [
            f"{'instances on demand' if estimate.get('on_demand') else 'spot instances'} {amounts(*fleet)}"
            + (f" (never more than {amount(limit)})" if limit else "")
        ]
        if fleet
        else []
    )
    parts += [f"the larger database {amount(database)}"] if database else []
    if parts:
        lines.append(f"USD an hour: {', '.join(parts)}")
    return [*lines, *estimate["unknown"]]


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
