"""Points of the fault sweep: an operation of a course, and the fault that it meets; many of them in one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.proxy import Exchange
from tests.faults.rules import Fault, Rule

COMPLETED, FAILED, NOT_REACHED = "completed", "FAILED", "not reached"
# the answers of which are lost, though the call is performed
LOST = (Fault.RESET_AFTER, Fault.ERROR_AFTER)
FIVE = (Fault.THROTTLE, Fault.ERROR, Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.DELAY)
# What is written by the clock (the lock's renewal) makes one run's calls a few more or less than another's.
SLACK = 3


@dataclass(frozen=True)
class Point:
    """Which request of a course meets a fault.

    Attributes:
        operation: e.g. ``ecs.RunTask``.
        occurrence: counted from 1.
    """

    operation: str
    occurrence: int = 1

    def rule(self, fault: Fault) -> Rule:
        """Give what the proxy does at this point."""
        return Rule(fault, self.operation, self.occurrence)


@dataclass(frozen=True)
class Outcome:
    """What came of a point.

    Attributes:
        course: which was run.
        fault: what the request met.
        point: which request.
        result: COMPLETED, FAILED or NOT_REACHED.
        reasons: why it failed.
        output: what the run printed.
    """

    course: str
    fault: Fault
    point: Point
    result: str
    reasons: Sequence[str] = ()
    output: str = ""


@dataclass(frozen=True)
class Met:
    """What came of a run in which several points met a fault.

    Attributes:
        unmet: the points that were not reached.
        reasons: why it failed; empty where it completed.
        output: what it printed.
    """

    unmet: Sequence[Point] = ()
    reasons: Sequence[str] = ()
    output: str = ""


@dataclass
class Operations:
    """The operations of a course, as a run without faults called them.

    Attributes:
        counts: how often each was called, in the order of the first calls.
        changing: those that change something.
    """

    counts: Counter[str] = field(default_factory=Counter)
    changing: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> Operations:
        """Learn them from what the proxy has taken."""
        found = cls()
        for exchange in exchanges:
            found.counts[exchange.call.name] += 1
            if exchange.call.changes:
                found.changing.add(exchange.call.name)
        return found

    def points(self, fault: Fault) -> list[Point]:
        """Give the first request of each operation; of a changing one every request, where its answer is lost."""
        every = self.changing if fault in LOST else set()
        return [
            Point(name, occurrence)
            for name, count in self.counts.items()
            for occurrence in range(1, (count if name in every else 1) + 1)
        ]

    def may_miss(self, point: Point) -> bool:
        """Say whether the clock explains that a point was not reached: a read may not come, a renewal neither."""
        return point.operation not in self.changing or point.occurrence > max(self.counts[point.operation] - SLACK, 1)


def isolate(points: Sequence[Point], run: Callable[[Sequence[Point]], Met]) -> dict[Point, tuple[str, Met]]:
    """Try points in one run, and where it fails in smaller and smaller ones, until each failure has its point.

    Args:
        points: at least one.
        run: tries them.

    Returns:
        result of each point, and the run it is known from.
    """
    met = run(points)
    if not met.reasons:
        return {point: (NOT_REACHED if point in met.unmet else COMPLETED, met) for point in points}
    if len(points) == 1:
        return {points[0]: (FAILED, met)}
    reached = [point for point in points if point not in met.unmet] or points
    found = {}
    for part in (reached[: len(reached) // 2], reached[len(reached) // 2 :]):
        if part:
            found |= isolate(part, run)
    if all(result != FAILED for result, _ in found.values()):  # none of them alone
        found = {point: (FAILED, met) for point in reached}
    # it did not come so far as to try these
    rest = [point for point in points if point not in found]
    return found | (isolate(rest, run) if rest else {})
