# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The interruptions of a run, kept in the account: the newest ones, and how many there were.

``/climate.ingest/<environment>/interruptions``, written when a run is resumed that was interrupted, and only then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from ..core.context import Context
from ..core.text import clipped
from . import store

MOST = 8
LONGEST_REASON = 250  # bytes: as many as MOST of them leave room for


@dataclass(frozen=True)
class Interruption:
    """A time in which nobody carried out the open run.

    Attributes:
        began: the last sign of life of its controller, or when it failed; ISO 8601.
        resumed: when the run was resumed.
        step: the last step that the record tells of; empty: it tells of none.
        within: whether that step had begun and not ended; else the run was interrupted after it.
        why: for people.
    """

    began: str
    resumed: str
    step: str
    within: bool
    why: str


@dataclass(frozen=True)
class Interruptions:
    """Those of a run.

    Attributes:
        count: how many there were.
        newest: the last ones, oldest first.
    """

    count: int = 0
    newest: Sequence[Interruption] = field(default_factory=tuple)

    def adding(self, one: Interruption) -> Interruptions:
        """Add one. If it began with the last one, that resumption came to nothing, and it is still the same one."""
        one = replace(one, why=clipped(one.why, LONGEST_REASON))
        same = bool(self.newest) and self.newest[-1].began == one.began
        kept = [*self.newest[:-1], replace(self.newest[-1], resumed=one.resumed)] if same else [*self.newest, one]
        return Interruptions(self.count + (not same), kept[-MOST:])


def read(context: Context, environment: str, run: str) -> Interruptions:
    """Read those of a run."""
    name = store.name_of(environment, "interruptions")
    document = store.read(context, [name]).get(name)
    if document is None or document["run"] != run:
        return Interruptions()
    return Interruptions(document["count"], [Interruption(**each) for each in document["newest"]])


def write(context: Context, environment: str, run: str, known: Interruptions) -> None:
    """Write those of a run, in place of an earlier run's."""
    store.write(context, store.name_of(environment, "interruptions"), {"run": run, **asdict(known)})
