"""A point of the sweep: a run that is killed at one of its calls, and the run after it."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.sweep import state
from tests.sweep.account import Ended, SweepAccount
from tests.sweep.state import State

WHEN = ("before", "after")
RECOVERED, FAILED, NOT_REACHED = "recovered", "FAILED", "not reached"
# What is written by the clock (the lock's renewal) makes one run's calls a few more or less than another's.
SLACK = 3
# why a playbook failed, in its output
ENDING = re.compile(r"^(?:\[ERROR\]: |\s+msg: |(?:failed|stopped): \[[^\]]+\]: )(?:Task failed: )?(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Point:
    """Where a run is killed.

    Attributes:
        call: at which of its changing calls, counted from 1.
        when: ``before`` or ``after`` the call is performed.
    """

    call: int
    when: str

    def __str__(self) -> str:
        return f"{self.call}:{self.when}"

    @property
    def order(self) -> tuple[int, int]:
        """Where it comes in the course of a run."""
        return self.call, WHEN.index(self.when)


@dataclass(frozen=True)
class Reference:
    """The undisturbed run.

    Attributes:
        calls: ``service.Operation`` of each of its changing calls, in order.
        state: what it left.
        seconds: how long it ran.
    """

    calls: Sequence[str]
    state: State
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What came of a point.

    Attributes:
        point: the point.
        operation: ``service.Operation`` of the call it was killed at; empty where it was not reached.
        seconds: all in all.
        result: RECOVERED, FAILED or NOT_REACHED.
        reasons: why it failed.
        output: what both runs printed.
    """

    point: Point
    operation: str
    seconds: float
    result: str
    reasons: list[str] = field(default_factory=list)
    output: str = ""

    def is_wrong(self, calls: int) -> bool:
        """Tell whether it speaks against the collection, or was missed by more than the clock explains.

        Args:
            calls: of the undisturbed run.
        """
        missed = self.result == NOT_REACHED and self.point.call <= calls - SLACK
        return self.result == FAILED or missed


class Disturbed(Exception):
    """The undisturbed run did not end as it should; the message says how."""


def undisturbed(account: SweepAccount, **variables: Any) -> Reference:
    """Run populate.yml once, on a fresh account, without killing it.

    Args:
        variables: of the playbook.

    Raises:
        Disturbed: it failed, or left something behind.
    """
    run = account.populate(**variables)
    if run.code != 0:
        raise Disturbed(f"the undisturbed run ended with exit code {run.code}\n{run.output}")
    left = state.read(account)
    if left.leftovers or not left.jobs:
        raise Disturbed(f"the undisturbed run queued {left.jobs.total()} jobs and left: {', '.join(left.leftovers)}")
    return Reference([name(call) for call in account.changes()], left, run.seconds)


def try_point(account: SweepAccount, point: Point, reference: Reference, **variables: Any) -> Outcome:
    """Kill a run at a point, run again, and look at what came of it.

    Args:
        variables: of the playbook, as for the reference.
    """
    began = time.monotonic()
    account.control("reset", "POST")
    first = account.populate({"call": point.call, "when": point.when}, **variables)
    crashed = account.control("settings")["crashed"]
    if crashed is None:
        account.control("settings", "PUT", {"crash": None})
        reasons = [] if first.code == 0 else [f"the run was not killed, and ended with {end(first)}"]
        result = FAILED if reasons else NOT_REACHED
        return Outcome(point, "", time.monotonic() - began, result, reasons, first.output)
    second = account.populate(**variables)
    if second.code == 0:
        reasons = state.differences(state.read(account), reference.state)
    else:
        reasons = [f"the second run ended with {end(second)}"]
    output = f"{first.output}\n---- killed at {point} ({name(crashed)}); the second run ----\n{second.output}"
    return Outcome(point, name(crashed), time.monotonic() - began, FAILED if reasons else RECOVERED, reasons, output)


def name(call: dict[str, Any]) -> str:
    """Name a call, e.g. ``ecs.RunTask``."""
    return f"{call['service']}.{call['operation']}"


def end(run: Ended) -> str:
    """Say how a playbook ended, with the first line of what it failed with."""
    if run.code is None:
        return f"nothing after {run.seconds:.0f} s"
    said = ENDING.search(run.output)
    return f"exit code {run.code}" + (f": {said.group(1)[:200]}" if said else "")


def every_point(calls: int) -> list[Point]:
    """Give both points of each call."""
    return [Point(call, when) for call in range(1, calls + 1) for when in WHEN]


def spread(calls: int, count: int) -> list[Point]:
    """Choose so many points evenly, ``before`` and ``after`` in turn, the first and the last call among them."""
    if count >= 2 * calls:
        return every_point(calls)
    last = max(count - 1, 1)
    chosen = {Point(1 + round(index * (calls - 1) / last), WHEN[index % 2]) for index in range(count)}
    return sorted(chosen, key=lambda point: point.order)


def parse(text: str) -> list[Point]:
    """Read ``K:when,...``.

    Raises:
        ValueError: it is none.
    """
    points = []
    for part in text.split(","):
        call, _, when = part.strip().partition(":")
        if not call.isdecimal() or int(call) < 1 or when not in WHEN:
            raise ValueError(f"{part!r} is not K:before or K:after")
        points.append(Point(int(call), when))
    return points
