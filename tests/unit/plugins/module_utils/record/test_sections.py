"""Which parts of a playbook run: by tags, and by what the open run has done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import COMPLETE, DONE, OPEN
from ansible_collections.climate.ingest.plugins.module_utils.record import record, sections
from ansible_collections.climate.ingest.plugins.module_utils.record.imports import Import, catalogue

RUN = record.Run("staging-1", 1, "k3y", OPEN, "", "")
FLEET = {"capacity", "task_definition", "database", "service", "canary"}
IMPORT = {"baseline", "create_jobs", *FLEET, "drain", "verify"}
REFERENCE = {"migrate", "scenarios", "climate_models", "cities"}
ALWAYS = {"prepare", "teardown", "summary"}


def historical(names: set[str]) -> set[str]:
    return {f"historical_{name}" for name in names}


def selected(playbook: str, tags: Sequence[str] = (), skipped: Sequence[str] = ()) -> sections.Selection:
    return sections.Selection(playbook, tags, skipped)


def left(known: record.Record) -> set[str]:
    return selected("populate").left(known)


def known(*done: str, run: record.Run = RUN) -> record.Record:
    return record.Record(run, {name: record.Step(run.id, DONE, "") for name in done})


@pytest.mark.parametrize(
    ("playbook", "expected"),
    [
        ("populate", {"snapshot"} | ALWAYS | REFERENCE | IMPORT | historical(IMPORT) | {"generate_historic"}),
        ("future", {"snapshot"} | ALWAYS | REFERENCE | IMPORT),
        ("historical", {"snapshot"} | ALWAYS | historical(IMPORT) | {"generate_historic"}),
        ("retry_failed", ALWAYS | IMPORT - {"baseline", "canary"} | {"historical_verify"}),
        ("command", {"command"}),
        ("teardown", {"teardown"}),
    ],
)
def test_the_parts_of_a_playbook(playbook: str, expected: set[str]) -> None:
    assert selected(playbook, [], []).parts() == expected
    assert selected(playbook, ["all"], []).parts() == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["projections"], IMPORT),
        (["cities"], {"cities"}),
        (["run_jobs"], {*FLEET, "drain", "verify"}),
        (["drain"], {"drain"}),
        (["create_jobs"], {"baseline", "create_jobs"}),
        (["baseline"], {"baseline"}),
        (["historical"], historical(IMPORT) | {"generate_historic"}),
        (["generate_historic", "summary"], {"generate_historic", "summary"}),
        (["no_such_tag"], set()),
    ],
)
def test_tags_choose_parts(tags: list[str], expected: set[str]) -> None:
    assert selected("populate", tags, []).parts() == expected


def test_the_second_half_is_reached_by_its_own_tag_only() -> None:
    assert "historical_drain" not in selected("populate", ["drain"], []).parts()


def test_skipped_tags_leave_parts_out() -> None:
    everything = selected("populate", [], []).parts()
    assert everything - selected("populate", [], ["historical"]).parts() == historical(IMPORT) | {"generate_historic"}
    assert everything - selected("populate", [], ["drain"]).parts() == {"drain", "historical_drain"}
    assert selected("teardown", ["other"], ["teardown"]).parts() == set()


def test_a_playbook_of_one_part_runs_it_whatever_the_tags() -> None:
    assert selected("command", ["cities"], []).parts() == {"command"}


def test_what_is_done_once_and_is_done_is_left_out() -> None:
    chosen = {"cities", "prepare", "create_jobs", "summary"}
    assert left(known("cities", "prepare", "summary")) & chosen == chosen - {"cities"}


def test_a_drained_queue_needs_no_fleet_in_its_half() -> None:
    everything = selected("populate", [], []).parts()
    assert everything - left(known("drain")) == {*FLEET, "drain"}
    assert everything - left(known("historical_drain")) == historical({*FLEET, "drain"})


def test_a_closed_run_has_done_nothing_of_the_next() -> None:
    closed = known("cities", run=replace(RUN, state=COMPLETE))
    assert "cities" in left(closed)


def test_a_retry_does_it_again() -> None:
    assert "drain" in selected("retry_failed").left(known("drain"))


def test_a_part_is_looked_for_in_both_halves() -> None:
    assert sections.either("drain", {"historical_drain"}) and sections.either("drain", {"drain"})
    assert not sections.either("drain", {"verify"})


THREE = [Import("a", "A"), Import("b", "B"), Import("c", "C")]


def together(tags: Sequence[str] = (), skipped: Sequence[str] = ()) -> sections.Selection:
    return sections.Selection("populate", tags, skipped, THREE, together=True)


@pytest.mark.parametrize("name", ["a", "b"])
def test_the_tag_of_an_import_reaches_the_drain_that_it_shares(name: str) -> None:
    own = {f"{name}_{step}" for step in ("baseline", "create_jobs", "verify")}
    shared = {f"a_{step}" for step in (*FLEET, "drain")}
    assert together([name]).parts() == own | shared
    assert together().parts() - together(skipped=[name]).parts() == own, "the others need it"


def test_a_drain_that_is_done_is_needed_again_by_an_import_that_was_left_out() -> None:
    done = known(*(f"{name}_{step}" for name in "ac" for step in ("create_jobs", "verify")), "a_drain")
    shared = {f"a_{step}" for step in (*FLEET, "drain")}
    assert shared <= together().left(done)
    assert not shared & together(skipped=["b"]).left(done)


def test_the_record_is_asked_for_steps_with_checks_of_their_own_in_one_call() -> None:
    asked = selected("populate").checked_steps()
    assert set(asked) == {"snapshot", "cities", "canary", *(half + name for half in ("", "historical_") for name in (
        "create_jobs", "drain", "verify"
    ))}  # fmt: skip
    assert len(asked) < 10, "with the run they are one GetParameters"


@pytest.mark.parametrize(
    ("playbook", "tags", "skipped", "says"),
    [
        ("populate", ["migarte"], [], "--tags has 'migarte', which no task of the playbook populate has: did you me"),
        ("populate", [], ["citys"], "--skip-tags has 'citys', which no task of the playbook populate has: did yo"),
        ("populate", ["xyzzy"], [], "tags are baseline, canary, capacity, cities"),
        ("populate", ["untagged"], [], "'untagged'"),
        ("future", ["historical"], [], "'historical', which no task of the playbook future"),
        ("retry_failed", ["cities"], [], "'cities'"),
        ("command", ["migrate"], [], "leave the option out."),
    ],
)  # fmt: skip
def test_a_tag_that_no_task_has_is_named(playbook: str, tags: list[str], skipped: list[str], says: str) -> None:
    (problem,) = selected(playbook, tags, skipped).unknown_tags([])
    assert says in problem
    assert ("migrate?" in problem) == ("migarte" in problem) and ("cities?" in problem) == ("citys" in problem)


@pytest.mark.parametrize("playbook", sections.PLAYBOOKS)
def test_tags_that_mean_everything_or_are_skipped_harmlessly_are_known(playbook: str) -> None:
    for tags in ([], ["all"], ["tagged"], ["always"], ["preflight"], ["own"]):
        assert selected(playbook, tags, ["never", "untagged", "notest", "molecule-notest"]).unknown_tags(["own"]) == []
    assert selected("command", ["untagged"]).unknown_tags([]) == []
    assert selected("historical", ["historical"], ["drain"]).unknown_tags([]) == []


LOCA = [
    Import("rcp85", "RCP85"),
    Import("loca_rcp85", "RCP85", "LOCA"),
    Import("historical", "historical", averages=True),
    Import("loca_historical", "historical", "LOCA", averages=True),
]


def of(name: str, *steps: str) -> set[str]:
    return {f"{name}_{step}" for step in steps or IMPORT}


@pytest.mark.parametrize(
    ("playbook", "tags", "expected"),
    [
        ("future", [], {"snapshot"} | ALWAYS | REFERENCE | of("rcp85") | of("loca_rcp85")),
        ("historical", [], {"snapshot"} | ALWAYS | of("historical") | of("loca_historical") | {"generate_historic"}),
        ("populate", ["loca_rcp85"], of("loca_rcp85")),
        ("populate", ["create_jobs"], of("rcp85", "baseline", "create_jobs")),
        ("historical", ["create_jobs"], of("historical", "baseline", "create_jobs")),
        ("retry_failed", ["verify"], {f"{each.name}_verify" for each in LOCA}),
    ],
)
def test_the_parts_of_any_imports(playbook: str, tags: list[str], expected: set[str]) -> None:
    assert sections.Selection(playbook, tags, imports=LOCA).parts() == expected


def test_imports_that_are_drained_together_share_one_drain() -> None:
    together = sections.Selection("populate", ["run_jobs"], imports=LOCA, together=True)
    verified = {f"{each.name}_verify" for each in LOCA}
    assert together.parts() == of("rcp85", *FLEET, "drain") | verified
    done = together.left(known("rcp85_drain"))
    assert done == verified, "a drained queue needs no fleet"
    creating = sections.Selection("populate", ["create_jobs"], imports=LOCA, together=True)
    assert creating.parts() == {f"{each.name}_{step}" for each in LOCA for step in ("baseline", "create_jobs")}
    order = catalogue(LOCA, together=True).steps()
    assert order.index("loca_historical_create_jobs") < order.index("capacity") < order.index("rcp85_drain")
    assert "loca_rcp85_drain" not in order
