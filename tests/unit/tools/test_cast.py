"""The recording of a terminal: its cast, its frames, and the picture that plays them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools.cast import LONGEST_PAUSE, Event, cast, draw, frames, record, typed

ROOT = Path(__file__).parents[3]


def shown(events: list[Event]) -> list[tuple[float, str]]:
    """Give when each frame appears, and its first line."""
    return [(round(frame.at, 2), "".join(run.text for run in frame.lines[0])) for frame in frames(events)]


def test_a_command_is_recorded_in_a_terminal_of_80_columns() -> None:
    script = "import os, sys; print(os.get_terminal_size().columns, sys.stdout.isatty())"
    assert "".join(event.text for event in record([sys.executable, "-c", script])) == "80 True\r\n"


def test_a_command_that_fails_is_no_recording() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        record([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_cast_has_asciinemas_header_and_a_line_for_each_event() -> None:
    header, *events = map(json.loads, cast([Event(0, "$ "), Event(1.23456, "é\r\n")]).splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    assert events == [[0, "o", "$ "], [1.235, "o", "é\r\n"]]


def test_the_command_is_typed_before_its_output() -> None:
    events = list(typed(["make", "up"], [Event(0, "the sandbox"), Event(2, " is up")]))
    assert "".join(event.text for event in events) == "$ make up\r\nthe sandbox is up"
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_pauses_are_cut_and_what_changes_nothing_is_no_frame() -> None:
    assert shown([Event(0, "a"), Event(60, "b"), Event(61, "\x1b[0m"), Event(61.5, "\r\x1b[Kc")]) == [
        (0, "a"),
        (LONGEST_PAUSE, "ab"),
        (LONGEST_PAUSE + 1.5, "c"),
    ]


def test_what_follows_at_once_is_one_frame_that_shows_the_last() -> None:
    assert shown([Event(0, "a"), Event(0.01, "b"), Event(1, "c")]) == [(0, "ab"), (1, "abc")]


def test_the_picture_has_every_line_once_with_its_colours() -> None:
    picture = draw(frames([Event(0, "\x1b[0;33mchanged: <one>\x1b[0m\r\n"), Event(1, "two")]), "a & b")
    root = ElementTree.fromstring(picture)
    texts = [(each.text, each.get("class")) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [("changed: <one>", "brown"), ("two", "default")]
    assert "prefers-reduced-motion" in picture


@pytest.mark.parametrize("name", ["populate.cast", "populate.svg"])
def test_what_the_readme_shows_is_small(name: str) -> None:
    path = ROOT / "docs" / name
    assert path.stat().st_size < 1_000_000
    assert f"docs/{name}" in (ROOT / "README.md").read_text()
    assert str(Path.home()) not in path.read_text()
