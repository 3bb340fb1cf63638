# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run cost: a figure of its parts beside the estimate, and the table of hours and dollars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..core import text as say
from .html import Html, join, table, tag
from .vega import Figure, Mark, Panel, Spec, base

Cost = Mapping[str, Any]
_ROW = {"field": "name", "type": "nominal", "axis": None}


class Part(NamedTuple):
    """Something that is paid for: what, for how many hours, and USD (None: unknown)."""

    name: str
    hours: float
    usd: float | None


def parts(cost: Cost) -> list[Part]:
    """Give what is paid for."""
    fleet = [Part(f"Spot instances {part['instance_type']}", part["hours"], part["usd"]) for part in cost["fleet"]]
    return fleet + [
        Part(f"Database {part['class']} instead of {part['instead_of']}", part["hours"], part["usd"])
        for part in cost["database"]
    ]


def known(cost: Cost) -> float:
    """Give the sum of what is known, USD."""
    return sum(part.usd for part in parts(cost) if part.usd is not None)


def total(cost: Cost) -> str:
    """Say what it cost, or at least how much of it is known."""
    if cost["total"] is not None:
        return say.money(cost["total"])
    return f"unknown, at least {say.money(known(cost))}" if known(cost) else say.UNKNOWN


def estimated(cost: Cost) -> str:
    """Say what it was estimated to cost; empty without an estimate."""
    estimate = cost["estimate"]
    if not estimate:
        return ""
    low, high = estimate["usd_low"], estimate["usd_high"]
    if low is None or high is None:
        return say.UNKNOWN
    return f"{say.amounts(low, high)} USD"


def against(cost: Cost, complete: bool) -> str:
    """Compare the total with the estimate; empty where one of them is unknown."""
    estimate, amount = cost["estimate"], cost["total"]
    if not estimate or amount is None or estimate["usd_low"] is None or estimate["usd_high"] is None:
        return ""
    if amount > estimate["usd_high"]:
        return f"{say.money(amount - estimate['usd_high'])} above the estimate"
    if not complete:
        return "not above the estimate so far"
    return "within the estimate" if amount >= estimate["usd_low"] else "below the estimate"


def sentence(facts: Mapping[str, Any]) -> str:
    """Say the numbers that matter."""
    cost = facts["cost"]
    if not parts(cost) and cost["total"] is None:
        text = "Nothing that costs money is known yet"
    else:
        each = [f"{name} {say.money(usd)} in {say.number(hours)} hours" for name, hours, usd in parts(cost)]
        text = f"Total {total(cost)}" + (f": {say.listed(each)}" if each else "")
    text += f"; the estimate was {estimated(cost)}" if cost["estimate"] else "; there is no estimate"
    standing = against(cost, facts["run"]["state"] == "complete")
    return text + (f": {standing}." if standing else ".")


def draw(facts: Mapping[str, Any]) -> Figure:
    """Draw the parts, the total and the estimate."""
    cost = facts["cost"]
    rows = [_bar(part.name, 0.0, part.usd, "part", say.money(part.usd)) for part in parts(cost)]
    estimate = cost["estimate"]
    if rows:
        amount = cost["total"] if cost["total"] is not None else known(cost)
        rows.append(_bar("Total", 0.0, amount, "total", total(cost)))
    if estimate and estimate["usd_high"] is not None and estimate["usd_low"] is not None:
        rows.append(_bar("Estimate", estimate["usd_low"], estimate["usd_high"], "estimate", estimated(cost)))
    if not any(row["to"] for row in rows):
        return Figure("cost", "Cost (USD)", sentence(facts))
    columns = {key: [row[key] for row in rows] for key in ("name", "from", "to", "kind", "note")}
    legend = [Mark("part", "grey", "solid"), Mark("total", "blue", "solid")] if parts(cost) else []
    if rows[-1]["kind"] == "estimate":
        legend.append(Mark("estimate, low to high", "orange", "hollow", (4, 3)))
    return Figure(
        "cost", "Cost (USD)", sentence(facts), [Panel("cost-0", None, _spec(columns["name"]), columns)], legend
    )


def _bar(name: str, start: float, end: float | None, kind: str, note: str) -> dict[str, Any]:
    return {"name": name, "from": start, "to": end, "kind": kind, "note": note}


def _spec(names: Sequence[str]) -> Spec:
    kinds = {"domain": ["part", "total", "estimate"], "range": ["var(--grey)", "var(--blue)", "var(--surface)"]}
    estimate = {"test": "datum.kind === 'estimate'"}
    axis = {"title": None, "format": ",f", "tickCount": {"expr": "max(2, floor(width / 80))"}, "grid": True}
    bars = {
        "transform": [{"filter": "isValid(datum.to)"}],
        "mark": {"type": "bar", "height": 12, "yOffset": 8, "strokeWidth": 1.5},
        "encoding": {
            "y": {**_ROW, "scale": {"domain": list(names), "paddingInner": 0}},
            "x": {"field": "from", "type": "quantitative", "axis": axis, "scale": {"zero": True}},
            "x2": {"field": "to"},
            "fill": {"field": "kind", "type": "nominal", "scale": kinds, "legend": None},
            "stroke": {"condition": [{**estimate, "value": "var(--orange)"}], "value": None},
            "strokeDash": {"condition": [{**estimate, "value": [4, 3]}], "value": [1, 0]},
            "tooltip": [{"field": "name", "title": "part"}, {"field": "note", "title": "cost"}],
        },
    }
    mark = {"type": "text", "baseline": "middle", "yOffset": -8}
    return base(
        40 * len(names),
        [
            bars,
            {
                "mark": {**mark, "align": "left", "limit": {"expr": "width - 12 - 6.6 * length(datum.note)"}},
                "encoding": {"y": _ROW, "x": {"value": 0}, "text": {"field": "name"}},
            },
            {
                "mark": {**mark, "align": "right", "color": "var(--soft)", "limit": {"expr": "width"}},
                "encoding": {"y": _ROW, "x": {"value": "width"}, "text": {"field": "note"}},
            },
        ],
    )


def details(cost: Cost) -> Html:
    """Make the table of parts with what is unknown and what the estimate rests on."""
    rows: list[list[object]] = [[name, say.number(hours), _usd(usd)] for name, hours, usd in parts(cost)]
    rows.append([tag("strong", "Total"), "", tag("strong", _usd(cost["total"]))])
    if cost["estimate"]:
        rows.append(["Estimate", say.number(cost["estimate"]["hours"]), estimated(cost).removesuffix(" USD")])
    made = table([("Part", ""), ("Hours", "number"), ("USD", "number")], rows, "Cost by part")
    return join(made, *[tag("p", note, class_="note") for note in notes(cost)])


def _usd(usd: float | None) -> str:
    return say.money(usd).removesuffix(" USD")


def notes(cost: Cost) -> list[str]:
    """Say what is unknown, of when the prices are, and what the estimate rests on."""
    found = [f"Unknown: {reason}." for reason in (reason.rstrip(".") for reason in cost["unknown"])]
    if cost["total"] is None and parts(cost) and known(cost):
        found.append(f"What is known of the total is {say.money(known(cost))}.")
    if cost["prices_of"]:
        found.append(
            f"On-demand prices are those of {cost['prices_of']}. "
            "Of the database, only what the larger class costs more is counted."
        )
    estimate = cost["estimate"]
    if estimate:
        found.append(f"Estimated on {say.at(estimate['at'])}: {estimate['basis'].rstrip('.')}.")
        found += _hourly(estimate)
    return found


def _hourly(estimate: Mapping[str, Any]) -> list[str]:
    fleet, database = estimate["fleet_usd_per_hour"], estimate["database_usd_per_hour"]
    rates = []
    if fleet:
        span = say.money(fleet[0]) if fleet[0] == fleet[1] else f"{_usd(fleet[0])} to {say.money(fleet[1])}"
        rates.append(f"{span} an hour for the fleet")
    if database is not None:
        rates.append(f"{say.money(database)} an hour for the larger database")
    return [f"The estimate counts {say.listed(rates)}."] if rates else []
