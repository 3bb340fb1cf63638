# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of a run: one table, from which every list of steps is derived."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from .entry import HISTORICAL, PROJECTIONS, Entry, Part, Repeat, Scope, step_of

EACH, TOGETHER = "each", "together"  # how jobs are run: one import after the other, or all of them by one drain
RETRY = re.compile(r"retry_(\d+)(?:_(.+))?")  # as retry_step writes it
LAST_GOAL = "the last goal of the run"
COMMAND = ("command", "cluster", "family", "database")  # what every management command uses
DATASET, QUEUE, VERIFY = (*COMMAND, "dataset"), ("cluster", "queue"), "ingest_verify_command"
BASELINE = ("create_jobs", "baseline")  # tags: it is asked before jobs are created, or by itself
MAY_BE_EMPTY = (VERIFY, "ingest_summary_command")  # variables: the collection has a command of its own
ANY_COMMAND = "command"  # what playbooks/command.yml does: it is a step of no run


class Catalogue:
    """Steps in the order of a run, and the lists derived from them.

    Args:
        entries: the rows.
        imports: the names of what is imported, in their order.
        together: whether the jobs of all imports are queued first and run by one drain.
    """

    def __init__(
        self, entries: Iterable[Entry], imports: Sequence[str] = (PROJECTIONS, HISTORICAL), together: bool = False
    ) -> None:
        self._entries = {entry.name: entry for entry in entries}
        self.imports = tuple(imports)
        self.together = together

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def of(self, imports: Sequence[str], together: bool = False) -> Catalogue:
        """Give the table for a run that imports these."""
        return Catalogue(self, imports, together)

    def parts(self, scopes: Collection[Scope] = tuple(Scope)) -> list[Part]:
        """List the parts of a playbook, in the order it carries them out."""
        rows = [entry for entry in self if entry.scope in scopes]
        imported = [entry for entry in rows if entry.scope in (Scope.IMPORT, Scope.FLEET)]
        if not imported:
            return [Part(entry) for entry in rows]
        before, after = rows[: rows.index(imported[0])], rows[rows.index(imported[-1]) + 1 :]
        return [*map(Part, before), *self._of_imports(imported), *map(Part, after)]

    def _of_imports(self, rows: Sequence[Entry]) -> Iterator[Part]:
        if not self.together:
            yield from (Part(entry, name) for name in self.imports for entry in rows)
            return
        for entry in rows:
            if entry.scope is Scope.FLEET or entry.name == "drain":
                yield Part(entry, self.imports[0], self.imports)
            else:
                yield from (Part(entry, name) for name in self.imports)

    def parts_of_retry(self) -> list[Part]:
        """List the parts of the playbook that retries failed jobs: one drain runs those of all imports."""
        found = []
        for entry in self:
            if entry.scope is Scope.RUN and not entry.optional:
                found.append(Part(entry))
            elif (entry.scope is Scope.FLEET and not entry.optional) or entry.retried_as:
                found += [Part(entry, name) for name in (self.imports if entry.retried_each else self.imports[:1])]
        return found

    def steps(self, scopes: Collection[Scope] = tuple(Scope)) -> list[str]:
        """List the steps of a run as its record names them, in their order."""
        return list(dict.fromkeys(part.recorded_as for part in self.parts(scopes)))

    def drain_of(self, name: str) -> str:
        """Name the step that runs the jobs of an import."""
        return step_of(self.imports[0] if self.together and self.imports else name, "drain")

    def drains(self, begun: Iterable[str]) -> dict[str, str]:
        """Name the step that runs the jobs of each step of the record that creates some."""
        found = {name: part for name in begun if (part := self.part(name)) and part.step.name == "create_jobs"}
        return {name: self.drain_of(part.of) for name, part in found.items()}

    @property
    def once(self) -> list[str]:
        """Names of the steps that are done once in a run."""
        return [name for name in self.steps() if self.row(name).repeat is Repeat.ONCE]

    @property
    def commands(self) -> dict[str, list[str]]:
        """The steps that have a command, without their import's prefix, by its variable."""
        found: dict[str, list[str]] = {"ingest_command": [ANY_COMMAND]}
        for step in self:
            if step.variable:
                found.setdefault(step.variable, []).append(step.name)
        return found

    def using(self, *resources: str) -> tuple[str, ...]:
        """Name the steps that use one of these resources, without their import's prefix."""
        found = [step.name for step in self if {*resources} & {*step.uses}]
        return tuple([*found, *([ANY_COMMAND] if {*resources} & {*COMMAND} else [])])

    def row(self, name: str) -> Entry:
        """Give the row of a step of the record, whatever its import is called.

        Raises:
            KeyError: there is none.
        """
        found = self.part(name)
        if found is None:
            raise KeyError(name)
        return found.step

    def any_of(self, step: str, names: Collection[str]) -> bool:
        """Say whether a step is among these parts, of one import or another."""
        found = map(self.part, names)
        return step in names or any(part.step.name == step for part in found if part)

    def title(self, name: str) -> str:
        """Give what people call a step: ``retry_1_drain`` is the first retry's, ``retry_1`` the choice of its jobs."""
        retry = RETRY.fullmatch(name)
        if retry:
            part = self.part((retry[2] or "").rstrip("0123456789_"))
            title = _title(part) if part else retry[2] or "Choose the failed jobs"
            return f"Retry {retry[1]}: {_lower_first(title)}"
        part = self.part(name)
        return _title(part) if part else name

    def part(self, name: str) -> Part | None:
        """Find the part that a step of the record is, whatever its import is called; None: it is in no row."""
        if name in self._entries:
            entry = self._entries[name]
            return Part(entry, PROJECTIONS if entry.scope is Scope.IMPORT else "")
        for entry in self:
            if entry.scope in (Scope.IMPORT, Scope.FLEET) and name.endswith(f"_{entry.name}"):
                return Part(entry, name.removesuffix(f"_{entry.name}"))
        return None

    def is_retried(self, name: str) -> bool:
        """Say whether a step of this name is one of a retry, done once in it."""
        retry = RETRY.fullmatch(name)
        return retry is not None and any(
            re.fullmatch(entry.retried_as, retry[2] or "")
            or (entry.retried_each and retry[2] in {step_of(each, entry.name) for each in self.imports})
            for entry in self
            if entry.retried_as
        )

    def unknown_once(self, names: Iterable[str]) -> list[str]:
        """List those that are no steps done once in a run or in a retry."""
        return [name for name in names if name not in self.once and not self.is_retried(name)]

    def of_run(self, scopes: Collection[Scope], begun: Collection[str]) -> list[str]:
        """List the steps of a run in their order: those of these scopes, and whatever has begun beside them."""
        every = self.steps()
        wanted = {name for name in self.steps(scopes) if not self.row(name).optional} | {*begun}
        return [name for name in every if name in wanted] + sorted(set(begun) - {*every})


def retry_step(number: int, name: str = "") -> str:
    """Name a step of a retry; without a name, the choice of its jobs."""
    return f"retry_{number}_{name}" if name else f"retry_{number}"


def _title(part: Part) -> str:
    """Write a part's title, with the import that it is for unless that is the projections."""
    if part.of in ("", PROJECTIONS):
        return part.step.title
    of = part.of.capitalize() if part.of == HISTORICAL else part.of  # one of the operator's own, as it is selected
    return f"{of}: {_lower_first(part.step.title)}"


def _lower_first(title: str) -> str:
    """Write a title within a sentence."""
    return title[:1].lower() + title[1:]


CATALOGUE = Catalogue(
    (
        Entry("prepare", "Prepare a new task revision", repeat=Repeat.KEPT, uses=("family",), unless_done=LAST_GOAL),
        Entry("snapshot", "Take a snapshot of the database", uses=("database", "snapshot"), optional="ingest_snapshot"),
        Entry("migrate", "Run migrations", Scope.REFERENCE, variable="ingest_migrate_command", uses=COMMAND),
        Entry("scenarios", "Load scenarios", Scope.REFERENCE, variable="ingest_scenarios_command", uses=COMMAND),
        Entry(
            "climate_models",
            "Load climate models",
            Scope.REFERENCE,
            variable="ingest_climate_models_command",
            uses=COMMAND,
        ),
        Entry("cities", "Load cities", Scope.CITIES, variable="ingest_cities_command", uses=(*COMMAND, "bucket")),
        Entry(
            "baseline", "Record what is imported already", Scope.IMPORT, tags=BASELINE, variable=VERIFY, uses=COMMAND
        ),
        Entry(
            "create_jobs",
            "Create a processing job",
            Scope.IMPORT,
            variable="ingest_create_jobs_command",
            uses=(*DATASET, "queue"),
            retried_as=r"create_jobs_\d+",
        ),
        Entry(
            "capacity",
            "Add spot instances",
            Scope.FLEET,
            Repeat.KEPT,
            tags=("run_jobs", "capacity"),
            uses=("cluster",),
            unless_done="drain",
        ),
        Entry(
            "task_definition",
            "Add a temporary task definition",
            Scope.FLEET,
            Repeat.KEPT,
            tags=("run_jobs", "task_definition"),
            variable="ingest_worker_command",
            uses=("family",),
            unless_done="drain",
        ),
        Entry(
            "database",
            "Resize the database",
            Scope.FLEET,
            Repeat.KEPT,
            tags=("run_jobs", "database"),
            uses=("database",),
            unless_done="drain",
        ),
        Entry(
            "service",
            "Create a processing service",
            Scope.FLEET,
            Repeat.KEPT,
            tags=("run_jobs", "service"),
            uses=("cluster", "family", "database"),
            unless_done="drain",
        ),
        Entry(
            "canary",
            "Do one job first",
            Scope.FLEET,
            tags=("run_jobs", "canary"),
            variable=VERIFY,
            uses=(*COMMAND, "queue"),
            unless_done="drain",
            optional="ingest_canary",
        ),
        Entry("drain", "Run the jobs", Scope.IMPORT, tags=("run_jobs", "drain"), uses=QUEUE, retried_as="drain"),
        Entry(
            "verify",
            "Verify the import",
            Scope.IMPORT,
            tags=("run_jobs", "verify"),
            variable=VERIFY,
            uses=DATASET,
            retried_as="verify",
            retried_each=True,
        ),
        Entry(
            "generate_historic",
            "Generate historical data",
            Scope.AVERAGES,
            tags=(HISTORICAL, "generate_historic"),
            variable="ingest_generate_historic_command",
            uses=COMMAND,
        ),
        Entry("teardown", "Remove what the run created", repeat=Repeat.KEPT),
        Entry(
            "summary",
            "Show what the database holds",
            repeat=Repeat.ALWAYS,
            variable="ingest_summary_command",
            uses=COMMAND,
        ),
    )
)
