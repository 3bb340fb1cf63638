# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How fast a queue drains, from its recent past, and when it will be empty."""

from __future__ import annotations

from collections import deque

WINDOW = 600.0  # seconds of the recent past


class Rate:
    """The jobs left over time; older samples than the window are dropped, so it stays small."""

    def __init__(self, window: float = WINDOW) -> None:
        self._samples: deque[tuple[float, int]] = deque()
        self._window = window

    def add(self, now: float, left: int) -> None:
        """Take a sample; jobs added meanwhile begin the count anew."""
        if self._samples and left > self._samples[-1][1]:
            self._samples.clear()
        self._samples.append((now, left))
        while now - self._samples[0][0] > self._window:
            self._samples.popleft()

    @property
    def per_second(self) -> float:
        """Jobs done a second in the window."""
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        return (before - after) / (last - first) if last > first else 0.0

    def seconds_left(self) -> float | None:
        """Estimate when the last job is done; None while nothing is known."""
        rate = self.per_second
        return self._samples[-1][1] / rate if rate > 0 else None
