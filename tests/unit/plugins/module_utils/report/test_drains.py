"""The figures of the drains."""

from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core import text as say
from ansible_collections.climate.ingest.plugins.module_utils.report import drains
from ansible_collections.climate.ingest.plugins.module_utils.report.times import stretches
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.page import page


def test_both_drains_are_on_one_axis_with_a_gap_between_them() -> None:
    facts = sample_facts.finished()
    panels = {panel["name"]: panel for panel in page(facts).json("figures")}
    columns, rates = panels["queue-0"]["columns"], panels["rate-0"]["columns"]
    first, second = facts["drains"]
    assert columns["left"] == [*first["left"], None, *second["left"]]
    assert rates["per_minute"] == [*first["per_minute"], None, *second["per_minute"]]
    assert columns["t"] == sorted(columns["t"])
    domains = {name: str(_domains(panel["spec"])) for name, panel in panels.items() if name != "cost-0"}
    assert len(set(domains.values())) == 1 and domains["steps-0"] != "[]"


def _domains(spec: Any) -> list[Any]:
    layers = [layer.get("encoding", {}).get("x", {}).get("scale", {}).get("domain") for layer in spec["layer"]]
    return [domain for domain in layers if domain]


def test_a_drain_without_a_measurement_and_unknown_values() -> None:
    facts = sample_facts.draining()
    first = facts["drains"][0]
    facts["drains"] = [{key: [] if isinstance(value, list) else value for key, value in first.items()}]
    assert "Drain the job queue: nothing has been measured yet." in page(facts).text
    facts["drains"] = [{key: [None] if isinstance(value, list) else value for key, value in first.items()}]
    facts["drains"][0]["times"] = first["times"][:1]
    text = page(facts).text
    assert "1,995 jobs in all; what was left is unknown." in text
    assert "at most unknown jobs a minute." in text


def test_each_drain_is_shaded_and_named() -> None:
    facts = sample_facts.finished()
    (axis,) = stretches(facts)
    queue = drains.draw(facts, [axis])[0]
    band = queue.panels[0].spec["layer"][0]["data"]["values"]
    assert [each["name"] for each in band] == ["1 Drain the job queue", "2 Drain the job queue (historical)"]
    assert [each["short"] for each in band] == ["1", "2"]
    assert band[0]["from"] == say.epoch(facts["drains"][0]["times"][0])
    assert band[0]["to"] == say.epoch(facts["drains"][0]["times"][-1])


def test_a_drain_of_an_unknown_step_is_called_by_its_name() -> None:
    assert drains.title({"steps": []}, {"step": "retry_1_drain"}) == "Retry 1: run the jobs"


def test_queue_workers_and_rate_have_their_series() -> None:
    facts = sample_facts.finished()
    figures = drains.draw(facts, stretches(facts))
    assert [[mark.label for mark in figure.legend] for figure in figures] == [
        ["left", "in flight"],
        ["running", "pending", "desired"],
        ["jobs a minute"],
    ]


def test_jobs_that_were_added_have_no_average() -> None:
    facts = sample_facts.draining()
    facts["drains"][0]["left"][-1] = 5000
    rate = drains.draw(facts, stretches(facts))[2]
    assert rate.sentence == "Drain the job queue: at most 15.9 jobs a minute."


def test_a_drain_of_a_few_samples_is_drawn_as_points() -> None:
    facts = sample_facts.draining()
    facts["drains"] = [
        {name: value[:2] if isinstance(value, list) else value for name, value in facts["drains"][0].items()}
    ]
    rate = drains.draw(facts, stretches(facts))[2]
    assert "point" in next(layer["mark"] for layer in rate.panels[0].spec["layer"] if layer["mark"]["type"] == "area")
