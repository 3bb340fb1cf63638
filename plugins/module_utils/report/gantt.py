# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The figure of a run's steps: every attempt a bar on the time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core import text
from ..record.record import MARKED
from .facts import INTERRUPTED
from .times import Stretch
from .vega import MARGIN, Figure, Mark, Panel, Spec, base, on_time, time_axis

_STEP = {"field": "step", "type": "nominal", "axis": None}
_CROSS = "M-1,-1L1,1M1,-1L-1,1"
_ARROW = "M-1,-1L1,0L-1,1Z"
_LEGEND = {  # by state of an attempt
    "done": Mark("done", "blue", "solid"),
    "failed": Mark("failed", "red", "hollow", end=_CROSS),
    "started": Mark("running", "blue", "faint", (4, 3), _ARROW),
    INTERRUPTED: Mark(INTERRUPTED, "blue", "faint", (4, 3)),
}


def draw(facts: Mapping[str, Any], axes: Sequence[Stretch]) -> Figure:
    """Draw the steps."""
    panels = [_panel(facts, axis, f"steps-{index}", axis == axes[-1]) for index, axis in enumerate(axes)]
    states = {attempt["state"] for step in facts["steps"] for attempt in step["attempts"]}
    legend = [mark for state, mark in _LEGEND.items() if state in states]
    drawn = [panel for panel in panels if panel.columns["step"]]
    return Figure("steps", "Steps", sentence(facts), drawn, legend if drawn else ())


def took(attempt: Mapping[str, Any], now: str) -> float:
    """Give the seconds of an attempt; of one that runs, until now."""
    return text.seconds(attempt["began"], attempt["ended"] or now)


def sentence(facts: Mapping[str, Any]) -> str:
    """Say the numbers that matter."""
    steps, now = facts["steps"], facts["generated_at"]
    done = [step for step in steps if step["state"] == "done"]
    if not any(step["attempts"] for step in steps):
        return f"No step has begun yet; {text.count(len(steps), 'step')} wait."
    parts = [f"{len(done)} of {text.count(len(steps), 'step')} are done"]
    finished = [(took(attempt, now), step["title"]) for step in done for attempt in step["attempts"][-1:]]
    if finished:
        longest = max(finished)
        parts.append(f"the longest was {longest[1]} with {text.duration(longest[0])}")
    failed = {step["title"]: _failures(step["attempts"]) for step in steps if _failures(step["attempts"])}
    if failed:
        parts.append(
            "failed: " + text.listed([f"{name} ({text.count(times, 'time')})" for name, times in failed.items()])
        )
    running = [step["title"] for step in steps if step["state"] == "started"]
    if running:
        parts.append(f"running: {text.listed(running)}")
    interrupted = [step["title"] for step in steps if step["state"] == INTERRUPTED]
    if interrupted:
        parts.append(f"interrupted: {text.listed(interrupted)}")
    waiting = [step for step in steps if step["state"] == "waiting"]
    if waiting:
        parts.append(f"{len(waiting)} to come")
    left_out = [step["title"] for step in steps if step["state"] == "left out"]
    if left_out:
        parts.append(f"left out: {text.listed(left_out)}")
    return "; ".join(parts) + "."


def _failures(attempts: Sequence[dict[str, Any]]) -> int:
    return sum(attempt["state"] == "failed" for attempt in attempts)


def _panel(facts: Mapping[str, Any], axis: Stretch, name: str, last: bool) -> Panel:
    rows: list[dict[str, Any]] = []
    open_still = last and facts["run"]["state"] == "open"
    for step in facts["steps"]:
        within = [attempt for attempt in step["attempts"] if axis.holds(text.epoch(attempt["began"]))]
        rows += [_row(step, attempt, facts["generated_at"]) for attempt in within]
        if step["state"] == "waiting" and open_still:
            rows.append({"step": step["name"], "state": "waiting", "title": step["title"], "note": "waiting"})
    names = list(dict.fromkeys(row["step"] for row in rows))
    for step_name in names:
        own = [row for row in rows if row["step"] == step_name]
        own[0]["label"] = own[0]["title"]
        own[0]["total"] = _note(own)
    keys = ("step", "state", "title", "note", "began", "ended", "label", "total", "tries")
    columns = {key: [row.get(key) for row in rows] for key in keys}
    return Panel(name, axis, _spec(axis, names), columns)


def _note(rows: Sequence[dict[str, Any]]) -> str:
    """Write the end of a step's row: its last attempt, and how many there were."""
    made = makings(rows)
    note = str(made[-1]["note"])
    return note if len(made) == 1 else f"{times(rows)}, last {note}"


def makings(attempts: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Leave out those that only removed what an earlier one had made: nobody has tried twice."""
    return [each for each in attempts if not each.get("removal")] or attempts


def times(attempts: Sequence[dict[str, Any]]) -> str:
    """Count attempts: tries until it was done, times where it was done more than once."""
    attempts = makings(attempts)
    tried = _failures(attempts) and sum(attempt["state"] == "done" for attempt in attempts) <= 1
    return text.count(len(attempts), *(("try", "tries") if tried else ("time",)))


def _row(step: Mapping[str, Any], attempt: Mapping[str, Any], now: str) -> dict[str, Any]:
    length = text.duration(took(attempt, now))
    notes = {"done": length, "failed": f"failed after {length}", "started": f"running for {length}"} | {
        INTERRUPTED: INTERRUPTED
    }
    return {
        "step": step["name"],
        "state": attempt["state"],
        "removal": attempt.get("removal"),
        "title": step["title"],
        "note": MARKED if attempt["note"].startswith(MARKED) else notes.get(attempt["state"], attempt["state"]),
        "began": text.epoch(attempt["began"]),
        "ended": text.epoch(attempt["ended"] or now),
        "tries": text.clock(attempt["began"]),
    }


def _text(field_name: str, side: str) -> Spec:
    """Make the text above the bars: the step on the left, how long it took on the right."""
    right = side == "right"
    # the text on the right is the shorter, and is shown as a whole
    room = f"width + {MARGIN} - 12 - 6.2 * length(datum.total)"
    mark = {"type": "text", "align": side, "baseline": "middle", "yOffset": -7, "limit": {"expr": room}}
    return {
        "transform": [{"filter": "isValid(datum.label)"}],
        "mark": {**mark, "color": "var(--soft)", "fontSize": 11, "limit": {"expr": "width"}} if right else mark,
        "encoding": {"y": _STEP, "x": {"value": "width" if right else -MARGIN}, "text": {"field": field_name}},
    }


def _spec(axis: Stretch, names: Sequence[str]) -> Spec:
    failed = {"test": "datum.state === 'failed'"}
    unended = {"test": f"datum.state === 'started' || datum.state === '{INTERRUPTED}'"}
    bars = {
        "transform": [{"filter": "isValid(datum.began)"}],
        "mark": {"type": "bar", "height": 10, "yOffset": 8, "strokeWidth": 1.5},
        "encoding": {
            "y": {**_STEP, "scale": {"domain": list(names), "paddingInner": 0}},
            "x": on_time("began"),
            "x2": {"field": "ended"},
            "fill": {"condition": [{**failed, "value": "var(--surface)"}], "value": "var(--blue)"},
            "fillOpacity": {"condition": [{**unended, "value": 0.25}], "value": 1},
            "stroke": {"condition": [{**failed, "value": "var(--red)"}], "value": "var(--blue)"},
            "strokeDash": {"condition": [{**unended, "value": [4, 3]}], "value": [1, 0]},
            "tooltip": [
                {"field": "title", "title": "step"},
                {"field": "tries", "title": "began (UTC)"},
                {"field": "note", "title": "took"},
            ],
        },
    }
    ends = {
        "transform": [{"filter": "datum.state === 'failed' || datum.state === 'started'"}],
        "mark": {"type": "point", "xOffset": 7, "yOffset": 8, "size": 40, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            "y": _STEP,
            "x": time_axis(axis, "ended"),
            "shape": {"condition": [{**failed, "value": _CROSS}], "value": _ARROW},
            "fill": {"condition": [{**unended, "value": "var(--blue)"}], "value": None},
            "stroke": {"condition": [{**failed, "value": "var(--red)"}], "value": "var(--blue)"},
        },
    }
    return base(35 * len(names), [bars, ends, _text("label", "left"), _text("total", "right")])
