# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the application's workers print about a job that fails: the only place that knows their words.

``run_jobs`` prints ``Processing SQS message for model NAME scenario NAME year YEAR`` when it takes a job, a traceback
when it gives it up, and then the marked line, ``IMPORT_FAILURE ... for model id 1 scenario id 2 year 2031 failed more
than 10 times``. A line of other words is no error: what it does not say stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_EXCEPTION = 200  # characters
UNNAMED = re.compile(r"(model|scenario) id ")

_GIVEN_UP = re.compile(r"model id (?P<model>\S+) scenario id (?P<scenario>\S+) year (?P<year>\d{4})\b")
_TAKEN = re.compile(r"Processing \w+ message for model (?P<model>.+) scenario (?P<scenario>.+) year (?P<year>\d{4})\b")
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class GivenUp:
    """What a marked line says: ids as the application's database has them, and a year."""

    model: str
    scenario: str
    year: int


@dataclass(frozen=True)
class Before:
    """What the lines before a marked line say; None what they do not."""

    model: str | None = None
    scenario: str | None = None
    exception: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is unknown."""
        return None not in (self.model, self.exception)


def read_given_up(line: str) -> GivenUp | None:
    """Read a marked line; None where its words are others."""
    found = _GIVEN_UP.search(line)
    return GivenUp(found["model"], found["scenario"], int(found["year"])) if found else None


def read_before(lines: Sequence[str], year: int | None) -> Before:
    """Read the lines one worker printed before the marked one, which it ends: names and exception of the job.

    Args:
        year: of the marked line; another job's names do not count.
    """
    taken = next((found for line in reversed(lines) if (found := _TAKEN.search(line))), None)
    if taken is None or year is None or int(taken["year"]) != year:
        return Before(exception=_exception(lines))
    return Before(taken["model"], taken["scenario"], _exception(lines))


def shortened(text: str) -> str:
    """Cut an exception, or the line instead of it, to a length that can be kept."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_EXCEPTION else text[: LONGEST_EXCEPTION - 3] + "..."


def _exception(lines: Sequence[str]) -> str | None:
    """Give ``Name: message`` of the last traceback: its first line that is not indented."""
    begins = next((at for at in range(len(lines) - 1, -1, -1) if _TRACEBACK in lines[at]), None)
    if begins is None:
        return None
    after = (line for line in lines[begins + 1 :] if line.strip() and not line[0].isspace())
    found = next(after, None)
    return shortened(found) if found else None
