# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the run has cost so far, for the live line of a drain: computed once a minute."""

from __future__ import annotations

from ..core.context import Context
from ..core.run import StepRecorder
from ..core.waiting import if_possible
from ..cost import cost
from ..database.classes import history
from ..record import record

FIRST, EVERY = 15.0, 60.0  # seconds


class Spent:
    """The cost of the open run.

    Args:
        context: with the step's ``StepWriter``; outside a run nothing is computed.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._next = context.clock() + FIRST
        self._meter: cost.Meter | None = None
        self.usd: float | None = None

    def look(self) -> None:
        """Compute it when it is time; what cannot be read leaves the cost unknown and does not disturb the drain."""
        step = self._context.step
        if step is None or self._context.clock() < self._next:
            return
        self._next = self._context.clock() + EVERY

        def read(context: Context) -> float | None:
            self._meter = self._meter or _make(context, step)
            return self._meter.look()

        self.usd = if_possible(self._context, read, None, "what the run has cost")


def _make(context: Context, step: StepRecorder) -> cost.Meter:
    steps = record.read(context, step.environment, history.STEPS).steps
    classes = cost.Database(history.history(step.run, steps))
    return cost.Meter(context, step.environment, step.run, classes)
