# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of a run, what they import and how they are launched, checked before anything is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from ..ecs.definitions import overrides
from ..job_queue import dataset, log_words
from ..record.catalogue import CATALOGUE, MAY_BE_EMPTY, Catalogue
from ..record.commands import AFTER, BEFORE, CITIES, RUNBOOK, Commands, read_commands
from ..record.commands import check_cities as check_adds_cities
from ..record.entry import HISTORICAL, PROJECTIONS, step_of
from ..record.imports import IMPORTS, Import, read_imports
from ..record.job_key import DEFAULT, VARIABLE, compress, read_key
from ..record.sections import either
from .findings import Findings
from .inputs import Values

OF_GUIDE = (PROJECTIONS, HISTORICAL)  # the imports that have variables of their own
IMPORT_CITIES = "import_cities"  # takes a bucket and a key
LONGEST_LISTS = {  # RunTask, CreateService
    "ingest_command_placement_constraints": 10,
    "ingest_worker_placement_constraints": 10,
    "ingest_worker_placement_strategy": 5,
}


def check_cities(values: Values, own: Commands, findings: Findings) -> None:
    """Make sure that the application can be asked which cities have data, where cities are added.

    Args:
        own: the commands before the imports, one of which adds them.
    """
    findings.attempt(BEFORE, list(own.before), partial(check_adds_cities, own))
    if values.get("ingest_verify_with") == "dumpdata" and not values.get("ingest_verify_command"):
        findings.problems.append(
            "ingest_verify_with is 'dumpdata', which cannot tell which cities have data, and that is how"
            " the playbook cities verifies: use shell, or a command of your own in ingest_verify_command that prints"
            " INGEST_CITIES lines (docs/guide.md)."
        )


def check(values: Values, chosen: Collection[str], findings: Findings, catalogue: Catalogue = CATALOGUE) -> None:
    """Check commands, models and years, and launch options of the parts that run; add what was read to ``values``."""
    for name, parts in catalogue.commands.items():
        empty = name in MAY_BE_EMPTY and not values.get(name)
        if name in values and not empty and any(catalogue.any_of(part, chosen) for part in parts):
            _check_command(name, values, findings)
    if not findings.attempt(VARIABLE, values.get(VARIABLE), partial(read_key, values.get(VARIABLE) or DEFAULT)):
        return
    _check_log_words(values, findings)
    _check_asked(values, chosen, findings)
    imported, before = _imports(values, findings), len(findings.problems)
    _check_own(values, [each.name for each in imported], chosen, findings)
    for each in imported:
        if {step_of(each.name, part) for part in ("baseline", "create_jobs", "verify")} & {*chosen}:
            _check_dataset(each, values, findings)
    if len(findings.problems) == before:
        findings.attempt(IMPORTS, [each.name for each in imported], partial(dataset.check_distinct, imported))
    if any(catalogue.any_of(part, chosen) for part in catalogue.using("command")):
        _check_launch(values, findings)
    if either("service", chosen):
        _check_entries("ingest_worker_placement_strategy", values, findings)
        _check_entries("ingest_worker_placement_constraints", values, findings)


def _check_command(name: str, values: Values, findings: Findings) -> None:
    arguments = _check_arguments(name, values[name], values, findings)
    if name == CATALOGUE[CITIES].variable:
        _note_cities(arguments, values)


def _note_cities(arguments: list[str] | None, values: Values) -> None:
    """Note where the cities are, if the command is the Climate API's."""
    if arguments and arguments[0] == IMPORT_CITIES and len(arguments) == 3:
        values["cities_object"] = arguments[1:]


def _check_arguments(name: str, value: Any, values: Values, findings: Findings) -> list[str] | None:
    """Read a command; None where it is wrong, which is noted."""

    def read() -> list[str]:
        arguments = overrides.parse_command(value)
        if name != "ingest_worker_command":  # it goes into the task definition, which holds more
            overrides.container_override(str(values.get("ingest_container", "")), arguments, {})
        return arguments

    arguments = findings.attempt(name, value, read, {"command": name})
    if arguments:
        values.setdefault("commands", {})[name] = arguments
    return arguments


def _check_own(values: Values, imported: list[str], chosen: Collection[str], findings: Findings) -> None:
    """Check the names of the commands before and after the imports, and those that run and have no variable."""
    before = values.get(BEFORE) or []
    for variable, both in ((BEFORE, (before, [])), (AFTER, (before, values.get(AFTER) or []))):
        given = both[variable == AFTER]
        known = len(findings.problems)
        findings.attempt(variable, [each["name"] for each in given], partial(read_commands, *both, imported))
        if len(findings.problems) > known:
            return
        for each in given:
            name, command = each["name"], each["command"]
            checked = name in RUNBOOK and command == values.get(CATALOGUE[name].variable)
            if name in chosen and not checked:
                arguments = _check_arguments(f"{variable} ({name}.command)", command, values, findings)
                if name == CITIES:
                    values.pop("cities_object", None)
                    _note_cities(arguments, values)


def _check_log_words(values: Values, findings: Findings) -> None:
    """Check the words of the workers' log: a wrong one would be noticed when jobs have failed."""
    marker, words = values.get(log_words.MARKER_VARIABLE), values.get(log_words.VARIABLE)
    findings.attempt(log_words.MARKER_VARIABLE, marker, partial(log_words.read_marker, marker))
    for name, text in (words or {}).items():
        read = partial(log_words.read_words, None, {name: text}, values.get(VARIABLE) or DEFAULT)
        findings.attempt(log_words.VARIABLE, {name: text}, read)


def _check_asked(values: Values, chosen: Collection[str], findings: Findings) -> None:
    """Make sure that it is known how to ask what is imported: of the Climate API's jobs only it is."""
    key = tuple(values.get(VARIABLE) or DEFAULT)
    asking = any(CATALOGUE.any_of(part, chosen) for part in ("baseline", "canary", "verify"))
    if asking and key != DEFAULT and not values.get("ingest_verify_command"):
        findings.problems.append(
            f"{VARIABLE} is {', '.join(key)}, and only of jobs known by {' and '.join(DEFAULT)} is it known how to ask"
            " the application what is imported: give a command of your own in ingest_verify_command."
        )


def _imports(values: Values, findings: Findings) -> list[Import]:
    """Read the list of imports; empty where it is wrong, which is noted."""
    given = values.get(IMPORTS)
    if given is None:
        return []
    return (
        findings.attempt(
            IMPORTS,
            [each.get("name") or each for each in given],
            partial(read_imports, given, values.get(VARIABLE) or DEFAULT),
        )
        or []
    )


def _words(each: Import, values: Values) -> dict[str, str]:
    """Give what the operator calls the options of an import: variables where it is made of them, or the list's."""
    own = {option: f"{IMPORTS} ({each.name}.{option})" for option in dataset.SHORT_FORM}
    if each.name not in OF_GUIDE:
        return own
    variables = {option: f"ingest_{each.prefix}{option}" for option in ("models", "years", "all_years")}
    variables["all_models"] = "ingest_all_models"
    same = {option for option, name in variables.items() if values.get(name) in (None, getattr(each, option))}
    return {option: variables[option] if option in same else own[option] for option in own}


def _check_dataset(each: Import, values: Values, findings: Findings) -> None:
    if each.key != DEFAULT:
        findings.attempt(f"{IMPORTS} ({each.name}.values)", each.values, partial(dataset.of_import, each))
        return
    words = _words(each, values)
    given = {option: [item.strip() for item in getattr(each, option) or []] for option in words}
    before = len(findings.problems)
    for option, right in (("models", {"years": ["2000"]}), ("years", {"models": ["-"]})):
        alone = {**given, **right}  # both may be wrong, and each is then reported
        findings.attempt(words[option], getattr(each, option), partial(dataset.read_dataset, alone), words)
    if len(findings.problems) > before:
        return
    for option in ("models", "years"):
        _check_twice(words[option], given[option], option == "years", findings)
    _check_known(words, given, dataset.read_dataset(given), findings)


def _check_twice(name: str, items: list[str], years: bool, findings: Findings) -> None:
    """Refuse what is listed twice: create_jobs would queue it twice."""
    single = items
    if years:
        ranges = [dataset.YEARS.fullmatch(each) for each in items]
        single = [str(y) for each in ranges if each for y in range(int(each[1]), int(each[2] or each[1]) + 1)]
    twice = sorted(each for each, count in Counter(single).items() if count > 1)
    if twice:
        findings.wrong(name, items, f"{', '.join(twice)} is listed twice: name each once.")


def _check_known(
    words: Mapping[str, str], given: dict[str, list[str]], desired: dataset.Dataset, findings: Findings
) -> None:
    """Warn of a model or year that ``all`` would not have: likely a slip."""
    strangers = [each for each in desired.groups if each not in given["all_models"]]
    if given["all_models"] and strangers:
        findings.warnings.append(
            f"{words['models']} has {', '.join(strangers)}, which {words['all_models']} has not:"
            " does the application know them?"
        )
    try:
        every = dataset.read_dataset({**given, "models": ["-"], "years": ["all"]}).values
    except dataset.InvalidInput:  # not all is requested, and what all means is not known
        return
    outside = sorted(set(desired.values) - set(every))
    if outside:
        findings.warnings.append(
            f"{words['years']} has {compress(outside)}, which {words['all_years']} has not: is there such data?"
        )


def _check_launch(values: Values, findings: Findings) -> None:
    """Check how management commands are launched."""
    kind, providers = values.get("ingest_launch_type"), values.get("ingest_capacity_provider_strategy")
    if providers and kind:
        findings.wrong(
            "ingest_capacity_provider_strategy", providers, f"it needs an empty ingest_launch_type, which is {kind}."
        )
    network = values.get("ingest_network_configuration")
    if kind == "FARGATE" and not network and "ingest_network_configuration" in values:
        findings.wrong("ingest_network_configuration", network, "ingest_launch_type FARGATE needs subnets.")
    _check_entries("ingest_command_placement_constraints", values, findings)


def _check_entries(name: str, values: Values, findings: Findings) -> None:
    """Check a list of placement constraints or strategies beyond its argument spec."""
    entries = values.get(name) or []
    if len(entries) > LONGEST_LISTS[name]:
        findings.wrong(name, entries, f"it must have at most {LONGEST_LISTS[name]} entries.")
    for each in entries:
        if each["type"] == "memberOf" and not each.get("expression"):
            findings.wrong(name, each, "memberOf needs an expression.")
