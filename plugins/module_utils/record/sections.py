# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which parts of a playbook will run, by the tags given and skipped, and by what the open run has done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from .catalogue import ANY_COMMAND, CATALOGUE, COMMAND, EACH, TOGETHER, Catalogue
from .commands import RUNBOOK_ONLY, Commands, with_commands
from .entry import Part, Repeat
from .imports import CITIES, GUIDE, OF_PLAYBOOK, Import, catalogue, of_playbook, requested, scopes_of
from .record import Record

EVERYTHING = {"all", "tagged", "always", "preflight"}
MOLECULE = {"molecule-notest", "notest", "molecule-idempotence-notest"}  # which it skips in each of its runs
RETRY = "retry_failed"
SINGLE = {"command": ANY_COMMAND, "teardown": "teardown"}  # playbooks of one part, which tags do not select
PLAYBOOKS = (*OF_PLAYBOOK, RETRY, *SINGLE)


@dataclass(frozen=True)
class Selection:
    """A playbook with its tags.

    Attributes:
        playbook: one of PLAYBOOKS.
        tags: Ansible's run tags; none means all.
        skipped: Ansible's skip tags.
        imports: what is imported.
        together: whether the jobs of all imports are run by one drain.
        commands: those before the imports and after the averages.
        cities: the command that adds the cities.
        table: the steps there are.
    """

    playbook: str
    tags: Collection[str] = ()
    skipped: Collection[str] = ()
    imports: Sequence[Import] = GUIDE
    together: bool = False
    commands: Commands = RUNBOOK_ONLY
    cities: Any = ""
    table: Catalogue = CATALOGUE

    @property
    def candidates(self) -> list[Part]:
        """All parts of the playbook."""
        if self.playbook in SINGLE:
            return []
        own = of_playbook(self.playbook, self.imports)
        table = with_commands(catalogue(own, self.together, self.table), self.commands)
        return table.parts_of_retry() if self.playbook == RETRY else table.parts(scopes_of(self.playbook, own))

    def parts(self) -> set[str]:
        """Name the parts that will run."""
        if self.playbook in SINGLE:
            return {SINGLE[self.playbook]} - set(self.skipped)
        wanted = set(self.tags) - {"always", "preflight"}
        every = not wanted or bool(wanted & EVERYTHING)
        return {
            part.name
            for part in self.candidates
            if (every or self._reached_by(part) & wanted) and not part.tags & set(self.skipped)
        }

    def unknown_tags(self, more: Collection[str]) -> list[str]:
        """Write a problem for each tag that no task has, with the nearest one: Ansible would run nothing, in silence.

        Args:
            more: further tags there are, of tasks that are not the collection's.
        """
        reaching = {tag for part in self.candidates for tag in self._reached_by(part)}
        having = {tag for part in self.candidates for tag in part.tags}
        special = EVERYTHING | ({"untagged"} if self.playbook in SINGLE else set())
        skippable = EVERYTHING | {"untagged", "never"} | MOLECULE
        return [
            *_unknown("--tags", self.tags, {*reaching, *more}, special, self.playbook),
            *_unknown("--skip-tags", self.skipped, {*having, *more}, skippable, self.playbook),
        ]

    def left(self, known: Record) -> set[str]:
        """Leave out what the open run has done; a retry does it again for the jobs that failed."""
        if self.playbook == RETRY:
            return self.parts()
        chosen = self.parts()
        done = {
            part.name
            for part in self.candidates
            if (part.step.repeat is Repeat.ONCE and known.is_done(part.recorded_as)) or known.is_done(part.unless_done)
        }
        queueing = [part.name for part in self.candidates if part.step.name == "create_jobs"]
        if self.together and any(name in chosen - done for name in queueing):
            done -= {part.name for part in self.candidates if part.shared}  # an import that was left out needs them
        return chosen - done

    def checked_steps(self) -> list[str]:
        """List the steps that have checks of their own, which preflight leaves out once the step is done."""
        parts = catalogue(self.imports, self.together, self.table).parts()
        once = [part for part in parts if part.step.repeat is Repeat.ONCE and {*part.step.uses} - {*COMMAND}]
        return list(dict.fromkeys(part.recorded_as for part in once))

    @property
    def requested(self) -> dict[str, Any]:
        """What a run of the playbook requests, as its record keeps it; empty: it opens no run."""
        own = of_playbook(self.playbook, self.imports) if self.playbook in OF_PLAYBOOK else []
        cities = self.cities if self.playbook == CITIES else None
        return requested(own, TOGETHER if self.together else EACH, cities) if own else {}

    def _reached_by(self, part: Part) -> set[str]:
        """Give the tags that reach a part: of the first import all it has, of the others the import's name."""
        if part.shared:
            return part.tags | ({*part.shared} - set(self.skipped))
        own = of_playbook(self.playbook, self.imports)
        if self.together or self.playbook == RETRY or part.of in ("", own[0].name):
            return part.tags
        return {part.of}


def _unknown(option: str, tags: Collection[str], known: set[str], special: set[str], playbook: str) -> list[str]:
    def hint(tag: str) -> str:
        close = get_close_matches(tag, known, 1)
        if close:
            return f"did you mean {close[0]}?"
        return f"tags are {', '.join(sorted(known))}." if known else "leave the option out."

    return [
        f"{option} has {tag!r}, which no task of the playbook {playbook} has: {hint(tag)}"
        for tag in sorted(set(tags) - known - special)
    ]


def either(part: str, chosen: Collection[str]) -> bool:
    """Say whether a part of an import runs, for one import or another."""
    return CATALOGUE.any_of(part, chosen)
