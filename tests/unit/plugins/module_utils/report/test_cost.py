"""What a run cost, beside the estimate."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.report import cost as report_cost
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.page import page


def test_an_unknown_price_is_said_and_never_summed() -> None:
    shown = page(sample_facts.priceless())
    assert "Cost unknown, at least 10.21 USD" in shown.text
    assert "Database db.x9.large instead of db.t2.medium 3.9 unknown Total unknown" in shown.text
    assert "Unknown: no price is known for db.x9.large in eu-west-9." in shown.text
    assert "Database db.x9.large instead of db.t2.medium unknown in 3.9 hours" in shown.label("cost")
    assert "within the estimate" not in shown.text
    columns = next(panel["columns"] for panel in shown.json("figures") if panel["name"] == "cost-0")
    assert (
        dict(zip(columns["name"], columns["to"], strict=True))["Database db.x9.large instead of db.t2.medium"] is None
    )


@pytest.mark.parametrize(
    ("total", "state", "said"),
    [
        (15.4, "complete", "2.00 USD above the estimate"),
        (15.4, "open", "2.00 USD above the estimate"),
        (9.0, "complete", "below the estimate"),
        (9.0, "open", "not above the estimate so far"),
    ],
)
def test_the_cost_is_held_against_the_estimate(total: float, state: str, said: str) -> None:
    facts = sample_facts.finished()
    facts["cost"]["total"] = total
    facts["run"]["state"] = state
    assert f"estimated 9.80 to 13.40 USD: {said}" in page(facts).text


def cost(**changes: Any) -> dict[str, Any]:
    return {**sample_facts.finished()["cost"], **changes}


def estimate(**changes: Any) -> dict[str, Any]:
    return {**cost()["estimate"], **changes}


def test_what_is_paid_for_is_spot_instances_and_the_larger_class() -> None:
    assert report_cost.parts(cost()) == [
        ("Spot instances m4.2xlarge", 51.7, 7.54),
        ("Spot instances m5.2xlarge", 16.6, 2.67),
        ("Database db.m4.xlarge instead of db.t2.medium", 3.9, 1.12),
    ]


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({}, "11.33 USD"),
        ({"total": None}, "unknown, at least 11.33 USD"),
        ({"total": None, "fleet": [], "database": []}, "unknown"),
    ],
)
def test_an_unknown_total_is_at_least_what_is_known(changes: dict[str, Any], written: str) -> None:
    assert report_cost.total(cost(**changes)) == written


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (None, ""),
        (estimate(), "9.80 to 13.40 USD"),
        (estimate(usd_low=5.0, usd_high=5.0), "5.00 USD"),
        (estimate(usd_low=None, usd_high=None), "unknown"),
    ],
)
def test_the_estimate_is_a_span_or_a_figure(given: dict[str, Any] | None, written: str) -> None:
    assert report_cost.estimated(cost(estimate=given)) == written


@pytest.mark.parametrize("changes", [{"estimate": None}, {"total": None}, {"estimate": estimate(usd_low=None)}])
def test_what_is_unknown_is_not_compared(changes: dict[str, Any]) -> None:
    assert report_cost.against(cost(**changes), complete=True) == ""


def test_nothing_that_costs_is_a_sentence_and_no_figure() -> None:
    facts = sample_facts.begun()
    assert report_cost.draw(facts).panels == ()
    facts["cost"]["total"] = None
    assert report_cost.sentence(facts) == "Nothing that costs money is known yet; there is no estimate."


def test_the_estimate_alone_is_drawn() -> None:
    facts = sample_facts.begun()
    facts["cost"]["estimate"] = estimate()
    figure = report_cost.draw(facts)
    assert list(figure.panels[0].columns["name"]) == ["Estimate"]
    assert [mark.label for mark in figure.legend] == ["estimate, low to high"]


def test_the_total_of_what_is_known_is_drawn_beside_the_parts() -> None:
    columns = report_cost.draw(sample_facts.finished()).panels[0].columns
    assert list(zip(columns["kind"], columns["to"], strict=True)) == [
        ("part", 7.54),
        ("part", 2.67),
        ("part", 1.12),
        ("total", 11.33),
        ("estimate", 13.4),
    ]


def test_the_notes_have_what_is_unknown_and_what_the_estimate_rests_on() -> None:
    notes = report_cost.notes(cost(total=None, unknown=["no price is known for x."]))
    assert notes[0] == "Unknown: no price is known for x."
    assert "11.33 USD" in notes[1]
    assert notes[2].startswith("On-demand prices are those of 2026-11-24.")
    assert notes[3] == "Estimated on 2026-11-24 19:00 UTC: the hours of staging-2, which imported as many jobs."
    assert notes[4] == (
        "The estimate counts 2.36 to 2.92 USD an hour for the fleet and 0.29 USD an hour for the larger database."
    )


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({"fleet_usd_per_hour": [2.0, 2.0], "database_usd_per_hour": None}, ["2.00 USD an hour for the fleet"]),
        ({"fleet_usd_per_hour": None, "database_usd_per_hour": None}, []),
    ],
)
def test_hourly_prices_that_are_unknown_are_left_out(changes: dict[str, Any], written: list[str]) -> None:
    notes = report_cost.notes(cost(estimate=estimate(**changes), prices_of=""))
    assert notes[1:] == [f"The estimate counts {each}." for each in written]
