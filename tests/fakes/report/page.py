"""The report as a browser reads it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.report import page as report_page


class Page(HTMLParser):
    """What a browser would make of a page: elements, and texts without markup."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.within: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.within.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.within[-1] if self.within else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(text for tag, text in self.texts if tag not in ("script", "style")).split())

    def texts_of(self, *tags: str) -> list[str]:
        return [text for tag, text in self.texts if tag in tags]

    def label(self, figure: str) -> str:
        """Give the alternative text of a figure's first drawing."""
        found = [each["aria-label"] for each in self.all("div") if each.get("id") == f"{figure}-0"]
        return found[0] or ""

    def json(self, name: str) -> Any:
        found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', self.source, re.DOTALL)
        assert found
        return json.loads(found[1])


def page(facts: dict[str, Any]) -> Page:
    return Page(report_page.render(facts))
