"""The operator's own commands as steps."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run
from ansible_collections.climate.ingest.plugins.module_utils.record import imports
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import CATALOGUE
from ansible_collections.climate.ingest.plugins.module_utils.record.commands import (
    RUNBOOK,
    RUNBOOK_ONLY,
    Commands,
    check_cities,
    read_commands,
    read_or_runbook,
    with_commands,
)
from ansible_collections.climate.ingest.plugins.module_utils.record.entry import Scope

IMPORTED = ["projections", "loca_rcp45"]


def named(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "command": "check", "repeatable": False} for name in names]


def test_both_lists_keep_their_order() -> None:
    expected = Commands(("boundaries", "regions"), ("coastline",))
    assert read_commands(named("boundaries", "regions"), named("coastline"), IMPORTED) == expected
    assert read_commands(None, [], IMPORTED) == RUNBOOK_ONLY
    assert read_commands([], [], IMPORTED).before == ()
    assert read_commands(named(*RUNBOOK), [], IMPORTED) == RUNBOOK_ONLY


@pytest.mark.parametrize(
    "name",
    ["", "Boundaries", "2nd", "a-b", "b" * 41]
    + ["create_jobs", "run_jobs", "historical", "verify", "my_verify", "rcp85_drain", "retry_1_drain"]
    + ["projections", "loca_rcp45"],
)
def test_a_name_that_means_something_else_is_refused_with_its_list(name: str) -> None:
    for variable, lists in {
        "ingest_commands_before": (named(name), []),
        "ingest_commands_after": ([], named(name)),
    }.items():
        with pytest.raises(InvalidInput, match=f"{variable} has the name {name!r}"):
            read_commands(*lists, IMPORTED)
        assert read_or_runbook(*lists, IMPORTED) == RUNBOOK_ONLY


def test_a_name_is_one_commands_only() -> None:
    for lists in ((named("a", "a"), []), ([], named("a", "a")), (named("a"), named("a"))):
        with pytest.raises(InvalidInput, match="'a'"):
            read_commands(*lists, IMPORTED)


def test_a_list_has_an_end() -> None:
    with pytest.raises(InvalidInput, match="21 commands; at most 20"):
        read_commands(named(*(f"c{number}" for number in range(21))), [], IMPORTED)


def test_those_of_the_runbook_keep_their_names_before_the_imports_only() -> None:
    with pytest.raises(InvalidInput, match="ingest_commands_after has the name 'migrate'"):
        read_commands([], named("migrate"), IMPORTED)
    with pytest.raises(InvalidInput, match="ingest_commands_before has the name 'migrate'"):
        read_commands(named("migrate", "migrate"), [], IMPORTED)


def test_they_come_before_the_imports_in_the_order_given_and_after_the_averages() -> None:
    table = with_commands(CATALOGUE, Commands(("regions", "migrate", "boundaries"), ("vacuum",)))
    steps = table.steps()
    assert steps[:6] == ["prepare", "snapshot", "regions", "migrate", "boundaries", "baseline"]
    at = steps.index("generate_historic")
    assert steps[at : at + 3] == ["generate_historic", "vacuum", "teardown"]
    assert {"boundaries", "vacuum"} <= {*table.once} and "cities" not in table.once
    assert (table.title("import_x"), table.title("vacuum")) == ("import_x", "Vacuum")
    assert "vacuum" not in {part.name for part in table.parts_of_retry()}


def test_without_any_a_run_begins_with_its_imports_and_the_runbooks_are_the_table_itself() -> None:
    assert with_commands(CATALOGUE, Commands(())).steps()[:3] == ["prepare", "snapshot", "baseline"]
    assert list(with_commands(CATALOGUE, RUNBOOK_ONLY)) == list(CATALOGUE)


def test_for_new_cities_the_command_that_adds_them_and_those_that_follow_are_run() -> None:
    own = Commands(("migrate", "cities", "boundaries"))
    new, both = {Scope.CITIES}, {Scope.CITIES, Scope.REFERENCE}
    assert (own.of_scopes(new), own.of_scopes(both)) == (["cities", "boundaries"], [*own.before])
    check_cities(own)
    assert Commands(("boundaries",)).of_scopes(new) == []
    with pytest.raises(InvalidInput, match="no command named cities"):
        check_cities(Commands(("boundaries",)))


def test_a_title_is_kept_where_it_says_more_than_the_name() -> None:
    given = [{**named("migrate")[0], "title": "Run migrations"}, {**named("init")[0], "title": "Make the table"}]
    found = read_commands(given, named("vacuum"), IMPORTED)
    assert found.titles == {"init": "Make the table"}
    table = with_commands(CATALOGUE, found)
    assert [table.title(each) for each in ("migrate", "init", "vacuum")] == [
        "Run migrations",
        "Make the table",
        "Vacuum",
    ]


def test_a_run_names_its_own() -> None:
    given: dict[str, Any] = {
        "commands_before": ["regions"],
        "commands_after": ["vacuum"],
        "titles": {"regions": "Areas"},
    }
    table = imports.of_run(Run("s-1", 1, "k", OPEN, "", "", goals=["verify"], **given))
    assert [name for name in table.steps() if name in ("migrate", "regions", "vacuum")] == ["regions", "vacuum"]
    assert table.title("regions") == "Areas"
    assert "migrate" in imports.of_run(Run("s-1", 1, "k", OPEN, "", "", goals=["verify"])).steps()
