# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for something to happen, and reading what is only shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .aws import AWS_ERRORS, is_denied, why_unread
from .context import Context
from .errors import DeadlineExceeded

T = TypeVar("T")

MAX_POLL_SECONDS = 15.0


def poll(
    context: Context,
    read: Callable[[], T | None],
    *,
    what: str,
    timeout: float,
    interval: float | Callable[[], float] = 2.0,
    factor: float = 1.3,
    longest: float = MAX_POLL_SECONDS,
) -> T:
    """Call ``read`` until it gives something: often at first, then more and more rarely.

    Args:
        context: clock and sleeper.
        read: gives None while it has not happened; raises an IngestError when it never will.
        what: what is awaited, for the message.
        timeout: seconds after which waiting is given up; those in which AWS could not be asked do not count.
        interval: seconds before the second read; each further wait is ``factor`` times as long, up to ``longest``. A
            function gives the seconds before each next read.

    Raises:
        DeadlineExceeded: nothing came in time.
    """
    began, outages = context.clock(), context.outages.seconds
    context.progress.expect(timeout, at_most=True)
    while True:
        answer = read()
        if answer is not None:
            return answer
        left = timeout - (context.clock() - began) + (context.outages.seconds - outages)
        if left <= 0:
            raise DeadlineExceeded(f"Gave up waiting for {what} after {timeout:.0f} seconds.")
        if callable(interval):
            context.sleep(min(interval(), left))
        else:
            context.sleep(min(interval, left))
            interval = min(interval * factor, longest)


def if_possible(context: Context, read: Callable[[Context], T], otherwise: T, what: str) -> T:
    """Read what is only shown: trouble with it disturbs nobody, and is not waited out.

    Args:
        read: is given a context with little patience.
        otherwise: what is given where it cannot be read.
        what: it is: told to everybody, once a play, where it is denied; else to those who want to know (``-v``).
    """
    try:
        return read(context.briefly())
    except AWS_ERRORS as error:
        text = f"{what} cannot be read: {why_unread(error)}"
        if is_denied(error):
            context.memo.once(f"told/{text}", lambda: _tell(context, text))
        else:
            context.progress.detail(text)
        return otherwise


def _tell(context: Context, text: str) -> bool:
    context.progress.line(text)
    return True
