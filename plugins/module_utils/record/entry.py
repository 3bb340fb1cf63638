# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A row of the table of steps, and a step as a part of a playbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

PROJECTIONS, HISTORICAL = "projections", "historical"  # the guide's imports
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")  # of an import or a command: a step's, or its beginning, and a tag


class Scope(Enum):
    """What a step belongs to."""

    RUN = "the run as a whole"
    REFERENCE = "the reference data"
    CITIES = "the cities"
    IMPORT = "an import: each has one of its own"
    FLEET = "the fleet, which all imports share"
    AVERAGES = "the averages"
    AFTER = "what follows the averages"


class Repeat(Enum):
    """What happens to a step where the run is resumed."""

    ONCE = "once"  # done once in a run
    KEPT = "kept"  # brought to the desired state each time, until a later step makes it unnecessary
    ALWAYS = "always"  # carried out each time


@dataclass(frozen=True)
class Entry:
    """A step: a row of the table.

    Attributes:
        name: in the record; of an import's, without its prefix.
        title: what people call it.
        scope: what it belongs to.
        repeat: what happens to it where the run is resumed.
        tags: of the playbooks' tasks that do it; empty: its name.
        variable: its command's; empty: it has none.
        uses: what preflight must find in order for it.
        unless_done: a step that makes it unnecessary, of the import it is carried out for; or LAST_GOAL.
        retried_as: pattern of its name in a retry, after ``retry_<number>_``; empty: a retry leaves it alone.
        retried_each: whether a retry has one for each import.
        optional: the variable that asks for it; it is listed of a run that has begun it. Empty: each run has it.
    """

    name: str
    title: str
    scope: Scope = Scope.RUN
    repeat: Repeat = Repeat.ONCE
    tags: tuple[str, ...] = ()
    variable: str = ""
    uses: tuple[str, ...] = ()
    unless_done: str = ""
    retried_as: str = ""
    retried_each: bool = False
    optional: str = ""


def step_of(name: str, step: str) -> str:
    """Name the step of an import, such as ``historical_drain`` of ``drain``; the projections' have no prefix."""
    return step if name == PROJECTIONS else f"{name}_{step}"


@dataclass(frozen=True)
class Part:
    """A step as a part of a playbook: one that the imports share is a part of each, under a name of its own.

    Attributes:
        step: the row of the table.
        of: the import it is carried out for; empty: for none.
        shared: the imports that it is carried out for together; ``of`` is the first of them.
    """

    step: Entry
    of: str = ""
    shared: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``drain``, ``historical_drain``, ``historical_capacity``."""
        return step_of(self.of, self.step.name) if self.of else self.step.name

    @property
    def recorded_as(self) -> str:
        """The name of its step in the record: ``capacity`` of ``historical_capacity``."""
        return self.name if self.step.scope is Scope.IMPORT else self.step.name

    @property
    def tags(self) -> set[str]:
        """The tags that select it, and those that leave it out: not of one import where others need it."""
        return {*(self.step.tags or (self.step.name,)), *([self.of] if self.of and not self.shared else [])}

    @property
    def unless_done(self) -> str:
        """The step of the record that makes it unnecessary; empty: none does."""
        return step_of(self.of, self.step.unless_done) if self.of and self.step.unless_done else ""
