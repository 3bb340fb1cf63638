"""Words for people."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.text import duration, money


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.4, "0s"),
        (45, "45s"),
        (59.6, "1m 00s"),
        (720, "12m 00s"),
        (3599, "59m 59s"),
        (11100, "3h 05m"),
        (3599.7, "1h 00m"),
        (172_799, "2d 00h"),
        (360_000, "4d 04h"),
    ],
)
def test_durations_have_two_units(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("usd", "written"), [(None, "unknown"), (0, "0.00 USD"), (0.0042, "0.0042 USD"), (1234.5, "1,234.50 USD")]
)
def test_money_is_never_rounded_to_nothing(usd: float | None, written: str) -> None:
    assert money(usd) == written
