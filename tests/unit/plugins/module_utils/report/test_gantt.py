"""The steps of a run: every attempt is a bar."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core import text as say
from ansible_collections.climate.ingest.plugins.module_utils.core.run import Step
from ansible_collections.climate.ingest.plugins.module_utils.report import facts as report_facts
from ansible_collections.climate.ingest.plugins.module_utils.report import gantt
from ansible_collections.climate.ingest.plugins.module_utils.report.times import stretches
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.page import page


def test_every_attempt_is_a_bar_with_its_state() -> None:
    panels = {panel["name"]: panel["columns"] for panel in page(sample_facts.draining()).json("figures")}
    rows = [dict(zip(panels["steps-0"], row, strict=True)) for row in zip(*panels["steps-0"].values(), strict=True)]
    cities = [row for row in rows if row["step"] == "cities"]
    assert [row["state"] for row in cities] == ["failed", "done"]
    assert [row["note"] for row in cities] == ["failed after 30s", "1m 24s"]
    assert cities[0]["total"] == "2 tries, last 1m 24s"
    running = next(row for row in rows if row["state"] == "started")
    assert running["ended"] == say.epoch(sample_facts.at(80)) and running["note"] == "running for 1h 02m"
    waiting = [row for row in rows if row["state"] == "waiting"]
    assert len(waiting) == 6 and all(row["began"] is None for row in waiting)


def test_what_nobody_carries_out_is_drawn_without_an_arrow_and_has_no_length() -> None:
    facts = sample_facts.draining()
    drain = next(step for step in facts["steps"] if step["state"] == "started")
    drain["state"] = drain["attempts"][-1]["state"] = "interrupted"
    figure = gantt.draw(facts, stretches(facts))
    assert [mark.label for mark in figure.legend] == ["done", "failed", "interrupted"]
    columns = figure.panels[-1].columns
    assert columns["note"][columns["state"].index("interrupted")] == "interrupted"
    assert "interrupted: Drain the job queue" in figure.sentence and "running" not in figure.sentence


def test_the_sentence_of_a_run_under_way_has_what_runs_and_what_is_to_come() -> None:
    sentence = gantt.sentence(sample_facts.draining())
    assert "running: Drain the job queue" in sentence
    assert sentence.endswith("6 to come; left out: Load Climate Models.")


def test_a_step_that_was_done_for_each_import_has_no_tries() -> None:
    facts = sample_facts.finished()
    service = next(step for step in facts["steps"] if step["name"] == "processing_service")
    service["attempts"] *= 2
    panel = next(panel for panel in page(facts).json("figures") if panel["name"] == "steps-0")
    totals = dict(zip(panel["columns"]["step"], panel["columns"]["total"], strict=True))
    assert "2 times, last 36s" in panel["columns"]["total"], totals


def test_a_step_that_was_marked_as_done_took_no_time() -> None:
    facts = sample_facts.finished()
    facts["steps"][1]["attempts"][0]["note"] = "marked as done by ann@laptop"
    panel = next(panel for panel in page(facts).json("figures") if panel["name"] == "steps-0")
    assert dict(zip(panel["columns"]["step"], panel["columns"]["note"], strict=True))["migrate"] == "marked as done"


def test_a_step_that_failed_more_than_once_is_counted() -> None:
    facts = sample_facts.finished()
    cities = next(step for step in facts["steps"] if step["name"] == "cities")
    cities["attempts"].insert(0, cities["attempts"][0])
    assert "failed: Load Cities (2 times)" in gantt.sentence(facts)


@pytest.mark.parametrize(("ended", "expected"), [("2026-11-24T19:01:00+00:00", 60), (None, 120)])
def test_an_attempt_that_runs_has_taken_until_now(ended: str | None, expected: float) -> None:
    began, now = "2026-11-24T19:00:00+00:00", "2026-11-24T19:02:00+00:00"
    assert gantt.took({"began": began, "ended": ended}, now) == expected


def test_the_legend_has_only_what_is_drawn() -> None:
    for facts, labels in (
        (sample_facts.finished(), ["done", "failed"]),
        (sample_facts.draining(), ["done", "failed", "running"]),
        (sample_facts.begun(), []),
    ):
        assert [mark.label for mark in gantt.draw(facts, stretches(facts)).legend] == labels


def test_steps_to_come_are_in_the_last_stretch_of_an_open_run_only() -> None:
    facts = sample_facts.resumed()
    facts["steps"].append({**facts["steps"][3], "name": "summary", "title": "Summary", "state": "waiting"})
    closed = gantt.draw(facts, stretches(facts))
    assert not any("waiting" in panel.columns["state"] for panel in closed.panels)
    facts["run"] |= {"state": "open", "closed_at": None}
    first, last = gantt.draw(facts, stretches(facts)).panels
    assert "waiting" not in first.columns["state"]
    assert last.columns["step"][-1] == "summary"


def test_a_removal_of_what_was_made_is_no_further_try() -> None:
    made, removed = [["created", "service s"]], [["removed", "service s"]]
    facts = sample_facts.finished()
    tries = [sample_facts.attempt(10, 11), {**sample_facts.attempt(20, 22), "removal": True}]
    service = next(step for step in facts["steps"] if step["name"] == "processing_service")
    service["attempts"] = tries
    rows = drawn(facts)
    assert rows == ["1m 00s"]
    service["attempts"] = [*tries, sample_facts.attempt(30, 33), {**sample_facts.attempt(40, 41), "removal": True}]
    assert drawn(facts) == ["2 times, last 3m 00s"]
    attempts = [{"began": sample_facts.at(at), "state": "done", "did": did} for at, did in enumerate([made, removed])]
    found = report_facts._step("service", "", Step("staging-1", "done", "", earlier=attempts, did=removed), {})
    assert [each["removal"] for each in found["attempts"]] == [False, True, True]


def test_a_step_that_only_removes_has_tried_as_often_as_it_did() -> None:
    removed = [["removed", "service s"]]
    step = Step("staging-1", "done", "", earlier=[{"began": "", "state": "done", "did": removed}], did=removed)
    found = report_facts._step("teardown", "", step, {})
    assert [each["removal"] for each in found["attempts"]] == [False, False]


def drawn(facts: dict[str, Any]) -> list[str]:
    """Give what is written at the end of the row of the workers' service."""
    [panel] = gantt.draw(facts, stretches(facts)).panels
    columns = panel.columns
    return [
        str(total)
        for name, total in zip(columns["step"], columns["total"], strict=True)
        if name == "processing_service" and total
    ]
