"""Which class the database had when."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, FAILED, OPEN, Run, Step
from ansible_collections.climate.ingest.plugins.module_utils.database.classes.history import history

OPENED, NINE, TEN, NOON, THREE = (f"2026-03-01T{hour:02}:00:00+00:00" for hour in (8, 9, 10, 12, 15))
RUN = Run("staging-1", 1, "key", OPEN, OPENED, "ann")
SMALL, LARGE = "db.t2.medium", "db.m4.xlarge"


def step(began: str, ended: str, *classes: str, state: str = DONE, **more: Any) -> Step:
    return Step(RUN.id, state, ended, began=began, facts={"database_class": list(classes)} if classes else {}, **more)


@pytest.mark.parametrize("steps", [{}, {"database": step(NINE, TEN)}])
def test_a_class_that_never_changed_has_no_history(steps: dict[str, Step]) -> None:
    assert history(RUN, steps) == []


def test_the_larger_class_counts_from_when_it_is_requested_and_the_former_from_when_it_is_back() -> None:
    steps = {"teardown": step(NOON, THREE, LARGE, SMALL), "database": step(NINE, TEN, SMALL, LARGE)}
    assert history(RUN, steps) == [(OPENED, SMALL), (NINE, LARGE), (THREE, SMALL)]


def test_every_try_counts() -> None:
    first = step(NINE, TEN, SMALL, LARGE, state=FAILED).as_attempt()
    again = step(NOON, THREE, LARGE, "db.r5.large", earlier=[first])
    assert history(RUN, {"database": again}) == [(OPENED, SMALL), (NINE, LARGE), (NOON, "db.r5.large")]
