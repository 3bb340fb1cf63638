"""The parts of the soak that need no account."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import CATALOGUE
from tests.faults.proxy import Exchange
from tests.faults.rules import Call, Fault
from tests.soak import report
from tests.soak.acts import KILLS, Act, course
from tests.soak.course import Happened

STEPS = CATALOGUE.steps()


@pytest.mark.parametrize("seed", range(5))
def test_everything_happens_in_the_order_of_a_run(seed: int) -> None:
    moments = course(seed)
    assert sum(moment.act in KILLS for moment in moments) == 10
    assert {moment.act for moment in moments} == set(Act)
    order = [STEPS.index(moment.step) for moment in moments]
    assert order == sorted(order)


def test_a_seed_gives_the_same_moments() -> None:
    assert course(4) == course(4) != course(5)


def exchange(changes: bool, fault: Fault | None) -> Exchange:
    return Exchange(0.0, Call("ecs", "RunTask", changes, b""), fault)


def test_the_report() -> None:
    exchanges = [exchange(True, Fault.DELAY), exchange(False, Fault.DELAY), exchange(True, None)]
    happened = [Happened(12.3, "network cut (drain): for 120 s"), Happened(20.0, "a | b", went_well=False)]
    controllers = [(11.6, Act.KILL), (30.2, "exit code 0")]
    text = report.markdown(7, "2026-11-24", 601.0, happened, controllers, exchanges, ["a | b"])
    rows = [line for line in text.splitlines() if line.startswith(("| ", "- "))]
    counted = Counter(rows)
    for row in (
        "| seed | 7 |",
        "| result | FAILED |",
        "| minutes | 10 |",
        "| calls of the controllers | 3 |",
        "| of these met a fault | 2 |",
        "| controllers killed | 1 |",
        "- a | b",
        "| 12 | network cut (drain): for 120 s |",
        "| 1 | 12 | controller killed |",
        "| 2 | 30 | exit code 0 |",
        "| delay | 2 | 1 |",
    ):
        assert counted[row] == 1, row
    good = report.markdown(7, "2026-11-24", 601.0, happened, controllers, exchanges, [])
    assert "| result | complete |" in good and "What is wrong" not in good
