# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks of an account before a run start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from ..core.context import Context
from ..core.names import Names
from ..record.record import Record
from ..record.sections import either
from .inputs import Values


@dataclass(frozen=True)
class Cloned:
    """A task definition that a run clones: the variables that name its family and the container to change."""

    family: str
    container: str


COMMANDS = Cloned("ingest_family", "ingest_container")
WORKERS = Cloned("ingest_worker_family", "ingest_worker_container")


@dataclass
class CheckContext:
    """What the checks of an account start from.

    Attributes:
        context: gives the clients, which are all made already: checks run side by side.
        chosen: the parts of the playbook that run.
        values: the variables that are right.
        known: the record of the environment's run.
        identity: who asks, from ``identify``: ``account``, ``arn``.
        region: in force.
    """

    context: Context
    chosen: set[str]
    values: Values
    known: Record = field(default_factory=lambda: Record(None))
    identity: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""

    def needs(self, *parts: str) -> bool:
        """Say whether one of these parts runs, in one half or the other."""
        return any(either(part, self.chosen) for part in parts)

    def has(self, *names: str) -> bool:
        """Say whether these variables are all right."""
        return all(name in self.values for name in names)

    def arn(self, service: str, resource: str) -> str:
        """Write the ARN of something in the account and region."""
        partition = str(self.identity["arn"]).split(":")[1]
        return f"arn:{partition}:{service}:{self.region}:{self.identity['account']}:{resource}"

    @property
    def workers(self) -> Cloned:
        """What the workers' definition is cloned from: that of the commands, unless the variables name another one."""
        own, commands = ([self.values.get(name) for name in astuple(each)] for each in (WORKERS, COMMANDS))
        return COMMANDS if own == commands or None in own else WORKERS

    @property
    def names(self) -> Names:
        """The names of what the run creates."""
        return Names(str(self.values.get("ingest_environment", "")))
