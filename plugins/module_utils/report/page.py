# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a run: one HTML page that needs nothing but itself, drawn from the facts that are embedded in it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core import text
from ..core.errors import InvalidInput
from . import cost as report_cost
from . import drains, fleet, gantt, tables, tiles
from .html import Html, embedded, join, tag
from .script import DRAW, NoCharts, library, replace
from .style import STYLE
from .times import Stretch, stretches
from .vega import Figure, Mark, Panel

Facts = Mapping[str, Any]


def write(folder: str, facts: Facts) -> tuple[str, str]:
    """Write the report and its facts beside it: ``<folder>/<run id>.html`` and ``.json``.

    Args:
        folder: made where it is missing. What is made is for this user only: logs and errors may say more than they
            should.
        facts: of the run.

    Returns: the paths of both.

    Raises:
        InvalidInput: the folder cannot be made or written.
    """
    page = render(facts)
    paths = [Path(folder).expanduser() / f"{facts['run']['id']}.{ending}" for ending in ("html", "json")]
    try:
        os.makedirs(paths[0].parent, mode=0o700, exist_ok=True)
        replace(paths[0], page)
        replace(paths[1], json.dumps(facts, indent=1) + "\n")
    except OSError as error:
        raise InvalidInput(
            f"ingest_report_folder: {folder!r} cannot be written ({error.strerror or error}). "
            "Name a folder that the user who runs Ansible may write, or make it one."
        ) from error
    return str(paths[0]), str(paths[1])


def render(facts: Facts) -> str:
    """Draw the page; where the library that draws is not installed, without charts, and with how to get them.

    Args:
        facts: of the run, schema 1.

    Returns: the HTML.
    """
    try:
        scripts, note = [library(), DRAW], None
    except NoCharts as error:
        scripts, note = [], tag("p", error.message, class_="note")
    axes = stretches(facts)
    shown = [
        gantt.draw(facts, axes),
        *drains.draw(facts, axes),
        *fleet.draw(facts, axes),
        report_cost.draw(facts),
    ]
    if not scripts:
        shown = [Figure(each.name, each.title, each.sentence) for each in shown]
    body = join(_header(facts), tag("main", note, *_sections(facts, shown)), _footer(facts))
    content = [_head(facts, scripts), tag("body", body, *_scripts(facts, shown, scripts))]
    return f"<!DOCTYPE html>\n{tag('html', *content, lang='en')}\n"


def _head(facts: Facts, scripts: Sequence[str]) -> Html:
    allowed = " ".join(map(_digest, scripts)) or "'none'"
    # nothing is fetched or sent, and no script runs but the two that are ours
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"Run {facts['run']['id']} of {facts['environment']}"),
        # an icon of nothing: otherwise a browser asks for one
        tag("link", rel="icon", href="data:,"),
        tag("style", Html(STYLE)),
    )


def _digest(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _scripts(facts: Facts, figures: Sequence[Figure], scripts: Sequence[str]) -> list[Html]:
    panels = [
        {"name": panel.name, "spec": panel.spec, "columns": panel.columns} for each in figures for panel in each.panels
    ]
    return [
        tag("script", embedded(facts), type="application/json", id="facts"),
        tag("script", embedded(panels), type="application/json", id="figures"),
        *(tag("script", Html(each)) for each in scripts),
    ]


def _header(facts: Facts) -> Html:
    run = facts["run"]
    closed = f", closed {text.at(run['closed_at'])}" if run["closed_at"] else ""
    opened = f"Environment {facts['environment']}. Opened {text.at(run['opened_at'])} by {run['opened_by']}{closed}."
    links = [tag("li", tag("a", title, href=f"#{name}")) for name, title in _titles(facts).items()]
    return tag(
        "header",
        tag("h1", f"Run {run['id']}", tag("span", run["state"], class_=f"chip {run['state']}")),
        tag("p", opened),
        tiles.tiles(facts),
        tag("nav", tag("ul", *links), aria_label="Sections"),
    )


def _titles(facts: Facts) -> dict[str, str]:
    titles = {
        "course": "Course of the run",
        "cost": "Cost",
        "commands": "Management commands",
        "failed": "Failed jobs",
        "changes": "Created, changed, removed",
        "versions": "Input and versions",
    }
    return titles | ({"next": "What happens next"} if facts["run"]["state"] == "open" else {})


def _sections(facts: Facts, figures: Sequence[Figure]) -> list[Html]:
    *course, cost = figures
    content = {
        "course": join(*map(_figure, course), tables.interruptions(facts)),
        "cost": join(_figure(cost), report_cost.details(facts["cost"])),
        "commands": tables.commands(facts),
        "failed": tables.failed_jobs(facts),
        "changes": tables.changes(facts),
        "versions": join(tables.requested(facts), tables.versions(facts)),
        "next": tables.ahead(facts),
    }
    return [
        tag("section", tag("h2", title, id=f"{name}-title"), content[name], id=name, aria_labelledby=f"{name}-title")
        for name, title in _titles(facts).items()
    ]


def _figure(figure: Figure) -> Html:
    drawings = [_drawing(figure, panel) for panel in figure.panels]
    legend = tag("ul", *map(_mark, figure.legend), class_="legend") if drawings and figure.legend else None
    return tag(
        "figure",
        tag("h3", figure.title),
        legend,
        *drawings,
        tag("figcaption", figure.sentence),
        id=f"figure-{figure.name}",
    )


def _drawing(figure: Figure, panel: Panel) -> Html:
    when = _when(panel.stretch) if panel.stretch and panel.stretch.several else None
    label = f"{figure.title}{f', {when}' if when else ''}. {figure.sentence}"
    box = tag("div", id=panel.name, class_="drawing", role="img", aria_label=label)
    return join(tag("h4", when), box) if when else box


def _when(stretch: Stretch) -> str:
    return f"{text.at(text.iso(stretch.start))} to {text.at(text.iso(stretch.end))}"


def _mark(mark: Mark) -> Html:
    """Draw an entry of a legend as the figure draws it."""
    colour = f"var(--{mark.colour})"
    dash = " ".join(map(str, mark.dash)) or None
    if mark.kind == "line":
        drawn = [tag("path", d="M1,6H25", stroke=colour, stroke_width=2.5, stroke_dasharray=dash)]
    else:
        fill = {"hollow": "var(--surface)"}.get(mark.kind, colour)
        style = {"fill": fill, "stroke": colour, "stroke_width": 1.5, "stroke_dasharray": dash}
        drawn = [tag("path", d="M1,1H19V11H1Z", fill_opacity=0.25 if mark.kind == "faint" else None, **style)]
    if mark.end:
        end = {"fill": colour if mark.kind == "faint" else "none", "stroke": colour, "stroke_width": 2}
        drawn.append(
            tag("path", d=mark.end, transform="translate(27 6) scale(3.5)", vector_effect="non-scaling-stroke", **end)
        )
    width = 34 if mark.end else 26 if mark.kind == "line" else 20
    return tag("li", tag("svg", *drawn, width=width, height=12, fill="none", aria_hidden="true"), mark.label)


def _footer(facts: Facts) -> Html:
    version = facts["versions"].get("climate.ingest")
    by = f"climate.ingest {version}" if version else "climate.ingest"
    return tag(
        "footer",
        f"Written on {text.at(facts['generated_at'])} by {by}. All times are UTC. ",
        "The facts it was drawn from are embedded in this page, and beside it as JSON.",
    )
