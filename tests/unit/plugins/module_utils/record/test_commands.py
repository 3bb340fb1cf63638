"""The operator's own commands as steps."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run
from ansible_collections.climate.ingest.plugins.module_utils.record import imports
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import CATALOGUE
from ansible_collections.climate.ingest.plugins.module_utils.record.commands import (
    NO_COMMANDS,
    Commands,
    read_commands,
    read_or_none,
    with_commands,
)

IMPORTED = ["projections", "loca_rcp45"]


def named(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "command": "check", "repeatable": False} for name in names]


def test_both_lists_keep_their_order() -> None:
    expected = Commands(("boundaries", "regions"), ("coastline",))
    assert read_commands(named("boundaries", "regions"), named("coastline"), IMPORTED) == expected
    assert read_commands(None, [], IMPORTED) == NO_COMMANDS


@pytest.mark.parametrize(
    "name",
    ["", "Boundaries", "2nd", "a-b", "b" * 41]
    + ["migrate", "create_jobs", "run_jobs", "historical", "verify", "my_verify", "rcp85_drain", "retry_1_drain"]
    + ["projections", "loca_rcp45"],
)
def test_a_name_that_means_something_else_is_refused_with_its_list(name: str) -> None:
    for variable, lists in {
        "ingest_commands_before": (named(name), []),
        "ingest_commands_after": ([], named(name)),
    }.items():
        with pytest.raises(InvalidInput, match=f"{variable} has the name {name!r}"):
            read_commands(*lists, IMPORTED)
        assert read_or_none(*lists, IMPORTED) == NO_COMMANDS


def test_a_name_is_one_commands_only() -> None:
    for lists in ((named("a", "a"), []), ([], named("a", "a")), (named("a"), named("a"))):
        with pytest.raises(InvalidInput, match="'a'"):
            read_commands(*lists, IMPORTED)


def test_a_list_has_an_end() -> None:
    with pytest.raises(InvalidInput, match="21 commands; at most 20"):
        read_commands(named(*(f"c{number}" for number in range(21))), [], IMPORTED)


def test_they_follow_the_reference_data_and_the_averages() -> None:
    table = with_commands(CATALOGUE, Commands(("boundaries", "regions"), ("vacuum",)))
    steps = table.steps()
    at = steps.index("cities")
    assert steps[at : at + 4] == ["cities", "boundaries", "regions", "baseline"]
    at = steps.index("generate_historic")
    assert steps[at : at + 3] == ["generate_historic", "vacuum", "teardown"]
    assert {"boundaries", "vacuum"} <= {*table.once}
    assert (table.title("import_x"), table.title("vacuum")) == ("import_x", "Vacuum")
    assert "vacuum" not in {part.name for part in table.parts_of_retry()}


def test_a_run_names_its_own() -> None:
    run = Run("s-1", 1, "k", OPEN, "", "", goals=["verify"], commands_before=["regions"], commands_after=["vacuum"])
    steps = imports.of_run(run).steps()
    assert [name for name in steps if name in ("regions", "vacuum")] == ["regions", "vacuum"]
