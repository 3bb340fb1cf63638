"""Which parts of a playbook run: by tags, and by what the open run has done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import COMPLETE, DONE, OPEN
from ansible_collections.climate.ingest.plugins.module_utils.record import record, sections

RUN = record.Run("staging-1", 1, "k3y", OPEN, "", "")
FLEET = {"capacity", "task_definition", "database", "service"}
IMPORT = {"baseline", "create_jobs", *FLEET, "drain", "verify"}
REFERENCE = {"migrate", "scenarios", "climate_models", "cities"}
ALWAYS = {"prepare", "teardown", "summary"}


def historical(names: set[str]) -> set[str]:
    return {f"historical_{name}" for name in names}


def known(*done: str, run: record.Run = RUN) -> record.Record:
    return record.Record(run, {name: record.Step(run.id, DONE, "") for name in done})


@pytest.mark.parametrize(
    ("playbook", "expected"),
    [
        ("populate", {"snapshot"} | ALWAYS | REFERENCE | IMPORT | historical(IMPORT) | {"generate_historic"}),
        ("future", {"snapshot"} | ALWAYS | REFERENCE | IMPORT),
        ("historical", {"snapshot"} | ALWAYS | historical(IMPORT) | {"generate_historic"}),
        ("retry_failed", ALWAYS | IMPORT - {"baseline"} | {"historical_verify"}),
        ("command", {"command"}),
        ("teardown", {"teardown"}),
    ],
)
def test_the_parts_of_a_playbook(playbook: str, expected: set[str]) -> None:
    assert sections.parts(playbook, [], []) == expected
    assert sections.parts(playbook, ["all"], []) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
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
    assert sections.parts("populate", tags, []) == expected


def test_the_second_half_is_reached_by_its_own_tag_only() -> None:
    assert "historical_drain" not in sections.parts("populate", ["drain"], [])


def test_skipped_tags_leave_parts_out() -> None:
    everything = sections.parts("populate", [], [])
    assert everything - sections.parts("populate", [], ["historical"]) == historical(IMPORT) | {"generate_historic"}
    assert everything - sections.parts("populate", [], ["drain"]) == {"drain", "historical_drain"}
    assert sections.parts("teardown", ["other"], ["teardown"]) == set()


def test_a_playbook_of_one_part_runs_it_whatever_the_tags() -> None:
    assert sections.parts("command", ["cities"], []) == {"command"}


def test_what_is_done_once_and_is_done_is_left_out() -> None:
    chosen = {"cities", "prepare", "create_jobs", "summary"}
    assert sections.left("populate", chosen, known("cities", "prepare", "summary")) == chosen - {"cities"}


def test_a_drained_queue_needs_no_fleet_in_its_half() -> None:
    everything = sections.parts("populate", [], [])
    assert everything - sections.left("populate", everything, known("drain")) == {*FLEET, "drain"}
    assert everything - sections.left("populate", everything, known("historical_drain")) == historical(
        {*FLEET, "drain"}
    )


def test_a_closed_run_has_done_nothing_of_the_next() -> None:
    closed = known("cities", run=replace(RUN, state=COMPLETE))
    assert sections.left("populate", {"cities"}, closed) == {"cities"}


def test_a_retry_does_it_again() -> None:
    assert sections.left("retry_failed", {"drain"}, known("drain")) == {"drain"}


def test_a_part_is_looked_for_in_both_halves() -> None:
    assert sections.either("drain", {"historical_drain"}) and sections.either("drain", {"drain"})
    assert not sections.either("drain", {"verify"})


def test_the_record_is_asked_for_steps_with_checks_of_their_own_in_one_call() -> None:
    assert set(sections.steps()) == {"snapshot", "cities", *(half + name for half in ("", "historical_") for name in (
        "create_jobs", "drain", "verify"
    ))}  # fmt: skip
    assert len(sections.steps()) < 10, "with the run they are one GetParameters"


@pytest.mark.parametrize(
    ("playbook", "tags", "skipped", "says"),
    [
        ("populate", ["migarte"], [], "--tags has 'migarte', which no task of the playbook populate has: did you me"),
        ("populate", [], ["citys"], "--skip-tags has 'citys', which no task of the playbook populate has: did yo"),
        ("populate", ["xyzzy"], [], "tags are baseline, capacity, cities"),
        ("populate", ["untagged"], [], "'untagged'"),
        ("future", ["historical"], [], "'historical', which no task of the playbook future"),
        ("historical", ["drain"], [], "'drain'"),
        ("retry_failed", ["cities"], [], "'cities'"),
        ("command", ["migrate"], [], "leave the option out."),
    ],
)  # fmt: skip
def test_a_tag_that_no_task_has_is_named(playbook: str, tags: list[str], skipped: list[str], says: str) -> None:
    (problem,) = sections.unknown_tags(playbook, tags, skipped, [])
    assert says in problem
    assert ("migrate?" in problem) == ("migarte" in problem) and ("cities?" in problem) == ("citys" in problem)


@pytest.mark.parametrize("playbook", sections.PLAYBOOKS)
def test_tags_that_mean_everything_or_are_skipped_harmlessly_are_known(playbook: str) -> None:
    for tags in ([], ["all"], ["tagged"], ["always"], ["preflight"], ["own"]):
        assert sections.unknown_tags(playbook, tags, ["never", "untagged", "notest", "molecule-notest"], ["own"]) == []
    assert sections.unknown_tags("command", ["untagged"], [], []) == []
    assert sections.unknown_tags("historical", ["historical"], ["drain"], []) == []
