"""The stretches of time in which a run did something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core import text as say
from ansible_collections.climate.ingest.plugins.module_utils.report.times import MOST, Stretch, places, stretches
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.page import page


def test_a_run_resumed_the_next_day_has_two_axes() -> None:
    shown = page(sample_facts.resumed())
    assert "2026-11-24 19:00 UTC to 2026-11-24 21:31 UTC" in shown.text
    assert "2026-11-25 12:31 UTC to 2026-11-25 14:18 UTC" in shown.text
    names = [panel["name"] for panel in shown.json("figures")]
    assert {"steps-0", "steps-1", "queue-0", "queue-1", "instances-1", "prices-1"} <= set(names)


def test_a_long_run_is_drawn_with_fewer_values_and_described_with_all() -> None:
    facts = sample_facts.finished()
    facts["drains"] = facts["drains"][:1]
    facts["fleet"] = sample_facts.fleet(10, 1900)
    facts["drains"][0] = sample_facts.drain("drain", 18, 1850, 1995, 60)
    facts["drains"][0]["running"][777] = 61
    facts["fleet"]["instances"]["m4.2xlarge us-east-1a"][778] = 9.0
    shown = page(facts)
    panels = {panel["name"]: panel["columns"] for panel in shown.json("figures")}
    assert len(panels["workers-0"]["t"]) < 610 and len(panels["instances-0"]["t"]) < 610
    assert panels["workers-0"]["t"][-1] == say.epoch(facts["drains"][0]["times"][-1])
    assert panels["workers-0"]["t"][0] == say.epoch(facts["drains"][0]["times"][0])
    assert "at most 61 ran at once" in shown.text and "m4.2xlarge us-east-1a 9" in shown.text


BEGAN = sample_facts.OPENED
HOUR = 3600


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat()


def milliseconds(seconds: float) -> int:
    return say.epoch(at(seconds))


def facts(
    *attempts: tuple[float, float | None], drains: Sequence[float] = (), fleet: Sequence[float] = ()
) -> dict[str, Any]:
    tried = [{"began": at(began), "ended": None if ended is None else at(ended)} for began, ended in attempts]
    return {
        "generated_at": at(5 * HOUR),
        "steps": [{"attempts": tried}],
        "drains": [{"times": [at(seconds) for seconds in drains]}],
        "fleet": {"times": [at(seconds) for seconds in fleet], "width_seconds": 60},
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), []),
        (facts((0, 60)), [(0, 60)]),
        (facts((0, 1)), [(0, 10)]),
        (facts((0, None)), [(0, 5 * HOUR)]),
        (facts((0, 60), (60 + HOUR, 2 * HOUR)), [(0, 2 * HOUR)]),
        (facts((0, 60), (61 + HOUR, 2 * HOUR)), [(0, 60), (61 + HOUR, 2 * HOUR)]),
        (facts((0, 2 * HOUR), (60, 120)), [(0, 2 * HOUR)]),
        (facts(drains=[0, 30]), [(0, 30)]),
        (facts(fleet=[0, 60]), [(0, 120)]),
    ],
)
def test_an_idle_hour_divides_stretches(given: dict[str, Any], expected: list[tuple[float, float]]) -> None:
    several = len(expected) > 1
    assert stretches(given) == [Stretch(milliseconds(one), milliseconds(other), several) for one, other in expected]


def test_a_stretch_holds_its_ends() -> None:
    stretch = Stretch(10, 20)
    assert [time for time in (9, 10, 20, 21) if stretch.holds(time)] == [10, 20]


@pytest.mark.parametrize(
    ("count", "drawn"), [(0, 0), (1, 1), (MOST, MOST), (MOST + 1, MOST / 2 + 1), (10 * MOST, MOST + 1)]
)
def test_no_more_is_drawn_than_a_screen_has_pixels_and_the_last_always(count: int, drawn: int) -> None:
    times = [at(second) for second in range(count)]
    found = places(times, Stretch(milliseconds(0), milliseconds(count)))
    assert len(found) == drawn
    assert found[-1:] == ([count - 1] if count else [])


def test_times_of_other_stretches_are_left_out() -> None:
    times = [at(second) for second in range(10)]
    assert places(times, Stretch(milliseconds(3), milliseconds(5))) == [3, 4, 5]
