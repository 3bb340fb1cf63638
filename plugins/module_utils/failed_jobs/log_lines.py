# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What workers print before a job fails: the job at hand, and the exception of the last traceback of Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..job_queue.log_words import LoggedJob, LogWords

LONGEST_EXCEPTION = 200  # characters

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
class Before:
    """What the lines before a final one say; None what they do not.

    Attributes:
        job: the job the worker had at hand.
        exception: why it failed.
        begun: the lines go back to where the job was begun: nothing before them is about it.
    """

    job: LoggedJob | None = None
    exception: str | None = None
    begun: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing more can be learnt from lines before."""
        return self.begun or None not in (self.job, self.exception)


def read_before(words: LogWords, lines: Sequence[str], job: LoggedJob | None = None) -> Before:
    """Read the lines one worker printed before a final one: the job it had at hand, and its exception.

    Args:
        job: the one that the final line names; None: it names none, or by ids.
    """
    if job is None:
        named = next((found for line in reversed(lines) if (found := words.read_named(line))), None)
        return Before(named, last_exception(lines))
    begins = next((at for at in range(len(lines) - 1, -1, -1) if words.begins(lines[at], job)), None)
    return Before(job, last_exception(lines[begins or 0 :]), begins is not None)


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


def last_exception(lines: Sequence[str]) -> str | None:
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
