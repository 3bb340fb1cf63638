"""What a run imports: read, named, kept with the run, and divided among the playbooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run, digested
from ansible_collections.climate.ingest.plugins.module_utils.record import imports
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import EACH, TOGETHER
from ansible_collections.climate.ingest.plugins.module_utils.record.entry import Scope

RUN = Run("staging-1", 1, "k3y", OPEN, "", "")


@pytest.mark.parametrize(
    ("given", "name", "prefix"),
    [
        ({"name": "projections", "scenario": "RCP85"}, "projections", ""),
        ({"scenario": "RCP85"}, "rcp85", "rcp85_"),
        (
            {"name": None, "scenario": "historical", "dataset": "NEX-GDDP"},
            "nex_gddp_historical",
            "nex_gddp_historical_",
        ),
        ({"name": "loca", "scenario": "RCP85", "dataset": None}, "loca", "loca_"),
        ({"scenario": "RCP85", "dataset": "L" * 60}, "l" * 40, "l" * 40 + "_"),
    ],
)
def test_an_import_has_a_name(given: dict[str, Any], name: str, prefix: str) -> None:
    (found,) = imports.read_imports([given])
    assert (found.name, found.prefix) == (name, prefix)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "ingest_imports is empty"),
        ([{"scenario": "RCP85"}] * 2, "has the name rcp85 twice"),
        ([{"scenario": "A"}, {"scenario": "B", "dataset": "LOCA"}], "no data set for a, and one for others"),
        ([{"scenario": "Verify"}], "the name 'verify'"),
        ([{"scenario": "x", "name": "run_jobs"}], "the name 'run_jobs'"),
        ([{"scenario": "x", "name": "retry_1"}], "the name 'retry_1'"),
        ([{"scenario": "x", "name": "Loca"}], "the name 'Loca'"),
        ([{"scenario": "85"}], "the name '85'"),
        ([{"scenario": "\u4e2d"}], "the name ''"),
    ],
)
def test_a_list_that_cannot_name_its_steps_is_refused(given: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        imports.read_imports(given)
    assert imports.read_or_guide(given) == [*imports.GUIDE]


def test_the_six_imports_of_two_data_sets_have_names_of_their_own() -> None:
    given = [
        {"dataset": dataset, "scenario": scenario}
        for dataset in ("NEX-GDDP", "LOCA")
        for scenario in ("rcp45", "rcp85", "historical")
    ]
    found = imports.read_imports(given)
    assert [each.name for each in found][2:4] == ["nex_gddp_historical", "loca_rcp45"]
    assert [each.label for each in found][2:4] == ["NEX-GDDP historical", "LOCA rcp45"]
    run = replace(RUN, goals=imports.goals(found), requested=digested(imports.requested(found, TOGETHER)))
    assert imports.datasets_of(run) == {"NEX-GDDP", "LOCA"}
    assert imports.in_run(replace(run, goals=imports.goals(found[:2])), found) == found[:2]


def test_a_run_of_the_guide_has_no_data_set() -> None:
    assert imports.datasets_of(replace(RUN, requested=digested(imports.requested(imports.GUIDE, EACH)))) == set()


def test_a_run_keeps_what_it_imports_under_the_names_its_operator_knows() -> None:
    guide = [replace(each, scenario="S") for each in imports.GUIDE]
    assert set(imports.requested(guide, EACH)) == {
        *(f"ingest_{half}{name}" for half in ("", "historical_") for name in ("scenario", "models", "years")),
        "ingest_drain",
    }
    loca = imports.Import("loca", "RCP85", "LOCA", arguments=["--update-existing"], averages=True)
    assert digested(imports.requested([loca], TOGETHER)) == {
        "loca.scenario": "RCP85",
        "loca.models": "all",
        "loca.years": "all",
        "loca.dataset": "LOCA",
        "loca.arguments": "--update-existing",
        "loca.averages": "True",
        "ingest_drain": "together",
    }


@pytest.mark.parametrize(
    ("given", "scopes"),
    [
        (imports.GUIDE, set(Scope)),
        (imports.GUIDE[:1], set(Scope) - {Scope.AVERAGES}),
        (imports.GUIDE[1:], set(Scope) - {Scope.REFERENCE, Scope.CITIES}),
        ((imports.Import("loca", "RCP85"),), set(Scope) - {Scope.AVERAGES}),
        ((imports.Import("loca", "RCP85", averages=True),), set(Scope) - {Scope.REFERENCE, Scope.CITIES}),
    ],
)
def test_the_record_tells_what_the_steps_of_a_run_belong_to(given: list[imports.Import], scopes: set[Scope]) -> None:
    run = replace(RUN, goals=imports.goals(given), requested=digested(imports.requested(given, EACH)))
    assert imports.scopes_of("populate", given) == imports.scopes_of_run(run) == scopes
    assert imports.of_run(run).imports == tuple(each.name for each in given)


@pytest.mark.parametrize("given", [imports.GUIDE, imports.GUIDE[:1], imports.GUIDE[1:]])
def test_a_run_that_adds_cities_loads_them_and_no_other_reference_data(given: list[imports.Import]) -> None:
    requested = digested(imports.requested(given, EACH, "import_cities,bucket,key"))
    run = replace(RUN, goals=imports.goals(given), requested=requested)
    scopes = imports.scopes_of_run(run)
    assert imports.scopes_of("cities", given) == scopes
    assert Scope.CITIES in scopes and Scope.REFERENCE not in scopes
    assert imports.playbook_of(run) == "cities"
    assert requested["ingest_cities_command"] == "import_cities,bucket,key"


@pytest.mark.parametrize("playbook", ["populate", "future", "historical"])
def test_a_run_is_finished_by_a_playbook_of_its_kind(playbook: str) -> None:
    adds = replace(RUN, requested=digested(imports.requested(imports.GUIDE, EACH, "import_cities,bucket,key")))
    with pytest.raises(
        Refused, match=f"is open and adds cities: finish it with playbooks/cities.yml before playbooks/{playbook}"
    ):
        imports.check_kind(adds, playbook)
    populates = replace(RUN, requested=digested(imports.requested(imports.GUIDE, EACH)))
    with pytest.raises(
        Refused, match="is open and populates the database: finish it with playbooks/populate.yml before"
    ):
        imports.check_kind(populates, "cities")
    imports.check_kind(adds, "cities")
    imports.check_kind(populates, playbook)


def test_a_run_of_an_older_version_has_the_steps_of_the_guide() -> None:
    run = replace(RUN, goals=["verify", "historical_verify", "generate_historic"], requested={"ingest_models": "all"})
    assert imports.of_run(run).imports == ("projections", "historical")
    assert imports.scopes_of_run(run) == set(Scope)
    assert not imports.of_run(run).together


@pytest.mark.parametrize(
    ("goals", "requested", "step", "expected"),
    [
        (["heights_verify"], {}, "heights_drain", "heights"),
        (["heights_verify"], {}, "canary", "heights"),
        (["heights_verify"], {"heights.scenario": "day"}, "retry_1_drain", "day"),
        (["verify"], {"ingest_scenario": "RCP85"}, "drain", "RCP85"),
        (["verify", "historical_verify"], {"ingest_historical_scenario": "past"}, "historical_drain", "past"),
        (["verify", "historical_verify"], {"ingest_scenario": "RCP85"}, "drain", "RCP85"),
        (["a_verify", "b_verify"], {}, "retry_1_drain", ""),
        (["a_verify", "b_verify"], {imports.DRAIN: TOGETHER}, "a_drain", ""),
    ],
)
def test_the_jobs_of_a_drain_are_of_one_scenario_or_it_is_not_known(
    goals: list[str], requested: dict[str, str], step: str, expected: str
) -> None:
    assert imports.called(replace(RUN, goals=goals, requested=requested), step) == expected
