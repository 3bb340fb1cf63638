"""The steps of the playbooks are those of the catalogue: order, tags, commands, and what they need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, Undefined

from ansible_collections.climate.ingest.plugins.module_utils.record import imports, sections
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import CATALOGUE, LAST_GOAL
from ansible_collections.climate.ingest.plugins.module_utils.record.commands import RUNBOOK_ONLY, Commands
from ansible_collections.climate.ingest.plugins.module_utils.record.entry import Part, Repeat, Scope, step_of

ROOT = Path(__file__).parents[3]
PREFIX = "climate.ingest."
OWN = {
    "ingest_commands_before": [
        {"name": "init", "command": "init"},
        {"name": "cities", "command": "import_cities"},
        {"name": "boundaries", "command": "import_boundaries"},
    ],
    "ingest_commands_after": [{"name": "vacuum", "command": "shell"}, {"name": "coast", "command": "import_coastline"}],
}
OWN_NAMES = Commands(("init", "cities", "boundaries"), ("vacuum", "coast"))
IMPORTS = ("import_tasks", "include_tasks")
ROLES = ("import_role", "include_role")


@dataclass(frozen=True)
class StepTask:
    """A task of a playbook that is a step."""

    module: str
    args: Mapping[str, Any]
    variables: Mapping[str, Any]
    tags: set[str]

    def value(self, option: str) -> Any:
        """Give an option with the variables filled in; those set by nobody stay empty."""
        return filled(self.args.get(option), self.variables)

    @property
    def step(self) -> str:
        """The name of the step."""
        return str(self.value("step") or "")

    @property
    def command(self) -> str:
        """The command as it stands in YAML: with the variable's name."""
        given = self.args.get("command", "")
        return str(self.variables["ingest_command"] if given == "{{ ingest_command }}" else given)


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [filled(each, variables) for each in value]
    if not isinstance(value, str) or value == "{{ ingest_goals[-1:] }}":
        return value
    if value.strip("{} ") in variables:
        return filled(variables[value.strip("{} ")], variables)
    if value == "{{ opened.averages_need }}":
        return variables["opened"]["averages_need"]
    jinja = Environment(undefined=Undefined)
    return jinja.from_string(value).render(variables | {"omit": ""})


def filled_in(entry: Any, variables: Mapping[str, Any]) -> Any:
    """Fill a loop's variable in wherever it stands in a task; the other variables stay."""
    if isinstance(entry, dict):
        return {name: filled_in(value, variables) for name, value in entry.items()}
    if isinstance(entry, list):
        return [filled_in(each, variables) for each in entry]
    return filled(entry, variables) if "{{ own." in str(entry) else entry


def tasks(path: Path, variables: dict[str, Any], tags: set[str]) -> Iterator[StepTask]:
    content = yaml.safe_load(path.read_text())
    for entry in content:
        yield from unfolded(path, entry, variables, tags)


def unfolded(path: Path, entry: dict[str, Any], variables: dict[str, Any], tags: set[str]) -> Iterator[StepTask]:
    """Follow a play, block or task down to the tasks that are steps."""
    entry = {name.removeprefix("ansible.builtin."): value for name, value in entry.items()}
    if "together" in str(entry.get("when", "")):
        return
    if "loop" in entry:
        yield from repeated(path, entry, variables, tags)
        return
    prefix = {"ingest_step_prefix": filled(entry.get("vars", {}).get("ingest_step_prefix", ""), variables)}
    variables = variables | entry.get("vars", {}) | (prefix if "ingest_step_prefix" in entry.get("vars", {}) else {})
    tags = tags | tags_of(entry, variables)
    for each in [*entry.get("tasks", []), *entry.get("block", [])]:
        yield from unfolded(path, each, variables, tags)
    for key in (*IMPORTS, *ROLES):
        if key not in entry:
            continue
        given = entry[key] if isinstance(entry[key], dict) else {"file": entry[key]}
        inner = tags | tags_of(given.get("apply", {}), variables)
        if key in IMPORTS:
            yield from tasks(path.parent / given["file"], variables, inner)
        else:
            yield from of_role(given, variables, inner)
    for name, args in entry.items():
        if name.startswith(PREFIX) and isinstance(args, dict) and "step" in args:
            yield StepTask(name.removeprefix(PREFIX), args, variables, tags)


def repeated(path: Path, entry: dict[str, Any], variables: dict[str, Any], tags: set[str]) -> Iterator[StepTask]:
    """Follow a task once for each import, or for each of the operator's own commands."""
    loop = entry.pop("loop")
    if "ingest_commands_" in loop:
        for each in commands_of(loop, variables):
            yield from unfolded(path, filled_in(entry, {"own": each}), variables, tags)
    elif "opened.imports" in loop:
        for each in looped(loop, variables):
            yield from unfolded(path, entry, {**variables, "part": each, "ingest_dataset": each}, tags)
    else:
        yield from unfolded(path, entry, variables, tags)


def commands_of(loop: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the commands a task is repeated for; of those before the imports just the playbook's."""
    if "ingest_commands_after" in loop:
        return list(variables.get("ingest_commands_after", []))
    defaults = yaml.safe_load((ROOT / "roles" / "common" / "defaults" / "main.yml").read_text())
    given = variables.get("ingest_commands_before", defaults["ingest_runbook_commands"])
    return [each for each in given if each["name"] in variables["opened"]["commands_before"]]


def looped(loop: str, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the imports a task is repeated for."""
    every: list[dict[str, Any]] = variables["opened"]["imports"]
    return every[:1] if "[:1]" in loop else every[1:] if "[1:]" in loop else every


def tags_of(entry: Mapping[str, Any], variables: Mapping[str, Any]) -> set[str]:
    given = entry.get("tags", [])
    return {filled(each, variables) for each in ([given] if isinstance(given, str) else given)}


def of_role(given: Mapping[str, Any], variables: dict[str, Any], tags: set[str]) -> Iterator[StepTask]:
    folder = ROOT / "roles" / given["name"].removeprefix(PREFIX)
    for role in (ROOT / "roles" / "common", folder):
        defaults = role / "defaults" / "main.yml"
        variables = ((yaml.safe_load(defaults.read_text()) or {}) if defaults.exists() else {}) | variables
    yield from tasks(folder / "tasks" / f"{given.get('tasks_from', 'main')}.yml", variables, tags)


def steps(playbook: str, commands: bool = False) -> list[StepTask]:
    own = imports.of_playbook(playbook, imports.GUIDE)
    needed = {f"{each.prefix}verify": each.name for each in own if each.averages}
    first = {each.name: each.prefix for each in own}  # of verifications that were not done
    opened = {"imports": [each.as_value() for each in own], "averages_need": needed, "verify_first": first}
    scopes = imports.scopes_of(playbook, own)
    opened |= {"commands_before": (OWN_NAMES if commands else RUNBOOK_ONLY).of_scopes(scopes)}
    known = {"opened": opened, "retry": {"retry": 1}, **(OWN if commands else {})}
    return [each for each in tasks(ROOT / "playbooks" / f"{playbook}.yml", known, set()) if each.step]


def parts(playbook: str) -> list[Part]:
    return sections.Selection(playbook).candidates


def part_of(task: StepTask, playbook: str) -> Part:
    """Find the part a task does, for the import whose steps it has the prefix of."""
    prefix = filled(task.variables.get("ingest_step_prefix", ""), task.variables)
    found = [part for part in parts(playbook) if part.recorded_as == task.step]
    return next((part for part in found if part.of and step_of(part.of, "") == prefix), found[0])


@pytest.mark.parametrize("playbook", imports.OF_PLAYBOOK)
def test_a_playbook_has_the_steps_of_the_catalogue_in_their_order(playbook: str) -> None:
    # the fleet is removed before the averages are made already, as a part of the teardown
    found = [each.step for each in steps(playbook) if each.args.get("parts") is None]
    expected = [part.recorded_as for part in parts(playbook)]
    assert list(dict.fromkeys(found)) == list(dict.fromkeys(expected))


@pytest.mark.parametrize("playbook", imports.OF_PLAYBOOK)
def test_tags_select_the_steps_that_preflight_takes_them_to_select(playbook: str) -> None:
    for task in steps(playbook):
        if task.args.get("parts") is None:
            assert part_of(task, playbook).tags <= task.tags, task.step


@pytest.mark.parametrize("playbook", imports.OF_PLAYBOOK)
def test_preflight_knows_the_tags_that_tasks_have(playbook: str) -> None:
    found = {tag for task in steps(playbook) for tag in task.tags}
    assert sections.Selection(playbook, [], found).unknown_tags([]) == []


@pytest.mark.parametrize("playbook", imports.OF_PLAYBOOK)
def test_steps_are_repeated_as_the_catalogue_says(playbook: str) -> None:
    for task in steps(playbook):
        once = import_module(f"ansible_collections.climate.ingest.plugins.action.{task.module}").OPERATION.once
        each_time = task.value("each_time") is True
        repeat = Repeat.ALWAYS if each_time else Repeat.ONCE if once else Repeat.KEPT
        assert CATALOGUE.row(task.step).repeat is repeat, task.step


@pytest.mark.parametrize("playbook", imports.OF_PLAYBOOK)
def test_commands_come_from_the_variables_of_the_catalogue(playbook: str) -> None:
    for task in steps(playbook):
        variable = CATALOGUE.row(task.step).variable
        assert task.command == (f"{{{{ {variable} }}}}" if variable else ""), task.step


@pytest.mark.parametrize("playbook", imports.OF_PLAYBOOK)
def test_what_a_step_needs_and_what_makes_it_unnecessary_is_the_same(playbook: str) -> None:
    for task in steps(playbook):
        part = part_of(task, playbook)
        needed = task.variables["opened"]["averages_need"] if part.step.scope is Scope.AVERAGES else {}
        assert set(task.value("requires") or {}) == set(needed), task.step
        if task.args.get("state") == "absent" or task.args.get("parts"):
            continue
        expected: Any = [part.unless_done] if part.unless_done else None
        if part.step.unless_done == LAST_GOAL:
            expected = "{{ ingest_goals[-1:] }}"
        assert task.value("unless_done") == expected, task.step


@pytest.mark.parametrize("playbook", imports.OF_PLAYBOOK)
def test_commands_of_the_operator_are_steps_where_the_catalogue_has_them(playbook: str) -> None:
    own = OWN_NAMES
    tasks_of_it = [each for each in steps(playbook, commands=True) if each.args.get("parts") is None]
    expected = [part.recorded_as for part in sections.Selection(playbook, commands=own).candidates]
    assert list(dict.fromkeys(each.step for each in tasks_of_it)) == list(dict.fromkeys(expected))
    found = {each.step: each.tags - {"always"} for each in tasks_of_it if each.step in {*own.before, *own.after}}
    assert found == {name: {name} for name in found} and {*own.after} <= found.keys()


def test_a_retry_has_the_steps_the_catalogue_gives_it() -> None:
    found = [each.step for each in steps("retry_failed")]
    retried = [re.sub(r"{{.*?}}", "1", each) for each in found if each.startswith("retry_")]
    assert all(CATALOGUE.is_retried(each) for each in retried) and len(retried) == 4, retried
    found = [each for each in found if each != "canary"]  # which is never decided on there
    assert {each for each in found if not each.startswith("retry_")} == {
        part.step.name for part in CATALOGUE.parts_of_retry() if not part.step.retried_as
    } | {"verify", "historical_verify"}
