# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The figures of the fleet: its instances and their spot prices, by instance type and zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core import text
from .times import Stretch, places
from .vega import COLOURS, DASHES, Figure, Mark, Panel, Series, lines, stacked

OTHERS = "grey"


def draw(facts: Mapping[str, Any], axes: Sequence[Stretch]) -> list[Figure]:
    """Draw the instances and the prices; a type and zone has the same colour in both."""
    series = _series(facts["fleet"])
    return [_instances(facts["fleet"], axes, series), _prices(facts["fleet"], axes, series)]


def _series(fleet: Mapping[str, Any]) -> dict[str, Series]:
    """Give those with the most instance hours the colours, the others grey."""
    hours = {name: sum(filter(None, counts)) for name, counts in fleet["instances"].items()}
    ranked = sorted({*hours, *fleet["prices"]}, key=lambda name: (-hours.get(name, 0), name))
    return {
        name: Series(f"s{place}", name, (*COLOURS, OTHERS)[min(place, len(COLOURS))], DASHES[place % len(DASHES)])
        for place, name in enumerate(ranked)
    }


def _instances(fleet: Mapping[str, Any], axes: Sequence[Stretch], series: Mapping[str, Series]) -> Figure:
    heading = "Spot instances (average number)"
    own = [each for name, each in series.items() if any(fleet["instances"].get(name, []))]
    if not own:
        return Figure("instances", heading, "No spot instance has run yet.")
    counts = [fleet["instances"][each.label] for each in own]
    totals = [sum(filter(None, at_once)) for at_once in zip(*counts, strict=True)]
    by_one = text.listed(
        [f"{each.label} {text.number(max(filter(None, of)))}" for each, of in zip(own, counts, strict=True)]
    )
    sentence = f"At most {text.number(max(totals))} instances at once; at most by type and zone: {by_one}."
    panels = [
        Panel(f"instances-{index}", axis, stacked(axis, own), columns)
        for index, axis in enumerate(axes)
        if (columns := _columns(fleet, fleet["instances"], own, axis))["t"]
    ]
    return Figure("instances", heading, sentence, panels, _legend(own, "solid"))


def _prices(fleet: Mapping[str, Any], axes: Sequence[Stretch], series: Mapping[str, Series]) -> Figure:
    heading = "Spot prices (USD an hour)"
    known = {name: [price for price in prices if price is not None] for name, prices in fleet["prices"].items()}
    own = [each for name, each in series.items() if known.get(name)]
    parts = []
    for each in own:
        low, high = min(known[each.label]), max(known[each.label])
        part = f"{each.label} {low:.3f}" + (f" to {high:.3f}" if high > low else "")
        gaps = len(fleet["prices"][each.label]) - len(known[each.label])
        parts.append(part + (" (unknown for a part of the time)" if gaps else ""))
    sentence = f"USD an hour: {text.listed(parts)}." if parts else "No spot price is known."
    unknown = [name for name in series if not known.get(name)]
    if unknown and parts:
        sentence += f" No price is known for {text.listed(unknown)}."
    panels = []
    for index, axis in enumerate(axes if own else ()):
        columns = _columns(fleet, fleet["prices"], own, axis)
        if any(price is not None for each in own for price in columns[each.key]):
            spec = lines(axis, own, len(columns["t"]), True, False, ",.4~f")
            panels.append(Panel(f"prices-{index}", axis, spec, columns))
    return Figure("prices", heading, sentence, panels, _legend(own, "line"))


def _columns(
    fleet: Mapping[str, Any], values: Mapping[str, Sequence[Any]], series: Sequence[Series], axis: Stretch
) -> dict[str, list[Any]]:
    """Take the buckets of a stretch, and the end of the last one: a value holds until there."""
    kept = places(fleet["times"], axis)
    columns = {"t": [text.epoch(fleet["times"][place]) for place in kept]}
    columns |= {each.key: [values[each.label][place] for place in kept] for each in series}
    if kept:
        columns["t"].append(columns["t"][-1] + fleet["width_seconds"] * 1000)
        for each in series:
            columns[each.key].append(columns[each.key][-1])
    return columns


def _legend(series: Sequence[Series], kind: str) -> list[Mark]:
    dashed = kind == "line"
    return [Mark(each.label, each.colour, kind, each.dash if dashed else ()) for each in series]
