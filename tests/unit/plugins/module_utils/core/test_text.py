"""Words for people."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.text import (
    all_printable,
    amounts,
    at,
    clock,
    columns,
    count,
    duration,
    epoch,
    head_of,
    iso,
    listed,
    money,
    number,
    padded,
    printable,
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


def test_a_time_reads_the_same_wherever_it_comes_from() -> None:
    elsewhere = datetime.fromisoformat("2026-11-24T21:00:05+02:00")
    assert at("2026-11-24T21:00:05+02:00") == at(elsewhere) == "2026-11-24 19:00 UTC"


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [(0.0, 0.0, "0.00"), (0.0, 0.004, "up to 0.0040"), (0.0, 2.0, "0.00 to 2.00"), (9.8, 13.4, "9.80 to 13.40")],
)
def test_a_range_of_less_than_a_cent_is_a_limit(low: float, high: float, written: str) -> None:
    assert amounts(low, high) == written


def test_a_long_label_stands_above_its_text() -> None:
    assert row("a_label_of_many_letters", "text") == ["  a_label_of_many_letters", " " * 13 + "text"]


def test_a_word_longer_than_a_line_is_cut_where_its_parts_meet() -> None:
    lines = row("", "arn:aws:ecs:us-east-1:123456789012:task-definition/management/with-a-name-longer-than-it:42")
    assert [line.strip()[-1] for line in lines] == ["/", "2"]


def test_times_are_written_for_people() -> None:
    time = "2026-11-24T19:00:05+00:00"
    assert (at(time), clock(time)) == ("2026-11-24 19:00 UTC", "2026-11-24 19:00:05")
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


def test_a_row_is_as_wide_as_the_terminal_shows_it() -> None:
    lines = row("都市", "東京 " * 30 + "🌍" * 60 + " e\u0301tude")
    assert lines[0].startswith("  都市       東京 東京")
    assert max(map(columns, lines)) <= 80 and all(line.startswith(" " * 13) for line in lines[1:])
    assert "".join(line[13 if number else 11 :] for number, line in enumerate(lines)).replace(" ", "") == (
        "東京" * 30 + "🌍" * 60 + "e\u0301tude"
    )


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("東京", 4), ("e\u0301", 1), ("🌍", 2), ("❤\ufe0f", 1), ("می\u200cخواهم", 7)],
)
def test_the_columns_of_a_text(text: str, width: int) -> None:
    assert columns(text) == width
    assert padded(text, width + 2) == text + "  "
    assert head_of(text, width) == text


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])), st.integers(1, 20))
def test_the_head_of_a_text_fits(text: str, width: int) -> None:
    head = head_of(text, width)
    assert text.startswith(head) and columns(head) <= width
    assert head == text or columns(text[: len(head) + 1]) > width


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m text", "red text"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1bPdevice control\x1b\\after", "after"),
        ("\x1b]0;never ends\nsecond line", "0;never ends\nsecond line"),
        ("\x1bcreset", "reset"),
        ("\x1b(Bplain", "plain"),
        ("\x1b\u202e[31m", "[31m"),
        ("10%\r20%\r\nnext", "10%20%\nnext"),
        ("a\x00b\x08c\x7fd\x9be", "abcd"),
        ("a\u2028b\u2029c\x85d", "abcd"),
        ("admin\u202etxt.exe\u202c \u2066x\u2069\u200e\u200f\u061c", "admintxt.exe x"),
        ("pass\u200bword\ufeff\u2060\u00ad", "password"),
        ("smuggled\U000e0068\U000e0069", "smuggled"),
        ("a\u200db\u200c", "ab"),
        ("é\u200d\u202ea", "éa"),
        ("half \ud83d of one", "half \ufffd of one"),
    ],
)
def test_what_is_no_text_is_removed(raw: str, shown: str) -> None:
    assert printable(raw) == shown


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines\tand a tab",
        "Müller – São Paulo, 東京, Санкт-Петербург, القاهرة, ירושלים, काठमाण्डू",
        "می\u200cخواهم",
        "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3",
        "",
    ],
)
def test_writing_survives(text: str) -> None:
    assert printable(text) == text


NASTY = st.text(
    st.sampled_from("a1[;m\x07\\]\x1b\x9b\x9c\x9d\n\t\r\u200d\u200c\u202e\u2069é東\ud800\ufeff") | st.characters()
)


@given(NASTY)
def test_nothing_is_left_that_moves_a_cursor_turns_text_around_or_ends_a_line(raw: str) -> None:
    shown = printable(raw)
    assert not {each for each in shown if unicodedata.category(each) in ("Cc", "Zl", "Zp", "Cs")} - {"\n", "\t"}
    assert not {each for each in shown if unicodedata.bidirectional(each) in BIDIRECTIONAL_MARKS}
    assert printable(shown) == shown
    assert shown.encode().decode() == shown
    assert len(shown) <= len(raw)


BIDIRECTIONAL_MARKS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.text(st.characters(min_codepoint=32, categories=["L", "M", "N", "P", "S", "Zs"])))
def test_letters_numbers_and_signs_stay(text: str) -> None:
    assert printable(text) == text


def test_every_text_of_a_document_is_made_printable() -> None:
    document: Any = {"a\x1b[0m": ["b\x07", {"c": "d\u202e"}, 1, None, True, 2.5], "e": ("f\x00",)}
    assert all_printable(document) == {"a": ["b", {"c": "d"}, 1, None, True, 2.5], "e": ["f"]}
    assert json.dumps(all_printable(json.loads(json.dumps(document)))).isascii()
