# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pieces of Vega-Lite specifications that the figures share.

Colours are CSS variables of the page (``var(--blue)``): Vega's SVG renderer hands them on as they are, so the page
turns dark, light or to paper without being drawn again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .times import Stretch

Spec = dict[str, Any]
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
COLOURS = ("blue", "orange", "green", "purple", "brown", "navy", "wine")
DASHES: tuple[tuple[int, ...], ...] = ((), (7, 3), (2, 3), (9, 3, 2, 3))
MARGIN = 40  # pixels left of every time axis, so that all of them lie below each other
_TEXT = {"labelFontSize": 11, "labelColor": "var(--soft)", "tickColor": "var(--line)", "domainColor": "var(--line)"}
CONFIG: Spec = {
    "font": FONT,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {**_TEXT, "gridColor": "var(--line)", "gridOpacity": 0.7, "labelPadding": 5},
    "text": {"color": "var(--ink)", "fontSize": 12},
}


@dataclass(frozen=True)
class Series:
    """A line or an area.

    Attributes:
        key: its column.
        label: what it is, in legend and tooltip.
        colour: name of a CSS variable.
        dash: lengths of strokes and gaps.
    """

    key: str
    label: str
    colour: str
    dash: tuple[int, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One drawing of a figure.

    Attributes:
        name: unique on the page.
        stretch: its time axis; None where it has none.
        spec: Vega-Lite; its data is called ``rows``.
        columns: the data, columns of equal length by name.
    """

    name: str
    stretch: Stretch | None
    spec: Spec
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Mark:
    """An entry of a legend.

    Attributes:
        label: what it means.
        colour: name of a CSS variable.
        kind: ``line``, or of a bar ``solid``, ``hollow`` or ``faint``.
        dash: of the stroke.
        end: SVG path of what is drawn at the end of the bar.
    """

    label: str
    colour: str
    kind: str = "line"
    dash: tuple[int, ...] = ()
    end: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure with what can be read in its stead.

    Attributes:
        name: unique on the page.
        title: what is shown, with its unit.
        sentence: the numbers that matter; or that there are none, and why.
        panels: drawings; none where there is nothing to draw.
        legend: what colours and strokes mean.
    """

    name: str
    title: str
    sentence: str
    panels: Sequence[Panel] = ()
    legend: Sequence[Mark] = field(default=())


def base(height: Any, layers: list[Spec]) -> Spec:
    """Make a specification as wide as its place."""
    return {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 8, "top": 8, "bottom": 2},
        "data": {"name": "rows"},
        "layer": layers,
        "config": CONFIG,
    }


def time_axis(stretch: Stretch, field_name: str = "t") -> Spec:
    """Make the horizontal axis of a stretch, in UTC as all times are."""
    within = "%H:%M" if stretch.end - stretch.start > 600_000 else "%H:%M:%S"
    midnight = "utchours(datum.value) + utcminutes(datum.value) + utcseconds(datum.value) === 0"
    return {
        "field": field_name,
        "type": "temporal",
        "scale": {"type": "utc", "domain": {"expr": f"[{stretch.start}, {stretch.end}]"}, "nice": False},
        "axis": {
            "title": None,
            "labelExpr": f"utcFormat(datum.value, {midnight} ? '%Y-%m-%d' : '{within}')",
            "tickCount": {"expr": "max(4, floor(width / 90))"},
            "labelOverlap": True,
            "labelFlush": True,
            "grid": True,
        },
    }


def on_time(field_name: str) -> Spec:
    """Put something else on the time axis: one layer alone may say what the axis is."""
    return {"field": field_name, "type": "temporal", "scale": {"type": "utc"}}


def amount_axis(whole: bool, form: str = ",f") -> Spec:
    """Make the vertical axis of an amount, beginning at zero."""
    axis = {"title": None, "tickCount": 4, "format": form, "minExtent": MARGIN, "domain": False, "ticks": False}
    return {
        "field": "value",
        "type": "quantitative",
        "axis": {**axis, "tickMinStep": 1} if whole else axis,
        "scale": {"zero": True, "nice": 4},
    }


def folded(series: Sequence[Series]) -> list[Spec]:
    """Make a row of each series of each row."""
    return [{"fold": [each.key for each in series], "as": ["series", "value"]}]


def by_series(series: Sequence[Series]) -> Spec:
    """Tell series apart by colour and, where they are lines, by stroke."""
    keys = [each.key for each in series]
    colours = {"domain": keys, "range": [f"var(--{each.colour})" for each in series]}
    dashes = {"domain": keys, "range": [list(each.dash) or [1, 0] for each in series]}
    return {
        "color": {"field": "series", "type": "nominal", "scale": colours, "legend": None},
        "strokeDash": {"field": "series", "type": "nominal", "scale": dashes, "legend": None},
    }


def pointer(series: Sequence[Series], form: str) -> Spec:
    """Make the line under the pointer that tells all values of the nearest moment."""
    # a time unit makes it UTC; a calculated text would be lost (Vega-Lite looks for it in the areas around the points)
    moment = {"field": "t", "type": "temporal", "timeUnit": "utcyearmonthdatehoursminutesseconds", "title": "UTC"}
    tips = [{**moment, "format": "%Y-%m-%d %H:%M:%S"}]
    tips += [{"field": each.key, "type": "quantitative", "title": each.label, "format": form} for each in series]
    hover = {"type": "point", "on": "pointerover", "clear": "pointerout", "nearest": True, "encodings": ["x"]}
    return {
        "params": [{"name": "pointed", "select": hover}],
        "mark": {"type": "rule", "color": "var(--ink)", "strokeWidth": 1, "aria": False},
        "encoding": {
            "x": on_time("t"),
            "opacity": {"condition": {"param": "pointed", "empty": False, "value": 0.6}, "value": 0},
            "tooltip": tips,
        },
    }


def lines(stretch: Stretch, series: Sequence[Series], points: int, steps: bool, whole: bool, form: str = ",~f") -> Spec:
    """Make a line of each series.

    Args:
        stretch: the time axis.
        series: columns to draw.
        points: how many there are; few are drawn as points as well, for one alone makes no line.
        steps: whether a value holds until the next, rather than changing on the way to it.
        whole: whether only whole numbers are on the axis.
        form: of the values.
    """
    mark: Spec = {"type": "line", "strokeWidth": 2, "interpolate": "step-after" if steps else "linear"}
    if points <= 3:
        mark["point"] = {"size": 40}
    drawn: Spec = {"transform": folded(series), "mark": mark}
    drawn["encoding"] = {"x": time_axis(stretch), "y": amount_axis(whole), **by_series(series)}
    return base(200, [drawn, pointer(series, form)])


def stacked(stretch: Stretch, series: Sequence[Series], form: str = ",.1~f") -> Spec:
    """Make areas on top of each other, the first series lowest; a value holds until the next."""
    keys = {each.key: place for place, each in enumerate(series)}
    place = " : ".join(f"datum.series === '{key}' ? {index}" for key, index in keys.items()) + " : 99"
    mark = {"type": "area", "interpolate": "step-after", "stroke": "var(--surface)", "strokeWidth": 0.8}
    drawn = {
        "transform": [*folded(series), {"calculate": place, "as": "place"}],
        "mark": mark,
        "encoding": {
            "x": time_axis(stretch),
            "y": {**amount_axis(True), "stack": "zero"},
            "color": by_series(series)["color"],
            "order": {"field": "place", "type": "quantitative"},
        },
    }
    return base(200, [drawn, pointer(series, form)])
