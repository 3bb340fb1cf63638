# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps of a run: one table, from which every list of steps is derived."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class Half(Enum):
    """A half of the import; the value begins the names of its steps and variables."""

    PROJECTIONS = ""
    HISTORICAL = "historical_"

    def step(self, name: str) -> str:
        """Name this half's step, such as ``historical_drain`` of ``drain``."""
        return self.value + name


class Repeat(Enum):
    """What happens to a step where the run is resumed."""

    ONCE = "once"  # done once in a run
    KEPT = "kept"  # brought to the desired state each time, until a later step makes it unnecessary
    ALWAYS = "always"  # carried out each time


PROJECTIONS, HISTORICAL = (Half.PROJECTIONS,), (Half.HISTORICAL,)
BOTH = (*PROJECTIONS, *HISTORICAL)
RETRY = re.compile(r"retry_(\d+)(?:_(.+))?")  # as retry_step writes it
LAST_GOAL = "the last goal of the run"
COMMAND = ("command", "cluster", "family", "database")  # what every management command uses
DATASET, QUEUE, VERIFY = (*COMMAND, "dataset"), ("cluster", "queue"), "ingest_verify_command"
BASELINE = ("create_jobs", "baseline")  # tags: it is asked before jobs are created, or by itself
MAY_BE_EMPTY = (VERIFY, "ingest_summary_command")  # variables: the collection has a command of its own
ANY_COMMAND = "command"  # what playbooks/command.yml does: it is a step of no run


@dataclass(frozen=True)
class Entry:
    """A step: a row of the table.

    Attributes:
        name: in the record.
        title: what people call it.
        halves: those it belongs to; none: it belongs to the run as a whole; both: they share it.
        repeat: what happens to it where the run is resumed.
        tags: of the playbooks' tasks that do it; empty: its name.
        variable: its command's; empty: it has none.
        uses: what preflight must find in order for it.
        requires: names of steps that must be done before it.
        unless_done: a step that makes it unnecessary, of the half it is carried out for; or LAST_GOAL.
        retried_as: pattern of its name in a retry, after ``retry_<number>_``; empty: a retry leaves it alone.
        optional: the variable that asks for it; it is listed of a run that has begun it. Empty: each run has it.
    """

    name: str
    title: str
    halves: tuple[Half, ...] = ()
    repeat: Repeat = Repeat.ONCE
    tags: tuple[str, ...] = ()
    variable: str = ""
    uses: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    unless_done: str = ""
    retried_as: str = ""
    optional: str = ""

    @property
    def base(self) -> str:
        """Its name without the half's: ``drain`` of ``historical_drain``."""
        return self.name.removeprefix(Half.HISTORICAL.value)


@dataclass(frozen=True)
class Part:
    """A step as a part of a playbook: one that the halves share is a part of each, under a name of its own."""

    step: Entry
    half: Half | None

    @property
    def name(self) -> str:
        """``drain``, ``historical_drain``, ``historical_capacity``."""
        return self.half.step(self.step.base) if self.half and len(self.step.halves) > 1 else self.step.name

    @property
    def tags(self) -> set[str]:
        """The tags that select it."""
        half = {"historical"} if self.half is Half.HISTORICAL else set()
        return half | {*(self.step.tags or (self.step.base,))}

    @property
    def unless_done(self) -> str:
        """The step of the record that makes it unnecessary; empty: none does."""
        return self.half.step(self.step.unless_done) if self.half and self.step.unless_done else ""


class Catalogue:
    """Steps in the order of a run, and the lists derived from them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.name: entry for entry in entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    @property
    def once(self) -> list[str]:
        """Names of the steps that are done once in a run."""
        return [step.name for step in self if step.repeat is Repeat.ONCE]

    @property
    def commands(self) -> dict[str, list[str]]:
        """The steps that have a command, without their half's name, by its variable."""
        having = [step for step in self if step.variable]
        bases = {
            one.variable: sorted({each.base for each in having if each.variable == one.variable}) for one in having
        }
        return bases | {"ingest_command": [ANY_COMMAND]}

    def using(self, *resources: str) -> tuple[str, ...]:
        """Name the steps that use one of these resources, without their half's name."""
        found = [step.base for step in self if {*resources} & {*step.uses}]
        return tuple(dict.fromkeys([*found, *([ANY_COMMAND] if {*resources} & {*COMMAND} else [])]))

    def title(self, name: str) -> str:
        """Give what people call a step: ``retry_1_drain`` is the first retry's, ``retry_1`` the choice of its jobs."""
        retry = RETRY.fullmatch(name)
        if retry is None or name in self:
            return self[name].title if name in self else name
        base = (retry[2] or "").rstrip("0123456789_")
        title = self[base].title if base in self else base or "Choose the failed jobs"
        return f"Retry {retry[1]}: {_lower_first(title)}"

    def is_retried(self, name: str) -> bool:
        """Say whether a step of this name is one of a retry, done once in it."""
        retry, patterns = RETRY.fullmatch(name), [step.retried_as for step in self if step.retried_as]
        return retry is not None and re.fullmatch("|".join(patterns), retry[2] or "") is not None

    def unknown_once(self, names: Iterable[str]) -> list[str]:
        """List those that are no steps done once in a run or in a retry."""
        return [name for name in names if name not in self.once and not self.is_retried(name)]

    def of_run(self, goals: Collection[str], begun: Collection[str]) -> list[str]:
        """List the steps of a run in their order: those its goals need, and whatever has begun beside them."""
        halves = {half for name in goals if name in self for half in self[name].halves}
        needed = [step.name for step in self if _is_of(step, halves) or step.name in begun]
        return needed + sorted(name for name in begun if name not in self)

    def parts(self, halves: Collection[Half]) -> list[Part]:
        """List the parts of a playbook that imports these halves."""
        return [Part(step, half) for step in self for half in step.halves or (None,) if half is None or half in halves]

    def parts_of_retry(self) -> list[Part]:
        """List the parts of the playbook that retries failed jobs: it runs those of both halves as one."""
        return [
            Part(step, half)
            for step in self
            for half in step.halves[:1] or (None,)
            if not step.optional and (half is None or step.retried_as or len(step.halves) > 1)
        ]


def retry_step(number: int, name: str = "") -> str:
    """Name a step of a retry; without a name, the choice of its jobs."""
    return f"retry_{number}_{name}" if name else f"retry_{number}"


def _lower_first(title: str) -> str:
    """Write a title within a sentence."""
    return title[:1].lower() + title[1:]


def _is_of(step: Entry, halves: Collection[Half]) -> bool:
    return not step.optional and (len(step.halves) != 1 or step.halves[0] in halves)


CATALOGUE = Catalogue(
    (
        Entry("prepare", "Prepare a new task revision", repeat=Repeat.KEPT, uses=("family",), unless_done=LAST_GOAL),
        Entry("snapshot", "Take a snapshot of the database", uses=("database", "snapshot"), optional="ingest_snapshot"),
        Entry("migrate", "Run migrations", PROJECTIONS, variable="ingest_migrate_command", uses=COMMAND),
        Entry("scenarios", "Load scenarios", PROJECTIONS, variable="ingest_scenarios_command", uses=COMMAND),
        Entry(
            "climate_models", "Load climate models", PROJECTIONS, variable="ingest_climate_models_command", uses=COMMAND
        ),
        Entry("cities", "Load cities", PROJECTIONS, variable="ingest_cities_command", uses=(*COMMAND, "bucket")),
        Entry("baseline", "Record what is imported already", PROJECTIONS, tags=BASELINE, variable=VERIFY, uses=COMMAND),
        Entry(
            "create_jobs",
            "Create a processing job",
            PROJECTIONS,
            variable="ingest_create_jobs_command",
            uses=(*DATASET, "queue"),
            retried_as=r"create_jobs_\d+",
        ),
        Entry(
            "capacity",
            "Add spot instances",
            BOTH,
            Repeat.KEPT,
            tags=("run_jobs", "capacity"),
            uses=("cluster",),
            unless_done="drain",
        ),
        Entry(
            "task_definition",
            "Add a temporary task definition",
            BOTH,
            Repeat.KEPT,
            tags=("run_jobs", "task_definition"),
            variable="ingest_worker_command",
            uses=("family",),
            unless_done="drain",
        ),
        Entry(
            "database",
            "Resize the database",
            BOTH,
            Repeat.KEPT,
            tags=("run_jobs", "database"),
            uses=("database",),
            unless_done="drain",
        ),
        Entry(
            "service",
            "Create a processing service",
            BOTH,
            Repeat.KEPT,
            tags=("run_jobs", "service"),
            uses=("cluster", "family", "database"),
            unless_done="drain",
        ),
        Entry("drain", "Run the jobs", PROJECTIONS, tags=("run_jobs", "drain"), uses=QUEUE, retried_as="drain"),
        Entry(
            "verify",
            "Verify the import",
            PROJECTIONS,
            tags=("run_jobs", "verify"),
            variable=VERIFY,
            uses=DATASET,
            retried_as="verify",
        ),
        Entry(
            "historical_baseline",
            "History: record what is imported already",
            HISTORICAL,
            tags=BASELINE,
            variable=VERIFY,
            uses=COMMAND,
        ),
        Entry(
            "historical_create_jobs",
            "History: create a processing job",
            HISTORICAL,
            variable="ingest_create_jobs_command",
            uses=(*DATASET, "queue"),
        ),
        Entry("historical_drain", "History: run the jobs", HISTORICAL, tags=("run_jobs", "drain"), uses=QUEUE),
        Entry(
            "historical_verify",
            "History: verify the import",
            HISTORICAL,
            tags=("run_jobs", "verify"),
            variable=VERIFY,
            uses=DATASET,
            retried_as="historical_verify",
        ),
        Entry(
            "generate_historic",
            "Generate historical data",
            HISTORICAL,
            variable="ingest_generate_historic_command",
            uses=COMMAND,
            requires=("historical_verify",),
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
