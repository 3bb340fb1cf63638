# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operator's own management commands, before the imports (``ingest_commands_before``) and after the averages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import InvalidInput
from .catalogue import CATALOGUE, COMMAND, RETRY, Catalogue
from .entry import HISTORICAL, NAME, Entry, Scope

BEFORE, AFTER = "ingest_commands_before", "ingest_commands_after"
MOST = 20  # in a list: the record of the run names them all
COMMANDS_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "command": {"type": "raw", "required": True},
    "repeatable": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Commands:
    """The names of the commands, which are their steps'.

    Attributes:
        before: those that follow the reference data.
        after: those that follow the averages; a run without them is not complete.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        """All of them."""
        return {*self.before, *self.after}


NO_COMMANDS = Commands()


def read_commands(
    before: Sequence[Mapping[str, Any]] | None, after: Sequence[Mapping[str, Any]] | None, imports: Collection[str]
) -> Commands:
    """Read both lists.

    Args:
        before, after: dictionaries of COMMANDS_SPEC.
        imports: the names of what is imported, which are tags, too.

    Raises:
        InvalidInput: a list is too long; or a name is none, that of a step, a tag or an import, or that of two.
    """
    names = {}
    taken = {tag for entry in CATALOGUE for tag in entry.tags} | {*imports, HISTORICAL}
    for variable, given in ((BEFORE, before or []), (AFTER, after or [])):
        names[variable] = tuple(str(each["name"]) for each in given)
        if len(given) > MOST:
            raise InvalidInput(f"{variable} has {len(given)} commands; at most {MOST} are allowed.")
        for name in names[variable]:
            _check_name(variable, name, taken)
            taken.add(name)
    return Commands(names[BEFORE], names[AFTER])


def read_or_none(
    before: Sequence[Mapping[str, Any]] | None, after: Sequence[Mapping[str, Any]] | None, imports: Collection[str]
) -> Commands:
    """Read both lists; where they are wrong, which preflight tells, give none."""
    try:
        return read_commands(before, after, imports)
    except InvalidInput:
        return NO_COMMANDS


def with_commands(table: Catalogue, commands: Commands) -> Catalogue:
    """Add the commands to the table of steps: behind the reference data, and behind the averages."""
    rows = list(table)
    for scope, names, follows in (
        (Scope.CITIES, commands.before, Scope.CITIES),
        (Scope.AFTER, commands.after, Scope.AVERAGES),
    ):
        at = max((index for index, row in enumerate(rows) if row.scope is follows), default=len(rows) - 1) + 1
        rows[at:at] = [Entry(name, _title(name), scope, uses=COMMAND) for name in names]
    return Catalogue(rows, table.imports, table.together)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _check_name(variable: str, name: str, taken: Collection[str]) -> None:
    problem = ""
    if not NAME.fullmatch(name):
        problem = "a name is lower-case letters, digits and underscores, 40 at most, and begins with a letter"
    elif name in taken or CATALOGUE.part(name) or RETRY.fullmatch(name):
        problem = "that is the name of a step, a tag, an import or another command"
    if problem:
        raise InvalidInput(f"{variable} has the name {name!r}: {problem}. Give each command a name of its own.")
