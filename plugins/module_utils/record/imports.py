# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run imports: the list in ``ingest_imports``, and which of it a playbook carries out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..core.errors import InvalidInput, Refused
from ..core.run import Run
from ..core.text import together
from .catalogue import CATALOGUE, TOGETHER, Catalogue
from .commands import RUNBOOK, Commands, with_commands
from .entry import HISTORICAL, NAME, PROJECTIONS, Scope, step_of
from .job_key import ALL, DEFAULT, VARIABLE, read_key

ALWAYS, SOMETIMES = ("scenario", "models", "years"), ("dataset", "arguments")  # what makes an import another one
IMPORTS, DRAIN = "ingest_imports", "ingest_drain"
POPULATE, CITIES = "populate", "cities"
# with averages or without
OF_PLAYBOOK = {POPULATE: (False, True), "future": (False,), "historical": (True,), CITIES: (False, True)}
PLAYBOOK, CITIES_COMMAND = "ingest_playbook", "ingest_cities_command"  # of a run that adds cities

IMPORT_SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "scenario": {"type": "str", "default": ""},
    "dataset": {"type": "str", "default": ""},
    "models": {"type": "list", "elements": "str", "default": ["all"]},
    "years": {"type": "list", "elements": "str", "default": ["all"]},
    "all_models": {"type": "list", "elements": "str", "default": []},
    "all_years": {"type": "list", "elements": "str", "default": []},
    "arguments": {"type": "list", "elements": "str", "default": []},
    "averages": {"type": "bool", "default": False},
    "values": {"type": "dict", "default": {}},
    "all_values": {"type": "dict", "default": {}},
}
SHORT = {"model": "models", "year": "years"}  # the short form of the values of the Climate API's fields


@dataclass(frozen=True)
class Import:
    """An element of ``ingest_imports``.

    Attributes:
        name: begins the names of its steps, and is the tag that selects them.
        scenario: as the application calls it.
        dataset: as the application calls it, where it has several; empty: it has none.
        models, years: names and years or ranges, or ``all``.
        all_models, all_years: what ``all`` means.
        arguments: further ones of create_jobs.
        averages: whether the averages need it.
        values: of each field of the job key, with ranges of whole numbers, or ``all``; of the Climate API's fields they
            are in ``models`` and ``years``.
        all_values: what ``all`` means.
        key: the fields by which its jobs are known.
    """

    name: str
    scenario: str = ""
    dataset: str = ""
    models: list[str] = field(default_factory=lambda: ["all"])
    years: list[str] = field(default_factory=lambda: ["all"])
    all_models: list[str] = field(default_factory=list)
    all_years: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    averages: bool = False
    values: dict[str, list[str]] = field(default_factory=dict)
    all_values: dict[str, list[str]] = field(default_factory=dict)
    key: tuple[str, ...] = DEFAULT

    @property
    def called(self) -> str:
        """What its jobs are of, as messages and the record call it: its scenario, or its name where it has none."""
        return self.scenario or self.name

    @property
    def label(self) -> str:
        """What a person calls what it imports: ``RCP85``, ``LOCA RCP85``."""
        return together(self.dataset, self.called)

    @property
    def prefix(self) -> str:
        """What its steps' names begin with."""
        return step_of(self.name, "")

    def as_value(self) -> dict[str, Any]:
        """Give it as the playbooks take it."""
        return {name: value for name, value in asdict(self).items() if name != "key"} | {
            "prefix": self.prefix,
            "called": self.called,
        }


GUIDE = (Import(PROJECTIONS, ""), Import(HISTORICAL, "", averages=True))  # what the guide imports


def read_imports(given: Sequence[Mapping[str, Any]], fields: Sequence[str] = DEFAULT) -> list[Import]:
    """Read ``ingest_imports``.

    Args:
        given: dictionaries of IMPORT_SPEC; what is null has its default.
        fields: of the job key.

    Raises:
        InvalidInput: there is none; or a name is none, that of a tag, or that of two; or only some have a data set.
    """
    if not given:
        raise InvalidInput("ingest_imports is empty: list at least one import, such as {scenario: RCP85}.")
    key = read_key(fields)
    known = [{name: value for name, value in each.items() if value is not None} for each in given]
    found = [_read(each, key) for each in known]
    taken = {tag for entry in CATALOGUE for tag in (*entry.tags, entry.name)} - {HISTORICAL}
    for each in found:
        if not NAME.fullmatch(each.name) or each.name in taken or each.name.startswith("retry"):
            raise InvalidInput(
                f"ingest_imports has the name {each.name!r}; a name is lower-case letters, digits and underscores, 40"
                " at most, begins with a letter, not with retry, and is no tag of a step:"
                f" {', '.join(sorted(taken))}."
            )
    names = [each.name for each in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"ingest_imports has the name {', '.join(twice)} twice: give each import a name of its own.")
    without = [each.name for each in found if not each.dataset]
    if 0 < len(without) < len(found):
        raise InvalidInput(
            f"ingest_imports has no data set for {', '.join(without)}, and one for others. An application has data sets"
            " or has none: name one for each import, or for none."
        )
    return found


def _read(given: Mapping[str, Any], key: tuple[str, ...]) -> Import:
    """Read an import: the values of each field, or their short form."""
    name = given.get("name") or _named(given)
    both = {option: _lists(given.get(option) or {}) for option in ("values", "all_values")}
    unknown = sorted({field for values in both.values() for field in values} - {*key})
    if unknown:
        raise InvalidInput(
            f"ingest_imports ({name}) has values of {', '.join(unknown)}; the fields of {VARIABLE} are"
            f" {', '.join(key)}."
        )
    if key == DEFAULT:
        if not given.get("scenario"):
            raise InvalidInput(f"ingest_imports ({name}) has no scenario: name it, such as scenario: RCP85.")
        short = {SHORT[field]: values for field, values in both["values"].items()}
        short |= {f"all_{SHORT[field]}": values for field, values in both["all_values"].items()}
        return Import(**{**given, "values": {}, "all_values": {}, **short, "name": name})
    plain = {"models": [ALL], "years": [ALL], "all_models": [], "all_years": []}
    wrong = [option for option, default in plain.items() if given.get(option, default) not in (default, [])]
    if wrong:
        raise InvalidInput(
            f"ingest_imports ({name}) has {', '.join(wrong)}, which are for jobs known by {' and '.join(DEFAULT)};"
            f" {VARIABLE} is [{', '.join(key)}]: give values: {{{key[-1]}: ...}} instead."
        )
    values = {each: both["values"].get(each, [ALL]) for each in key}
    return Import(**{**given, **plain, **both, "values": values, "name": name, "key": key})


def _lists(values: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {field: each if isinstance(each, (list, tuple)) else [each] for field, each in values.items()}
    return {field: [part.strip() for each in some for part in str(each).split(",")] for field, some in found.items()}


def read_or_guide(given: Sequence[Mapping[str, Any]] | None, fields: Sequence[str] = DEFAULT) -> list[Import]:
    """Read ``ingest_imports``; where it is wrong, which preflight tells, give the guide's."""
    try:
        return read_imports(given or [], fields)
    except InvalidInput:
        return list(GUIDE)


def _named(given: Mapping[str, Any]) -> str:
    """Name an import that has no name after its data set and scenario."""
    words = f"{given.get('dataset') or ''} {given.get('scenario') or ''}"
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40].strip("_")


def of_playbook(playbook: str, imports: Iterable[Import]) -> list[Import]:
    """Give the imports of a playbook: ``historical`` has those that the averages need, ``future`` the others."""
    wanted = OF_PLAYBOOK.get(playbook, (False, True))
    return [each for each in imports if each.averages in wanted]


def catalogue(imports: Iterable[Import], together: bool, table: Catalogue = CATALOGUE) -> Catalogue:
    """Give the table of steps for these imports."""
    return table.of([each.name for each in imports], together)


def goals(imports: Sequence[Import]) -> list[str]:
    """Name the steps that make a run with these imports complete."""
    averages = ["generate_historic"] if any(each.averages for each in imports) else []
    return [step_of(each.name, "verify") for each in imports] + averages


def requested(imports: Iterable[Import], drain: str, cities: Any = None) -> dict[str, Any]:
    """Write what is requested as a run keeps it: by variable for the guide's imports.

    Args:
        cities: the command that adds the cities that the run is for; None: it is for no new cities.
    """
    found: dict[str, Any] = {} if cities is None else {PLAYBOOK: CITIES, CITIES_COMMAND: cities}
    for each in imports:
        of_guide = each.name in (PROJECTIONS, HISTORICAL)
        given = {name: getattr(each, name) for name in ALWAYS}
        if each.key != DEFAULT:
            given = {**({"scenario": each.scenario} if each.scenario else {}), **each.values}
            found[VARIABLE] = ",".join(each.key)
        given |= {name: getattr(each, name) for name in SOMETIMES if getattr(each, name)}
        given |= {} if of_guide else {"averages": each.averages}
        found |= {f"ingest_{each.prefix}{name}" if of_guide else f"{each.name}.{name}": given[name] for name in given}
    return found | {DRAIN: drain}


def of_run(run: Run, table: Catalogue = CATALOGUE) -> Catalogue:
    """Give the table of steps for the imports of a run, which its goals name, and for its commands."""
    table = table.of(_names(run), together=run.requested.get(DRAIN) == TOGETHER)
    before = RUNBOOK if run.commands_before is None else tuple(run.commands_before)
    return with_commands(table, Commands(before, tuple(run.commands_after), run.titles))


def in_run(run: Run, imports: Iterable[Import]) -> list[Import]:
    """Give those that are a run's."""
    names = _names(run)
    return [each for each in imports if each.name in names]


def called(run: Run, step: str) -> str:
    """Say what the jobs that a step works on are of, as :attr:`Import.called`; empty: of several, or not known."""
    names = _names(run)
    if len(names) > 1:
        together = run.requested.get(DRAIN) == TOGETHER
        names = [] if together else [name for name in names if step == step_of(name, "drain")]
    if len(names) != 1:
        return ""
    of_guide = {PROJECTIONS: "ingest_scenario", HISTORICAL: "ingest_historical_scenario"}
    return run.requested.get(of_guide.get(names[0], f"{names[0]}.scenario"), names[0])


def check_key(run: Run, requested: Mapping[str, str]) -> None:
    """Make sure that a run's jobs are known by the same fields as those that are requested.

    Raises:
        Refused: they are not.
    """
    was, now = (each.get(VARIABLE, ",".join(DEFAULT)) for each in (run.requested, requested))
    if requested and was != now:
        raise Refused(
            f"Run {run.id} is open, and its jobs are known by {was}: {VARIABLE} is {now}. Resume it with its own"
            f" fields, or abandon it and open a new run with -e ingest_new_run_after={run.id}."
        )


def key_of(run: Run) -> tuple[str, ...]:
    """Give the fields by which the jobs of a run are known."""
    return tuple(str(run.requested.get(VARIABLE, ",".join(DEFAULT))).split(","))


def datasets_of(run: Run) -> set[str]:
    """Name the data sets that a run imports."""
    return {value for name, value in run.requested.items() if re.split(r"[._]", name)[-1] == "dataset"}


def playbook_of(run: Run) -> str:
    """Name the playbook that carries out all of a run."""
    return run.requested.get(PLAYBOOK, POPULATE)


def check_kind(run: Run, playbook: str) -> None:
    """Make sure that a run for new cities is resumed as such, and no other one.

    Raises:
        Refused: the open run is of the other kind.
    """
    needed = playbook_of(run)
    if CITIES not in (needed, playbook) or needed == playbook:
        return
    what = "adds cities" if needed == CITIES else "populates the database"
    raise Refused(
        f"Run {run.id} is open and {what}: finish it with playbooks/{needed}.yml before playbooks/{playbook}.yml, or"
        f" abandon it and open a new run with -e ingest_new_run_after={run.id}."
    )


def scopes_of_run(run: Run) -> set[Scope]:
    """Say what the steps of a run belong to."""
    averages = {name: run.requested.get(f"{name}.averages", str(name == HISTORICAL)) for name in _names(run)}
    return _scopes(playbook_of(run), "generate_historic" in run.goals, "False" in averages.values())


def scopes_of(playbook: str, imports: Sequence[Import]) -> set[Scope]:
    """Say what the steps for these imports belong to: what only averages need needs no reference data loaded."""
    has = {each.averages for each in imports}
    return _scopes(playbook, True in has, False in has)


def _scopes(playbook: str, averages: bool, projections: bool) -> set[Scope]:
    new_cities = playbook == CITIES
    optional = {
        Scope.AVERAGES: averages,
        Scope.REFERENCE: projections and not new_cities,
        Scope.CITIES: projections or new_cities,
    }
    return {scope for scope in Scope if optional.get(scope, True)}


def _names(run: Run) -> list[str]:
    found = [goal for goal in run.goals if goal.endswith("verify")]
    return [PROJECTIONS if goal == "verify" else goal.removesuffix("_verify") for goal in found]
