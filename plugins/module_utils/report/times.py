# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stretches of time in which a run did something: each becomes one time axis, the same in all figures.

A run that was interrupted and continued the next day would be two hairlines on one axis.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.text import epoch

LONGEST_IDLE = 3600 * 1000  # milliseconds
SHORTEST = 10 * 1000
MOST = 600  # drawn values of a line


@dataclass(frozen=True)
class Stretch:
    """A stretch of time.

    Attributes:
        start, end: milliseconds since 1970.
        several: whether it is one of several, and needs a title.
    """

    start: int
    end: int
    several: bool = False

    def holds(self, time: int) -> bool:
        """Whether a time is in it."""
        return self.start <= time <= self.end


def places(times: Sequence[str], axis: Stretch) -> list[int]:
    """Give the places of the times to draw in a stretch: more than a screen has pixels make a page large and slow."""
    within = [place for place, time in enumerate(times) if axis.holds(epoch(time))]
    thinned = within[:: max(1, math.ceil(len(within) / MOST))]
    return [*thinned, *within[-1:]] if within[-1:] != thinned[-1:] else thinned


def stretches(facts: Mapping[str, Any]) -> list[Stretch]:
    """Find them, oldest first; none where nothing has begun."""
    found: list[list[int]] = []
    for start, end in sorted(_active(facts)):
        if found and start - found[-1][1] <= LONGEST_IDLE:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return [Stretch(start, max(end, start + SHORTEST), len(found) > 1) for start, end in found]


def _active(facts: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    for step in facts["steps"]:
        for attempt in step["attempts"]:
            yield epoch(attempt["began"]), epoch(attempt["ended"] or facts["generated_at"])
    for drain in facts["drains"]:
        for time in drain["times"]:
            yield epoch(time), epoch(time)
    for time in facts["fleet"]["times"]:
        yield epoch(time), epoch(time) + facts["fleet"]["width_seconds"] * 1000
