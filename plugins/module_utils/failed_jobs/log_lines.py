# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the application's workers print about a job that fails: the only place that knows their words.

``run_jobs`` prints ``Processing SQS message for model NAME scenario NAME year YEAR`` when it takes a job. Every try
that fails leaves a marked line beside its traceback, ``IMPORT_FAILURE TIME Failed to process data for [dataset NAME]
model NAME scenario NAME year YEAR``: it is tried again, and may come right. Only the marked line that ends in ``giving
up.`` is final: ``IMPORT_FAILURE TIME Message ID ... for [dataset NAME] model id 1 scenario id 2 year 2031 failed more
than 10 times, giving up.`` A line of other words is no error: what it does not say stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_EXCEPTION = 200  # characters
UNNAMED = re.compile(r"(model|scenario) id ")
FINAL = "giving up."

_GIVEN_UP = re.compile(
    r"(?:\bdataset (?P<dataset>.+?) )?model id (?P<model>\S+) scenario id (?P<scenario>\S+) year (?P<year>\d{4})\b"
)
_NAMED = re.compile(
    r"(?:Processing \w+ message for|Failed to process data for(?: dataset (?P<dataset>.+?))?)"
    r" model (?P<model>.+) scenario (?P<scenario>.+) year (?P<year>\d{4})\b"
)
_TRACEBACK = "Traceback (most recent call last):"
# what differs from try to try: ids, addresses, times, temporary names, and numbers in paths
_DIFFERS = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|0x[0-9a-fA-F]+"
    r"|(?<=/tmp/)[^\s/'\"),:]+|\btmp[a-z0-9_]{6,8}\b"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
    r"|(?i:(?<=request id: )|(?<=requestid: )|(?<=request id )|(?<=host id: )|(?<=message id ))[\w+/=-]+"
)
_PATH = re.compile(r"[^\s'\"]*/[^\s'\"]*")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class GivenUp:
    """What a final line says: ids as the application's database has them, a year, and a data set's name, if any."""

    model: str
    scenario: str
    year: int
    dataset: str = ""


@dataclass(frozen=True)
class Named:
    """A job by the names the application itself uses; without a data set where the line names none."""

    model: str
    scenario: str
    year: int
    dataset: str = ""


@dataclass(frozen=True)
class Before:
    """What the lines before a final one say; None what they do not.

    Attributes:
        job: the job the worker had at hand.
        exception: why it failed.
    """

    job: Named | None = None
    exception: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is unknown."""
        return None not in (self.job, self.exception)


def marked_lines(text: str, marker: str) -> list[str]:
    """Give the marked lines of an event of the log, which holds several where its driver joins them."""
    return [line for line in text.splitlines() if marker in line]


def is_final(line: str) -> bool:
    """Say whether a marked line is the end of a job, not of one of its tries."""
    return line.rstrip().endswith(FINAL)


def read_given_up(line: str) -> GivenUp | None:
    """Read a final line; None where its words are others."""
    found = _GIVEN_UP.search(line)
    return GivenUp(**_fields(found)) if found else None


def read_named(line: str) -> Named | None:
    """Read a line that calls a job by its names; None where it does not."""
    found = _NAMED.search(line)
    return Named(**_fields(found)) if found else None


def _fields(found: re.Match[str]) -> dict[str, Any]:
    return {**found.groupdict(""), "year": int(found["year"])}


def read_before(lines: Sequence[str]) -> Before:
    """Read the lines one worker printed before a final one: the job it had at hand, and its exception."""
    job = next((found for line in reversed(lines) if (found := read_named(line))), None)
    return Before(job, _exception(lines))


def shortened(text: str) -> str:
    """Cut an exception, or the line instead of it, to a length that can be kept."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_EXCEPTION else text[: LONGEST_EXCEPTION - 3] + "..."


def comparable(exception: str) -> str:
    """Leave out of an exception what differs from try to try, so that the same trouble reads the same."""
    text = _PATH.sub(lambda path: _NUMBER.sub("#", path[0]), _DIFFERS.sub("#", exception))
    return text.lower()


def read_traceback(lines: Sequence[str], most: int) -> list[str]:
    """Give the last traceback, its exception at the end, or the last lines where there is none.

    Args:
        most: lines; of a longer traceback the end counts.
    """
    begins = _last_traceback(lines)
    if begins is None:
        return list(lines[-most:])
    ends = next((at for at in range(begins + 1, len(lines)) if _is_exception(lines[at])), len(lines))
    return list(lines[begins : ends + 1][-most:])


def _exception(lines: Sequence[str]) -> str | None:
    """Give ``Name: message`` of the last traceback: its first line that is not indented."""
    begins = _last_traceback(lines)
    if begins is None:
        return None
    found = next(filter(_is_exception, lines[begins + 1 :]), None)
    return shortened(found) if found else None


def _last_traceback(lines: Sequence[str]) -> int | None:
    return next((at for at in range(len(lines) - 1, -1, -1) if _TRACEBACK in lines[at]), None)


def _is_exception(line: str) -> bool:
    return bool(line.strip()) and not line[0].isspace()
