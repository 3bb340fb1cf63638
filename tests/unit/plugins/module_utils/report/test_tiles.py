"""The numbers one looks for first."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.report.tiles import tiles
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.page import page


def test_a_job_that_came_right_is_listed_and_not_counted() -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"][0] |= {"imported": True}
    text = page(facts).text
    assert "1 job failed; 1 imported when retried" in text
    assert "yes, and imported" in text


def texts(facts: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Give the tiles by their name: value and, if any, the line below."""
    found = re.findall(r"<div><dt>(.*?)</dt>(.*?)</div>", tiles(facts))
    return {name: tuple(re.findall(r"<dd>(.*?)</dd>", rest)) for name, rest in found}


def test_a_finished_run() -> None:
    assert texts(sample_facts.finished()) == {
        "Duration": ("4h 18m", "estimated 4h 06m"),
        "Cost": ("11.33 USD", "estimated 9.80 to 13.40 USD: within the estimate"),
        "Steps done": ("16 of 17", "1 failed try; 1 left out"),
        "Jobs left": ("0 of 3,150", "2 jobs failed"),
    }


def test_a_run_under_way_is_so_far() -> None:
    shown = texts(sample_facts.draining())
    assert shown["Duration"] == ("1h 20m", "so far; estimated 4h 06m")
    assert shown["Cost"][1] == "estimated 9.80 to 13.40 USD: not above the estimate so far"
    assert shown["Jobs left"] == ("1,158 of 1,995", "1 job failed")


def test_a_run_that_has_just_begun() -> None:
    assert texts(sample_facts.begun()) == {
        "Duration": ("12s", "so far"),
        "Cost": ("0.00 USD", "no estimate was made"),
        "Steps done": ("0 of 17", "no failed try"),
        "Jobs left": ("none created yet", "none is known to have failed"),
    }


def test_tries_that_failed_are_counted() -> None:
    facts = sample_facts.finished()
    facts["steps"][4]["attempts"].append(facts["steps"][4]["attempts"][0])
    assert texts(facts)["Steps done"][1].startswith("2 failed tries")


def test_an_unknown_cost_is_not_compared() -> None:
    facts = sample_facts.priceless()
    assert texts(facts)["Cost"] == ("unknown, at least 10.21 USD", "estimated 9.80 to 13.40 USD")


def test_a_drain_that_was_not_measured_has_all_its_jobs_left() -> None:
    facts = sample_facts.draining()
    facts["drains"][0]["left"] = [None, None]
    assert texts(facts)["Jobs left"][0] == "1,995 of 1,995"


def test_an_estimate_without_hours_has_no_duration() -> None:
    facts = sample_facts.finished()
    facts["cost"]["estimate"]["hours"] = None
    assert texts(facts)["Duration"] == ("4h 18m",)
