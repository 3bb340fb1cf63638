"""Words for people."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.text import (
    amounts,
    at,
    clock,
    count,
    duration,
    epoch,
    iso,
    listed,
    money,
    number,
    row,
    seconds,
)


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


def test_times_are_written_for_people() -> None:
    time = "2026-11-24T19:00:05+00:00"
    assert (at(time), clock(time)) == ("24 Nov 2026, 19:00 UTC", "24 Nov 19:00:05")
    assert (at(None), clock("")) == ("unknown", "unknown")


def test_milliseconds_and_iso_times_are_each_others_inverse() -> None:
    time = "2026-11-24T19:00:05+00:00"
    assert epoch(time) == 1795546805000
    assert iso(epoch(time)) == time
    assert epoch("2026-11-24T20:00:05+01:00") == epoch(time)


def test_seconds_between_two_times() -> None:
    assert seconds("2026-11-24T19:00:00+00:00", "2026-11-24T20:00:30+00:00") == 3630


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [(None, 1, "unknown"), (0.0, 1, "0"), (18.44, 1, "18.4"), (1995, 1, "1,995"), (2.0, 2, "2"), (100, 0, "100")],
)
def test_numbers_have_no_digits_that_say_nothing(value: float | None, digits: int, written: str) -> None:
    assert number(value, digits) == written


@pytest.mark.parametrize(
    ("amount", "words", "written"),
    [(1, ("job",), "1 job"), (0, ("job",), "0 jobs"), (1995, ("job",), "1,995 jobs"), (2, ("try", "tries"), "2 tries")],
)
def test_things_are_counted(amount: int, words: tuple[str, ...], written: str) -> None:
    assert count(amount, *words) == written


@pytest.mark.parametrize(
    ("parts", "written"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_parts_are_listed(parts: list[str], written: str) -> None:
    assert listed(parts) == written


def test_a_negative_duration_is_none() -> None:
    assert duration(-5) == "0s"


@pytest.mark.parametrize(
    ("low", "high", "written"), [(9.8, 13.4, "9.80 to 13.40"), (2, 2.001, "2.00"), (0.004, 1, "0.0040 to 1.00")]
)
def test_a_range_of_amounts(low: float, high: float, written: str) -> None:
    assert amounts(low, high) == written


def test_one_is_singular() -> None:
    assert [count(each, "job") for each in (0, 1, 1995)] == ["0 jobs", "1 job", "1,995 jobs"]
    assert [count(each, "job is", "jobs are") for each in (1, 2)] == ["1 job is", "2 jobs are"]


def test_a_list_reads_as_a_sentence_part() -> None:
    assert [listed(list(each)) for each in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


def test_a_number_has_no_idle_digits() -> None:
    assert [number(each) for each in (None, 2.0, 2.54, 1234.5)] == ["unknown", "2", "2.5", "1,234.5"]


def test_a_row_has_its_text_beside_the_label() -> None:
    lines = row("estimate", "word " * 30)
    assert lines[0].startswith("  estimate   word word") and lines[1].startswith(" " * 13 + "word")
    assert max(map(len, lines)) <= 80
