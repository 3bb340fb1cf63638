# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The part of a teardown that gives back what runs have borrowed: a standing service and a standing group.

They are found from what the account remembers, whatever the variables say now, and on whatever machine.
"""

from __future__ import annotations

from functools import partial

from ..core.context import Context
from ..core.result import Result
from ..core.text import count
from ..fleet.standing import group
from ..record import standing
from ..record.standing import Borrowed
from ..workers import standing_service
from .removals import Removals


class GivingBack:
    """Puts back what an environment has borrowed; a failure keeps nothing else from being put back.

    Args:
        context: clients, clock, progress.
        environment: whose runs have borrowed.
        removals: where it is noted.
    """

    def __init__(self, context: Context, environment: str, removals: Removals) -> None:
        self.context, self.environment, self._removals = context, environment, removals
        self._found: dict[str, Borrowed] = {}
        self._first: dict[str, Result] = {}  # what was there when it was first put back
        self._done: set[str] = set()

    def request(self, kind: str) -> bool:
        """Put back what there is of a kind, and wait for nothing; say whether that could be looked up and done."""
        known = self._removals.attempt(f"the standing {kind}", self._list)
        attempts = [self._attempt(each, None) for each in self._of(kind)]
        return known and all(attempts)

    def finish(self, kind: str, timeout: float) -> bool:
        """Wait until what was put back is at rest; say whether it is.

        Args:
            timeout: seconds for all of it.
        """
        deadline = self.context.clock() + timeout
        left = [] if self.context.check_mode else [each for each in self._of(kind) if each.key not in self._done]
        attempts = [self._attempt(each, max(deadline - self.context.clock(), 1)) for each in left]
        return all(attempts)

    def has(self, kind: str) -> bool:
        """Say whether something of a kind was found."""
        return bool(self._of(kind))

    def _list(self) -> None:
        self._found |= {each.key: each for each in standing.held(self.context, self.environment)}

    def _of(self, kind: str) -> list[Borrowed]:
        return [each for each in self._found.values() if each.kind == kind]

    def _attempt(self, borrowed: Borrowed, timeout: float | None) -> bool:
        return self._removals.attempt(borrowed.title, partial(self._put_back, borrowed, timeout))

    def _put_back(self, borrowed: Borrowed, timeout: float | None) -> None:
        where = (self.context, self.environment, borrowed)
        if borrowed.kind == standing.SERVICE:
            part = standing_service.put_back(*where, timeout)
        else:
            part = group.put_back(*where, wait=timeout is not None, timeout=timeout or 0)
        first = self._first.setdefault(borrowed.key, part)
        if first.changed:
            self._removals.add_scaled_back(_scaled(borrowed, first), first.before, first.after)
        if timeout is not None:
            self._done.add(borrowed.key)


def _scaled(borrowed: Borrowed, result: Result) -> str:
    """Name what was put back, with the numbers."""
    size, what = ("desiredCount", "worker") if borrowed.kind == standing.SERVICE else ("DesiredCapacity", "instance")
    return f"{borrowed.title} from {result.before[size]} to {count(result.after[size], what)}"
