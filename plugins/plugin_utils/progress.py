# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person sees of an operation while it runs, through Ansible's Display."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from math import isinf

from ansible import constants
from ansible.utils.display import Display

from ansible_collections.climate.ingest.plugins.module_utils.core.text import (
    columns,
    duration,
    head_of,
    printable,
)
from ansible_collections.climate.ingest.plugins.plugin_utils import window

# Ansible's workers are cut off from the terminal: found out when the plugin is loaded, before they are forked.
ON_TERMINAL = sys.stdout.isatty()

MACHINE_READABLE = re.compile(r"json|null")
CLEAR = "\r\x1b[K"
BAR_WIDTH, BAR_GOOD, BAR_LEAST = 20, 10, 5  # characters; for a good one facts are cut
ROOM_FOR_BAR = BAR_GOOD + 8  # characters: brackets, percentage, spaces
SILENCE = 1.5  # seconds without a word
QUIET_SECONDS = 60.0


class DisplayProgress:
    """A :class:`Progress` on the controller's output.

    On a terminal the live line is redrawn in place, with a bar. Anywhere else it is a plain line: at first, when the
    state changes, and once a minute while nothing but its numbers does. Where standard output is for machines (a
    JSON callback), everything goes to standard error.

    Args:
        display: Ansible's Display (it takes what workers say to the main process).
        secrets: values that must not show.
        clock: seconds on a clock that never goes back.
        terminal: whether the live line can be redrawn.
        width: gives the columns of the window, which may change.
    """

    def __init__(
        self,
        display: Display,
        secrets: Sequence[str] = (),
        clock: Callable[[], float] = time.monotonic,
        terminal: bool = ON_TERMINAL,
        width: Callable[[], int] = window.columns,
    ) -> None:
        self._display = display
        self._secrets = secrets
        self._clock = clock
        self._stderr = bool(MACHINE_READABLE.search(constants.DEFAULT_STDOUT_CALLBACK))
        self._terminal = terminal and not self._stderr
        self._width = width
        self._started = clock()
        self._expected: tuple[float, bool] | None = None
        self._live = ""
        self._last: tuple[str, float | None] | None = None
        self._word_at = self._started
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._shape = ""
        self._shown_at = 0.0

    def watch(self, task: str) -> None:
        """Never be silent for two seconds, until it is closed: from then on the task's name stands for what it does."""

        def beat() -> None:
            while not self._ended.wait(SILENCE / 3):
                self.break_silence(task)

        threading.Thread(target=beat, daemon=True).start()

    def break_silence(self, task: str) -> None:
        """Where nothing was told for a while, show the live line with the time that has passed, or what goes on."""
        with self._lock:
            if self._ended.is_set() or self._clock() - self._word_at < SILENCE:
                return
            if self._last or self._terminal:
                self.status(*(self._last or (task, None)))
            elif not self._shape:
                self.status(task)

    def status(self, text: str, fraction: float | None = None) -> None:
        """Show the live line; ``fraction`` (0 to 1) draws a bar on a terminal."""
        with self._lock:
            self._last, self._word_at = (text, fraction), self._clock()
            text = self._clean(text)
            if self._terminal:
                self._redraw(self._fitted(text, fraction))
            else:
                self._plain_status(text, f"{text} ({self._elapsed()})")

    def _fitted(self, text: str, fraction: float | None) -> str:
        """Make the live line fit the window: the expected end goes for the bar, and then facts, the last ones first."""
        width, elapsed = self._width(), self._elapsed()
        if fraction is not None and width - columns(text) - len(elapsed) - 4 < ROOM_FOR_BAR:
            elapsed = elapsed.partition(",")[0]
        room = width - len(elapsed) - 4
        if fraction is not None:
            while columns(text) > room - ROOM_FOR_BAR and ", " in text:
                text = text.rpartition(", ")[0]
            text = f"{_bar(fraction, room - columns(text))}{text}"
        return f"{_cut(text, room)} ({elapsed})"

    def detail(self, text: str) -> None:
        """Print a line with ``-v``."""
        if self._display.verbosity:
            self.line(text)

    def expect(self, seconds: float, at_most: bool = False) -> None:
        """Show beside the elapsed time what is expected; a limit only where nothing better is known."""
        if at_most and self._expected and not self._expected[1]:
            return
        passed = self._clock() - self._started if at_most else 0.0
        self._expected = None if isinf(seconds) else (passed + seconds, at_most)

    def _elapsed(self) -> str:
        elapsed = duration(self._clock() - self._started)
        if self._expected is None:
            return elapsed
        seconds, at_most = self._expected
        return f"{elapsed}, {'at most' if at_most else 'last time'} {duration(seconds)}"

    def line(self, text: str) -> None:
        """Print a line that stays, above the live one."""
        with self._lock:
            self._word_at = self._clock()
            live = self._live
            self._take_away()
            lines = window.sentence(self._clean(text), self._width()) if self._terminal else [self._clean(text)]
            self._display.display("\n".join(lines), stderr=self._stderr)
            if live:
                self._redraw(live)

    def close(self) -> None:
        """Take the live line away, for good."""
        with self._lock:
            self._ended.set()
            self._take_away()

    def _take_away(self) -> None:
        if self._live:
            self._display.display(CLEAR, newline=False, screen_only=True)
            self._live = ""

    def _redraw(self, text: str) -> None:
        self._display.display(CLEAR + text, newline=False, screen_only=True)
        self._live = text

    def _plain_status(self, text: str, shown: str) -> None:
        """Print the state if it is a new one; the counts of a long wait change at every look."""
        shape = re.sub(r"\d+", "0", text)
        if shape != self._shape or self._clock() - self._shown_at >= QUIET_SECONDS:
            self._display.display(shown, stderr=self._stderr)
            self._shape = shape
            self._shown_at = self._clock()

    def _clean(self, text: str) -> str:
        """Make one printable line of a text, and take the secrets out."""
        text = printable(text).replace("\n", "").expandtabs(4).rstrip()
        for secret in self._secrets:
            text = text.replace(secret, "********")
        return text


def _bar(fraction: float, room: int) -> str:
    """Draw a bar with a percentage in what room the text leaves; without enough of it the percentage alone."""
    fraction = min(max(fraction, 0.0), 1.0)
    percent = f"{fraction:4.0%} "
    width = min(BAR_WIDTH, room - len(percent) - 3)
    if width < BAR_LEAST:
        return percent.lstrip()
    full = round(fraction * width)
    return f"[{'=' * full}{' ' * (width - full)}] {percent}"


def _cut(text: str, width: int) -> str:
    """Make a text fit: of facts in a row the last ones go."""
    if columns(text) <= width:
        return text
    facts = head_of(text, width + 1).rpartition(", ")[0]
    return facts if columns(facts) * 2 > width else head_of(text, max(width - 3, 0)) + "..."
