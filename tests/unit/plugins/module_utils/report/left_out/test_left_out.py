"""What a run has passed over neither waits nor has failed, and what is to come is not left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import COMPLETE, DONE, FAILED, OPEN, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import CATALOGUE
from ansible_collections.climate.ingest.plugins.module_utils.record.entry import Scope
from ansible_collections.climate.ingest.plugins.module_utils.report import facts

GOALS = ["verify", "historical_verify", "generate_historic"]
RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop", {}, GOALS)
CLOSED = replace(RUN, state=COMPLETE)
NAMES = CATALOGUE.of_run(set(Scope), [])
FIRST = NAMES[: NAMES.index("verify") + 1]


def states(run: record.Run, *done: str, **others: str) -> dict[str, str]:
    """Give the state of each step that is not done."""
    known = dict.fromkeys(done, DONE) | others
    steps = [{"name": name, "state": known.get(name, facts.WAITING)} for name in NAMES]
    facts._leave_out(steps, run, {*CATALOGUE.once})
    return {step["name"]: step["state"] for step in steps if step["state"] != DONE}


def without(names: list[str], *skipped: str) -> list[str]:
    return [name for name in names if name not in skipped]


@pytest.mark.parametrize("state", [facts.WAITING, FAILED])
def test_a_complete_run_has_left_out_what_is_not_done(state: str) -> None:
    found = states(CLOSED, *without(NAMES, "cities", "database"), cities=state, database=state)
    assert found == {"cities": facts.LEFT_OUT, "database": facts.LEFT_OUT}


def test_nothing_is_left_out_of_a_run_that_takes_its_course() -> None:
    for reached in range(len(NAMES)):
        found = states(RUN, *NAMES[:reached])
        assert set(found.values()) <= {facts.WAITING}, (NAMES[reached], found)
        failed = states(RUN, *NAMES[:reached], **{NAMES[reached]: FAILED})
        assert failed[NAMES[reached]] == FAILED


@pytest.mark.parametrize("state", [facts.WAITING, FAILED])
def test_what_a_later_step_did_without_is_left_out(state: str) -> None:
    found = states(RUN, *without(FIRST[:6], "cities"), cities=state)
    assert found["cities"] == facts.LEFT_OUT
    assert found["capacity"] == found["drain"] == facts.WAITING


@pytest.mark.parametrize("drain", [STARTED, DONE])
def test_a_drain_shows_what_it_did_without(drain: str) -> None:
    found = states(RUN, *without(FIRST[:10], "database"), drain=drain)
    assert found["database"] == facts.LEFT_OUT
    assert found["historical_create_jobs"] == facts.WAITING


def test_what_all_imports_share_may_be_needed_for_the_next_one() -> None:
    found = states(RUN, *without(FIRST, "capacity", "service"), service=FAILED)
    assert (found["capacity"], found["service"]) == (facts.WAITING, FAILED)
    begun = ("historical_baseline", "historical_create_jobs")
    found = states(RUN, *without(FIRST, "capacity"), *begun, historical_drain=STARTED)
    assert found["capacity"] == facts.LEFT_OUT


def test_a_goal_is_never_left_out() -> None:
    others = ("historical_create_jobs", "historical_drain", "historical_verify")
    assert states(RUN, *others, verify=FAILED)["verify"] == FAILED
    found = states(RUN, *others)
    for name in ("migrate", "create_jobs", "drain", "verify", "generate_historic"):
        assert found[name] == facts.WAITING


def test_behind_the_last_goal_everything_is_to_come() -> None:
    found = states(RUN, *GOALS)
    assert (found["cities"], found["drain"]) == (facts.LEFT_OUT, facts.LEFT_OUT)
    assert (found["teardown"], found["summary"]) == (facts.WAITING, facts.WAITING)


@pytest.mark.parametrize("service", [FAILED, DONE])
def test_what_is_done_each_time_is_left_out_once_the_next_of_its_kind_began(service: str) -> None:
    prepared = FIRST[: FIRST.index("service")]
    found = states(RUN, *without(prepared, "database"), service=service)
    assert (found["database"], found["drain"]) == (facts.LEFT_OUT, facts.WAITING)
    failed = states(RUN, *without(prepared, "database"), database=FAILED, service=service)
    assert failed["database"] == FAILED  # of a resumed run: it is done again, and not passed over
    resumed = states(RUN, *without(prepared, "capacity", "create_jobs"))
    assert (resumed["capacity"], resumed["create_jobs"]) == (facts.LEFT_OUT, facts.WAITING)
