"""How tests wait for what must come: so long that only what never comes fails, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 600.0  # seconds; pytest's own limit for a test is twice that
PAUSE = 0.02  # seconds between two looks

T = TypeVar("T")


def until(condition: Callable[[], T], pause: float = PAUSE, why: Callable[[], object] = lambda: "it never came") -> T:
    """Wait until a condition gives something true, and give that.

    Args:
        condition: is asked again and again.
        pause: seconds between two looks.
        why: gives what a failure shows.
    """
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, why()
        time.sleep(pause)
    return found
