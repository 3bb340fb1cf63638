# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The figures of the drains: what was left in the queue, the workers, and how fast it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core import text as say
from ..record.catalogue import CATALOGUE
from .times import Stretch, places
from .vega import Figure, Mark, Panel, Series, Spec, amount_axis, base, lines, on_time, pointer, time_axis

Drain = Mapping[str, Any]
QUEUE = (Series("left", "left", "blue"), Series("in_flight", "in flight", "orange", (7, 3)))
WORKERS = (
    Series("running", "running", "green"),
    Series("pending", "pending", "orange", (7, 3)),
    Series("desired", "desired", "soft", (2, 3)),
)
RATE = (Series("per_minute", "jobs a minute", "purple"),)
_NONE = "No drain has begun yet."


def draw(facts: Mapping[str, Any], axes: Sequence[Stretch]) -> list[Figure]:
    """Draw the queue, the workers and the rate."""
    return [
        _figure(facts, axes, "queue", "Job queue (jobs)", QUEUE, _queue),
        _figure(facts, axes, "workers", "Workers (tasks)", WORKERS, _workers),
        _figure(facts, axes, "rate", "Rate (jobs a minute)", RATE, _rate),
    ]


def title(facts: Mapping[str, Any], drain: Drain) -> str:
    """Give the title of the step."""
    titles = {step["name"]: str(step["title"]) for step in facts["steps"]}
    return titles.get(drain["step"]) or CATALOGUE.title(drain["step"])


def _figure(
    facts: Mapping[str, Any],
    axes: Sequence[Stretch],
    name: str,
    heading: str,
    series: Sequence[Series],
    sentence: Callable[[Drain], str],
) -> Figure:
    drains = [drain for drain in facts["drains"] if drain["times"]]
    if not drains:
        begun = [title(facts, drain) for drain in facts["drains"]]
        return Figure(name, heading, f"{say.listed(begun)}: nothing has been measured yet." if begun else _NONE)
    panels = []
    for index, axis in enumerate(axes):
        columns = _columns(drains, [each.key for each in series], axis)
        if columns["t"]:
            spec = _spec(name, axis, series, len(columns["t"]))
            spec["layer"] = [*_bands(facts, drains, axis), *spec["layer"]]
            panels.append(Panel(f"{name}-{index}", axis, spec, columns))
    text = " ".join(f"{_name(facts, drains, drain)}: {sentence(drain)}" for drain in drains)
    legend = [Mark(each.label, each.colour, "line", each.dash) for each in series]
    return Figure(name, heading, text, panels, legend)


def _columns(drains: Sequence[Drain], names: Sequence[str], axis: Stretch) -> dict[str, list[Any]]:
    """Put the drains one after another, with a row without values between them, which breaks the lines."""
    columns: dict[str, list[Any]] = {name: [] for name in ("t", *names)}
    for drain in drains:
        kept = places(drain["times"], axis)
        if kept and columns["t"]:
            for name in columns:
                columns[name].append(columns["t"][-1] + 1 if name == "t" else None)
        columns["t"] += [say.epoch(drain["times"][place]) for place in kept]
        for name in names:
            columns[name] += [drain[name][place] for place in kept]
    return columns


def _spec(name: str, axis: Stretch, series: Sequence[Series], points: int) -> Spec:
    if name != "rate":
        return lines(axis, series, points, name == "workers", True)
    colour = f"var(--{series[0].colour})"
    mark: Spec = {"type": "area", "color": colour, "fillOpacity": 0.18, "line": {"color": colour, "strokeWidth": 2}}
    if points <= 3:
        mark["point"] = {"size": 40, "color": colour}
    value = {**amount_axis(False), "field": series[0].key}
    return base(160, [{"mark": mark, "encoding": {"x": time_axis(axis), "y": value}}, pointer(series, ",.1~f")])


def _bands(facts: Mapping[str, Any], drains: Sequence[Drain], axis: Stretch) -> list[Spec]:
    """Shade the time of each drain and name it."""
    rows = []
    for drain in drains:
        within = [time for time in map(say.epoch, drain["times"]) if axis.holds(time)]
        if within:
            name = _name(facts, drains, drain)
            rows.append({"from": within[0], "to": within[-1], "name": name, "short": name.partition(" ")[0]})
    x = on_time("from")
    band = {
        "mark": {"type": "rect", "color": "var(--band)", "aria": False},
        "encoding": {"x": x, "x2": {"field": "to"}},
    }
    mark = {"type": "text", "align": "left", "baseline": "bottom", "dx": 1, "dy": -4, "fontSize": 11}
    # the name of a drain is as wide as the drain at most: names do not run into each other, and where one would be cut
    # its number stands, which the sentence below the figure explains
    share = f"width * (datum.to - datum.from) / {axis.end - axis.start} - 6"
    short = "datum.short" if len(drains) > 1 else "''"
    named = {
        "mark": {
            **mark,
            "color": "var(--soft)",
            "text": {"expr": f"{share} < 6 * length(datum.name) ? {short} : datum.name"},
        },
        "encoding": {"x": x, "y": {"value": 0}},
    }
    return [{**layer, "data": {"values": rows}} for layer in (band, named)]


def _name(facts: Mapping[str, Any], drains: Sequence[Drain], drain: Drain) -> str:
    """Name a drain; of several with its number, by which a narrow figure calls it."""
    own = title(facts, drain)
    return f"{drains.index(drain) + 1} {own}" if len(drains) > 1 else own


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _highest(values: Sequence[float | None]) -> str:
    return say.number(max(_known(values), default=None))


def _queue(drain: Drain) -> str:
    left = _known(drain["left"])
    if not left:
        return f"{say.count(drain['total'], 'job')} in all; what was left is unknown."
    length = say.duration(say.seconds(drain["times"][0], drain["times"][-1]))
    return (
        f"{say.count(drain['total'], 'job')}, {say.number(left[-1])} left after {length}; "
        f"at most {_highest(drain['in_flight'])} in flight."
    )


def _workers(drain: Drain) -> str:
    return (
        f"at most {_highest(drain['running'])} ran at once of {_highest(drain['desired'])} desired; "
        f"at most {_highest(drain['pending'])} were pending."
    )


def _rate(drain: Drain) -> str:
    left = _known(drain["left"])
    minutes = say.seconds(drain["times"][0], drain["times"][-1]) / 60
    text = f"at most {_highest(drain['per_minute'])} jobs a minute"
    if len(left) > 1 and minutes > 0 and left[0] >= left[-1]:
        text += f", {say.number((left[0] - left[-1]) / minutes)} on average"
    return text + "."
