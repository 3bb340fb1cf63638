# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTML that cannot be written wrongly: all text is escaped, unless it is :class:`Html` already."""

from __future__ import annotations

import html
import json
from typing import Any

from ..core.text import printable

_EMPTY = {"link", "meta"}


class Html(str):
    """Markup; any other string is text."""


def text(value: object) -> Html:
    """Give a value as it is to be read."""
    return value if isinstance(value, Html) else Html(html.escape(printable(str(value))))


def tag(element: str, *children: object, **attributes: Any) -> Html:
    """Make an element.

    Args:
        element: its name.
        children: texts and markup; None is left out.
        attributes: by name, ``class_`` for ``class`` and ``aria_label`` for ``aria-label``; True for an attribute
            without a value; None and False leave it out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if element in _EMPTY:
        return Html(f"<{element}{written}>")
    return Html(f"<{element}{written}>{join(*children)}</{element}>")


def join(*children: object) -> Html:
    """Put elements and texts one after another."""
    return Html("".join(text(child) for child in children if child is not None))


def table(headings: list[tuple[str, str]], rows: list[list[object]], caption: str) -> Html:
    """Make a table in a box that scrolls by itself.

    Args:
        headings: of each column its text and its CSS class (``number`` for what is aligned right; or empty).
        rows: cells; a row of one cell spans all columns.
        caption: what is in it, for those who do not see where it stands.
    """
    head = tag("tr", *(tag("th", label, scope="col", class_=kind or None) for label, kind in headings))
    body = [tag("tr", *_cells(headings, row)) for row in rows]
    made = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _cells(headings: list[tuple[str, str]], row: list[object]) -> list[Html]:
    if len(row) == 1 and len(headings) > 1:
        return [tag("td", row[0], colspan=len(headings), class_="wide")]
    return [tag("td", cell, class_=heading[1] or None) for cell, heading in zip(row, headings, strict=True)]


def embedded(value: Any) -> Html:
    """Give JSON that is safe in a script element: nothing in it can end the element or open a comment."""
    written = json.dumps(value, separators=(",", ":"))
    return Html(written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
