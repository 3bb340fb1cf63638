"""Durations as a person says them."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.durations import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0s"), (45, "45s"), (720, "12m 00s"), (3599, "59m 59s"), (11100, "3h 05m"), (360000, "4d 04h")],
)
def test_two_units_are_enough(seconds: float, text: str) -> None:
    assert duration(seconds) == text
