# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands of a run, what they import and how they are launched, checked before anything is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from ..ecs import overrides
from ..ecs.launch import LAUNCH_SPEC
from ..job_queue import dataset
from ..record.catalogue import CATALOGUE, Catalogue, Half
from ..record.sections import either
from .findings import Findings, variable
from .inputs import Values, listed

# The role's default is templated with what is asked for; where it is not known here, it is right.
UNKNOWN_DEFAULT = ("create_jobs_command", "verify_command", "summary_command")
HALVES = {
    half: {name: half.step(name) for name in ("models", "years", "all_years")} | {"all_models": "all_models"}
    for half in Half
}
IMPORT_CITIES = "import_cities"  # takes a bucket and a key
LONGEST_LISTS = {"placement_constraints": 10, "placement_strategy": 5}  # RunTask, CreateService


def check(
    params: Mapping[str, Any],
    chosen: Collection[str],
    findings: Findings,
    values: Values,
    catalogue: Catalogue = CATALOGUE,
) -> None:
    """Check commands, models and years, and launch options of the parts that run; add what was read to ``values``."""
    for name, part in catalogue.commands.items():
        if either(part, chosen):
            _check_command(name.removeprefix("ingest_"), params, findings, values)
    for half in HALVES:
        if half.step("create_jobs") in chosen or half.step("verify") in chosen:
            _check_dataset(half, params, findings, values)
    if either("task_definition", chosen):
        _check_variables(params.get("worker_environment"), findings)
    if any(either(part, chosen) for part in catalogue.using("command")):
        _check_launch(params, findings)
    if either("service", chosen):
        _entries("placement_strategy", "worker_placement_strategy", params, findings)
        _entries("placement_constraints", "worker_placement_constraints", params, findings)


def _check_command(option: str, params: Mapping[str, Any], findings: Findings, values: Values) -> None:
    value = params.get(option)
    if value is None and option in UNKNOWN_DEFAULT:
        return
    if value is None:
        findings.problems.append(
            f"{variable(option)} is missing: say which, for instance -e {variable(option)}=loaddata,scenarios."
        )
        return

    def read() -> list[str]:
        arguments = overrides.parse_command(value)
        if option != "worker_command":  # it goes into the task definition, which holds more
            overrides.container_override(str(values.get("container", "")), arguments, {})
        return arguments

    arguments = findings.attempt(option, value, read)
    if arguments:
        values[option] = arguments
    if option == "cities_command" and arguments and arguments[0] == IMPORT_CITIES and len(arguments) == 3:
        values["cities_object"] = arguments[1:]


def _check_dataset(half: Half, params: Mapping[str, Any], findings: Findings, values: Values) -> None:
    words = HALVES[half]
    lists = {name: listed(params.get(option)) for name, option in words.items()}
    for name, items in lists.items():
        if items is None:
            findings.wrong(words[name], params.get(words[name]), "give all, or a list separated by commas.")
    if None in lists.values():
        return
    given = {name: items or [] for name, items in lists.items()}
    before = len(findings.problems)
    for name, right in (("models", {"years": ["2000"]}), ("years", {"models": ["-"]})):
        alone = {**given, **right}  # both may be wrong, and each is then reported
        findings.attempt(words[name], params.get(words[name]), partial(dataset.read_dataset, alone), words)
    if len(findings.problems) > before:
        return
    desired = dataset.read_dataset(given)
    values[half.step("jobs")] = desired.jobs
    for name in ("models", "years"):
        _check_twice(words[name], params.get(words[name]), given[name], name == "years", findings)
    _check_known(words, given, desired, findings)


def _check_twice(option: str, value: Any, items: list[str], years: bool, findings: Findings) -> None:
    """Refuse what is asked for twice: create_jobs would queue it twice."""
    single = items
    if years:
        ranges = [dataset.YEARS.fullmatch(each) for each in items]
        single = [str(y) for each in ranges if each for y in range(int(each[1]), int(each[2] or each[1]) + 1)]
    twice = sorted(each for each, count in Counter(single).items() if count > 1)
    if twice:
        findings.wrong(option, value, f"{', '.join(twice)} is asked for twice: name each once.")


def _check_known(
    words: Mapping[str, str], given: dict[str, list[str]], desired: dataset.Dataset, findings: Findings
) -> None:
    """Warn of a model or year that ``all`` would not have: likely a slip."""
    strangers = [each for each in desired.models if each not in given["all_models"]]
    if given["all_models"] and strangers:
        findings.warnings.append(
            f"{variable(words['models'])} has {', '.join(strangers)}, which {variable(words['all_models'])} has not:"
            " does the application know them?"
        )
    try:
        every = dataset.read_dataset({**given, "models": ["-"], "years": ["all"]}).years
    except dataset.InvalidInput:  # all is not asked for, and nobody said what it is
        return
    outside = sorted(set(desired.years) - set(every))
    if outside:
        findings.warnings.append(
            f"{variable(words['years'])} has {dataset.compress(outside)}, which {variable(words['all_years'])} has not:"
            " is there such data?"
        )


def _check_variables(value: Any, findings: Findings) -> None:
    if value is None or (isinstance(value, Mapping) and all(isinstance(name, str) and name for name in value)):
        return
    findings.problems.append("ingest_worker_environment must be names and values: {DJANGO_LOG_LEVEL: DEBUG}.")


def _check_launch(params: Mapping[str, Any], findings: Findings) -> None:
    """Check how management commands are launched."""
    kind, allowed = params.get("launch_type") or "", LAUNCH_SPEC["launch_type"]["choices"]
    if kind not in allowed:
        findings.wrong("launch_type", kind, f"allowed are {', '.join(allowed)}, and empty.")
    providers = params.get("capacity_provider_strategy") or []
    if not isinstance(providers, list) or not all(_has(each, "capacity_provider") for each in providers):
        findings.wrong("capacity_provider_strategy", providers, "give a list of {capacity_provider: ..., weight: 1}.")
    elif providers and kind:
        findings.wrong(
            "capacity_provider_strategy", providers, f'it needs an empty ingest_launch_type, which is "{kind}".'
        )
    network = params.get("network_configuration") or {}
    if network and not (isinstance(network, Mapping) and isinstance(network.get("subnets"), (list, str))):
        findings.wrong("network_configuration", network, "give {subnets: [subnet-...], security_groups: [sg-...]}.")
    if kind == "FARGATE" and not network:
        findings.wrong("network_configuration", network, "ingest_launch_type FARGATE needs subnets.")
    _entries("placement_constraints", "command_placement_constraints", params, findings)


def _entries(name: str, option: str, params: Mapping[str, Any], findings: Findings) -> None:
    """Check a list of placement constraints or strategies."""
    value = params.get(option) or []
    kinds = LAUNCH_SPEC[name]["options"]["type"]["choices"]
    most = LONGEST_LISTS[name]
    if not isinstance(value, list) or len(value) > most:
        findings.wrong(option, value, f"give a list of at most {most}.")
        return
    for each in value:
        if not isinstance(each, Mapping) or each.get("type", "memberOf") not in kinds:
            findings.wrong(option, each, f"each must have a type: {', '.join(kinds)}.")
        elif each.get("type", "memberOf") == "memberOf" and "memberOf" in kinds and not each.get("expression"):
            findings.wrong(option, each, "memberOf needs an expression.")


def _has(entry: Any, name: str) -> bool:
    return isinstance(entry, Mapping) and bool(entry.get(name))
