"""Which request meets which fault."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol


class Fault(StrEnum):
    """What happens to a request on its way, or to its answer.

    The first are answers: the request is not performed. Of the others ``RESET_AFTER``, ``ERROR_AFTER`` and ``HALF`` are
    performed and their answer is lost, ``DELAY`` is performed late, ``RESET_BEFORE`` and ``BLACK_HOLE`` never are.
    ``CUT`` is not either, and for a while no other request of anybody.
    """

    THROTTLE = "throttle"
    WRAPPED = "throttle inside another error"
    TOO_MANY = "429"
    SLOW_DOWN = "SlowDown"
    TIMEOUT = "408"
    ERROR = "500"
    UNAVAILABLE = "503"
    BAD_GATEWAY = "502 with a page"
    WEB_PAGE = "200 with a page"
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    ERROR_AFTER = "500 after"
    HALF = "half an answer"
    DELAY = "delay"
    BLACK_HOLE = "no answer"
    CUT = "network cut"


@dataclass(frozen=True)
class Call:
    """A request as AWS names it.

    Attributes:
        service: its signing name, e.g. ``ecs``.
        operation: e.g. ``RunTask``.
        changes: whether it can change something.
        content: stands for the whole of it: a request that is sent again has the same.
    """

    service: str
    operation: str
    changes: bool
    content: bytes

    @property
    def name(self) -> str:
        """Name it, e.g. ``ecs.RunTask``."""
        return f"{self.service}.{self.operation}"


class Plan(Protocol):
    """Decides over requests; called from several threads."""

    def choose(self, call: Call) -> Fault | None:
        """Give the fault that a request meets, None if it passes."""

    def performed(self, call: Call) -> None:
        """Take note that a call was performed."""


@dataclass(frozen=True)
class Rule:
    """A fault, and the requests that meet it.

    Attributes:
        fault: what they meet.
        operation: a pattern of names, e.g. ``ecs.RunTask``, ``ssm.*``.
        occurrence: with which of them it begins, counted from 1; one that is sent again for a fault is not another.
        times: how many meet it; None for all, as long as ``seconds`` allows.
        seconds: after how long it ends, from the first that met it.
        after: operation that must have been performed before anything counts; then the rule waits for ``wait`` more.
        wait: seconds.
    """

    fault: Fault
    operation: str = "*"
    occurrence: int = 1
    times: int | None = 1
    seconds: float | None = None
    after: str = ""
    wait: float = 0.0


@dataclass
class _Progress:
    """How far a rule is."""

    seen: int = 0
    met: int = 0
    began: float | None = None
    armed: float | None = None


class Script:
    """Rules, of which the first that a request fits decides.

    Args:
        rules: in order.
        clock: seconds, never going back.
    """

    def __init__(self, rules: Iterable[Rule], clock: Callable[[], float] = time.monotonic) -> None:
        self.rules = tuple(rules)
        self._clock = clock
        self._lock = threading.Lock()
        self._progress = [_Progress(armed=None if rule.after else clock()) for rule in self.rules]
        self._lost: set[bytes] = set()

    def choose(self, call: Call) -> Fault | None:
        """Give the fault that a request meets, None if it passes."""
        with self._lock:
            again = call.content in self._lost
            self._lost.discard(call.content)
            pairs = list(zip(self.rules, self._progress, strict=True))
            about = [(rule, progress) for rule, progress in pairs if self._counts(rule, progress, call, again)]
            fault = next((rule.fault for rule, progress in about if self._meets(rule, progress, again)), None)
            if fault is not None:
                self._lost.add(call.content)
            return fault

    def performed(self, call: Call) -> None:
        """Arm the rules that waited for this."""
        with self._lock:
            for rule, progress in zip(self.rules, self._progress, strict=True):
                if progress.armed is None and rule.after == call.name:
                    progress.armed = self._clock() + rule.wait

    def unmet(self) -> list[Rule]:
        """Give the rules that no request has met."""
        with self._lock:
            return [rule for rule, at in zip(self.rules, self._progress, strict=True) if not at.met]

    def _counts(self, rule: Rule, at: _Progress, call: Call, again: bool) -> bool:
        """Count a request that a rule is about."""
        if at.armed is None or self._clock() < at.armed or not fnmatchcase(call.name, rule.operation):
            return False
        at.seen += not again
        return at.seen >= rule.occurrence

    def _meets(self, rule: Rule, at: _Progress, again: bool) -> bool:
        """Say whether one of them meets the fault."""
        if again and not at.met or rule.times is not None and at.met >= rule.times:
            return False
        now = self._clock()
        at.began = now if at.began is None else at.began
        if rule.seconds is not None and now - at.began >= rule.seconds:
            return False
        at.met += 1
        return True


class Chance:
    """Faults at random, the same ones for a seed as far as the requests are the same.

    Args:
        seed: of the random numbers.
        faults: to choose from.
        share: of the requests that meet one, 0 to 1.
        changing: of those that can change something.
        in_a_row: at most so many, one after the other, of an operation: what cannot get through at all proves nothing.
    """

    def __init__(self, seed: int, faults: Sequence[Fault], share: float, changing: float, in_a_row: int = 3) -> None:
        self._random = random.Random(seed)
        self._faults, self._in_a_row = tuple(faults), in_a_row
        self._share = {False: share, True: changing}
        self._lock = threading.Lock()
        self._row: dict[str, int] = {}

    def choose(self, call: Call) -> Fault | None:
        """Give the fault that a request meets, None if it passes."""
        with self._lock:
            row = self._row.get(call.name, 0)
            if row >= self._in_a_row or self._random.random() >= self._share[call.changes]:
                self._row[call.name] = 0
                return None
            self._row[call.name] = row + 1
            return self._random.choice(self._faults)

    def performed(self, call: Call) -> None:
        """Nothing waits for it."""
