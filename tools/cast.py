"""Record ``make populate`` in a terminal of 80 x 24: ``make cast`` writes docs/populate.cast and docs/populate.svg.

The cast has asciinema's format, version 2. The picture plays it in any browser, without a script: a strip of all
frames that CSS moves past a window.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyte

ROOT = Path(__file__).resolve().parents[1]
CAST, PICTURE = ROOT / "docs" / "populate.cast", ROOT / "docs" / "populate.svg"
COMMAND = ("make", "populate")
SHOWN_ROOT = "~/climate.ingest"  # instead of the checkout's own path
COLUMNS, ROWS = 80, 24
LONGEST_PAUSE = 1.0  # seconds, as played
SHORTEST_FRAME = 0.08
LAST_FRAME = 5.0
CELL = (8.4, 18)  # pixels
MARGIN = 12
COLOURS = {
    "default": "#d0d4dc", "black": "#5c6370", "red": "#f07178", "green": "#98c379", "brown": "#e5c07b",
    "blue": "#6cb2f7", "magenta": "#d291e4", "cyan": "#62c4d0", "white": "#ffffff",
}  # fmt: skip


class Event(NamedTuple):
    """What a program printed.

    Attributes:
        at: seconds since its start.
        text: as it went to the terminal, with its escapes.
    """

    at: float
    text: str


class Run(NamedTuple):
    """Cells of one line that look alike."""

    column: int
    text: str
    colour: str
    bold: bool


Line = tuple[Run, ...]


class Frame(NamedTuple):
    """A screen; ``at`` is when it appears, in seconds as played."""

    at: float
    lines: tuple[Line, ...]


def record(command: Sequence[str]) -> list[Event]:
    """Run a command in a terminal, and show meanwhile what it prints.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    child, terminal = pty.fork()
    if child == 0:
        for name in ("NO_COLOR", "ANSIBLE_NOCOLOR", "MAKEFLAGS", "MAKELEVEL", "COLUMNS", "LINES"):
            os.environ.pop(name, None)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execvpe(command[0], [*command], os.environ | {"TERM": "xterm-256color"})
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    start, events = time.monotonic(), []
    while data := _read(terminal):
        text = decoder.decode(data)
        events.append(Event(time.monotonic() - start, text))
        print(text, end="", flush=True)
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise subprocess.CalledProcessError(code, list(command))
    return events


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says EIO when the last process has closed its end
        return b""


def typed(command: Sequence[str], events: Iterable[Event]) -> Iterator[Event]:
    """Put a prompt and the command, typed letter by letter, before what it printed."""
    yield Event(0, "$ ")
    at = 0.5
    for letter in " ".join(command):
        yield Event(at, letter)
        at += 0.08
    at += 0.3
    yield Event(at, "\r\n")
    for event in events:
        yield Event(at + event.at, event.text)


def cast(events: Iterable[Event]) -> str:
    """Write events as asciinema does, a line of JSON each."""
    header = {"version": 2, "width": COLUMNS, "height": ROWS, "idle_time_limit": LONGEST_PAUSE}
    lines = [[round(event.at, 3), "o", event.text] for event in events]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in [header, *lines])


def frames(events: Iterable[Event]) -> list[Frame]:
    """Give the screens that a terminal shows, no pause longer than ``LONGEST_PAUSE``; the first begins at 0."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    found: list[Frame] = []
    before = at = 0.0
    for event in events:
        at += min(event.at - before, LONGEST_PAUSE)
        before = event.at
        stream.feed(event.text)
        lines = tuple(_line(screen, row) for row in range(ROWS))
        if found and (lines == found[-1].lines or at - found[-1].at < SHORTEST_FRAME):
            found[-1] = Frame(found[-1].at, lines)
        else:
            found.append(Frame(at, lines))
    return found


def _line(screen: pyte.Screen, row: int) -> Line:
    cells = [screen.buffer[row][column] for column in range(COLUMNS)]
    runs, column = [], 0
    for (colour, bold), group in groupby(cells, key=lambda cell: (str(cell.fg), bool(cell.bold))):
        text = "".join(cell.data for cell in group)
        if text.strip():
            runs.append(Run(column, text.rstrip(), colour, bold))
        column += len(text)
    return tuple(runs)


def draw(shown: Sequence[Frame], title: str) -> str:
    """Draw frames as an SVG that plays them for ever; who wants no motion sees the last."""
    width, height = COLUMNS * CELL[0] + 2 * MARGIN, ROWS * CELL[1] + 2 * MARGIN
    names: dict[Line, str] = {}
    strip = []
    for number, frame in enumerate(shown):
        uses = [
            f'<use href="#{names.setdefault(line, f"l{len(names)}")}" y="{row * CELL[1]}"/>'
            for row, line in enumerate(frame.lines)
            if line
        ]
        strip.append(f'<g transform="translate(0,{number * height:g})">{"".join(uses)}</g>\n')
    length = shown[-1].at + LAST_FRAME
    steps = "".join(
        f"{frame.at / length:.4%}{{transform:translateY({-number * height:g}px)}}" for number, frame in enumerate(shown)
    )
    rest = f"translateY({-(len(shown) - 1) * height:g}px)"
    colours = "".join(f".{name}{{fill:{value}}}" for name, value in COLOURS.items())
    symbols = "".join(f'<g id="{name}">{"".join(map(_text, line))}</g>\n' for line, name in names.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img"><title>{escape(title)}</title>\n'
        f"<style>text{{font:14px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}}"
        f".bold{{font-weight:bold}}{colours}\n"
        f"@keyframes play{{{steps}to{{transform:{rest}}}}}\n"
        f".strip{{animation:play {length:.2f}s steps(1,end) infinite}}\n"
        f"@media (prefers-reduced-motion){{.strip{{animation:none;transform:{rest}}}}}</style>\n"
        f'<defs>{symbols}</defs><rect width="100%" height="100%" rx="6" fill="#1b1f27"/>\n'
        f'<svg x="{MARGIN}" y="{MARGIN}" width="{width - 2 * MARGIN:g}" height="{height - 2 * MARGIN:g}">'
        f'<g class="strip">\n{"".join(strip)}</g></svg></svg>\n'
    )


def _text(run: Run) -> str:
    kind = f"{run.colour if run.colour in COLOURS else 'default'}{' bold' if run.bold else ''}"
    length = len(run.text) * CELL[0]  # as wide as its cells, whatever font the reader has
    return f'<text x="{run.column * CELL[0]:g}" y="14" class="{kind}" textLength="{length:g}">{escape(run.text)}</text>'


def main() -> int:
    """Record, with this checkout's sandbox, which must not be up; it is down at the end."""
    sandbox = [sys.executable, "-m", "sandbox"]
    if subprocess.run([*sandbox, "status"], cwd=ROOT, capture_output=True, check=False).returncode == 0:
        print("The sandbox is up, and a recording starts with a new one: make down", file=sys.stderr)
        return 1
    os.chdir(ROOT)
    try:
        printed = [Event(event.at, event.text.replace(str(ROOT), SHOWN_ROOT)) for event in record(COMMAND)]
        events = list(typed(COMMAND, printed))
    finally:
        subprocess.run([*sandbox, "down"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    CAST.write_text(cast(events))
    PICTURE.write_text(draw(frames(events), "make populate, from the start of the sandbox to the report"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
