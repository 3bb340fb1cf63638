# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The management commands before the imports (``ingest_commands_before``) and after the averages.

The default of the first list is the runbook's, whose rows the table of steps has. All others are the operator's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..core.errors import InvalidInput
from .catalogue import CATALOGUE, COMMAND, RETRY, Catalogue
from .entry import HISTORICAL, NAME, Entry, Scope

BEFORE, AFTER = "ingest_commands_before", "ingest_commands_after"
CITIES = "cities"  # the step that adds cities; what follows it in the list is done for new cities, too
OF_LIST = (Scope.REFERENCE, Scope.CITIES)  # the rows that the list replaces
RUNBOOK = tuple(row.name for row in CATALOGUE if row.scope in OF_LIST)
MOST = 20  # in a list: the record of the run names them all
COMMANDS_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "title": {"type": "str"},
    "command": {"type": "raw", "required": True},
    "repeatable": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Commands:
    """The names of the commands, which are their steps'.

    Attributes:
        before: those that come before the imports.
        after: those that follow the averages; a run without them is not complete.
        titles: what people call them, by name, where that is not made of the name.
    """

    before: tuple[str, ...] = RUNBOOK
    after: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> set[str]:
        """Those of the operator's own."""
        return {*self.before, *self.after} - {*RUNBOOK}

    def of_scopes(self, scopes: Collection[Scope]) -> list[str]:
        """List those before the imports that a playbook of these scopes runs."""
        return [row.name for row in self.rows_before() if row.scope in scopes]

    def rows_after(self) -> list[Entry]:
        """Give the rows of the table of steps for those after the averages."""
        return [self._row(name, Scope.AFTER) for name in self.after]

    def rows_before(self) -> list[Entry]:
        """Give the rows for those before the imports; from the one that adds cities on they are of the cities."""
        adds = self.before.index(CITIES) if CITIES in self.before else len(self.before)
        scopes = (Scope.REFERENCE if at < adds else Scope.CITIES for at in range(len(self.before)))
        return [self._row(name, scope) for name, scope in zip(self.before, scopes, strict=True)]

    def _row(self, name: str, scope: Scope) -> Entry:
        known = CATALOGUE[name] if name in RUNBOOK else Entry(name, _title(name), uses=COMMAND)
        return replace(known, scope=scope, title=self.titles.get(name, known.title))


RUNBOOK_ONLY = Commands()


def read_commands(
    before: Sequence[Mapping[str, Any]] | None, after: Sequence[Mapping[str, Any]] | None, imports: Collection[str]
) -> Commands:
    """Read both lists.

    Args:
        before, after: dictionaries of COMMANDS_SPEC; None for ``before``: it is not known, so the runbook's.
        imports: the names of what is imported, which are tags, too.

    Raises:
        InvalidInput: a list is too long; or a name is none, that of a step, a tag or an import, or that of two.
    """
    names, taken = {}, {tag for entry in CATALOGUE for tag in entry.tags} | {*imports, HISTORICAL}
    for variable, given in ((BEFORE, before or []), (AFTER, after or [])):
        names[variable] = tuple(str(each["name"]) for each in given)
        if len(given) > MOST:
            raise InvalidInput(f"{variable} has {len(given)} commands; at most {MOST} are allowed.")
        for name in names[variable]:
            _check_name(variable, name, taken)
            taken.add(name)
    titles = {str(each["name"]): str(each["title"]) for each in [*(before or []), *(after or [])] if each.get("title")}
    own = {name: title for name, title in titles.items() if name not in RUNBOOK or CATALOGUE[name].title != title}
    return Commands(RUNBOOK if before is None else names[BEFORE], names[AFTER], own)


def read_or_runbook(
    before: Sequence[Mapping[str, Any]] | None, after: Sequence[Mapping[str, Any]] | None, imports: Collection[str]
) -> Commands:
    """Read both lists; where they are wrong, which preflight tells, give the runbook's."""
    try:
        return read_commands(before, after, imports)
    except InvalidInput:
        return RUNBOOK_ONLY


def with_commands(table: Catalogue, commands: Commands) -> Catalogue:
    """Make the commands steps of the table: before the imports, and behind the averages.

    The runbook's own are in the table already.
    """
    rows = list(table)
    if commands.before != RUNBOOK or commands.titles:
        first = next(index for index, row in enumerate(rows) if row.scope in (*OF_LIST, Scope.IMPORT))
        kept = [row for row in rows[first:] if row.scope not in OF_LIST]
        rows = [*rows[:first], *commands.rows_before(), *kept]
    at = max((index for index, row in enumerate(rows) if row.scope is Scope.AVERAGES), default=len(rows) - 1) + 1
    rows[at:at] = commands.rows_after()
    return Catalogue(rows, table.imports, table.together)


def check_cities(commands: Commands) -> None:
    """Make sure that there is a command that adds cities.

    Raises:
        InvalidInput: there is none.
    """
    if CITIES not in commands.before:
        raise InvalidInput(
            f"{BEFORE} has no command named {CITIES}, which adds the cities for playbooks/{CITIES}.yml: name it so."
        )


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _check_name(variable: str, name: str, taken: Collection[str]) -> None:
    problem = ""
    of_runbook = variable == BEFORE and name in RUNBOOK
    if not NAME.fullmatch(name):
        problem = "a name is lower-case letters, digits and underscores, 40 at most, and begins with a letter"
    elif name in taken or (CATALOGUE.part(name) and not of_runbook) or RETRY.fullmatch(name):
        problem = "that is the name of a step, a tag, an import or another command"
    if problem:
        raise InvalidInput(f"{variable} has the name {name!r}: {problem}. Give each command a name of its own.")
