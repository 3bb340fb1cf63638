"""What the workers' log says of a job that failed."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.log_lines import (
    LONGEST_EXCEPTION,
    Before,
    GivenUp,
    read_before,
    read_given_up,
    shortened,
)

TAKEN = "Processing SQS message for model ACCESS1-0 scenario RCP85 year 2031"
TRACEBACK = ["Traceback (most recent call last):", '  File "run_jobs.py", line 41, in handle', "    importer.run(job)"]
MISSING = "FileNotFoundError: tas_2031.nc"


def test_a_marked_line_names_ids_and_year() -> None:
    line = (
        "IMPORT_FAILURE 2026-03-01 10:00:00 Message ID a-b for model id 3 scenario id 1 year 2031 failed more than 10"
    )
    assert read_given_up(line) == GivenUp("3", "1", 2031)


@pytest.mark.parametrize(
    "line", ["IMPORT_FAILURE", "IMPORT_FAILURE model id 3 year 2031", "model id 3 scenario id 1 year 20"]
)
def test_a_line_of_other_words_is_no_error(line: str) -> None:
    assert read_given_up(line) is None


def test_names_and_exception_are_in_the_lines_before() -> None:
    lines = [TAKEN, "Downloading", "failed 11 time(s)", "giving up.", *TRACEBACK, MISSING]
    assert read_before(lines, 2031) == Before("ACCESS1-0", "RCP85", MISSING)


def test_the_last_traceback_counts() -> None:
    earlier = [
        TAKEN,
        *TRACEBACK,
        "KeyError: 'x'",
        "",
        "During handling of the above exception, another one occurred:",
        "",
    ]
    assert read_before([*earlier, *TRACEBACK, MISSING], 2031).exception == MISSING


def test_an_exception_of_several_lines_is_its_first() -> None:
    lines = [*TRACEBACK, "OperationalError: server closed the connection", "\tThis probably means", "bad things"]
    assert read_before(lines, None).exception == "OperationalError: server closed the connection"


def test_a_long_exception_is_cut() -> None:
    exception = read_before([*TRACEBACK, "ValueError: " + "x" * 500], 2031).exception
    assert exception is not None and len(exception) == LONGEST_EXCEPTION and exception.endswith("...")


@pytest.mark.parametrize("year", [2032, None])
def test_names_of_another_job_do_not_count(year: int | None) -> None:
    assert read_before([TAKEN, *TRACEBACK, MISSING], year) == Before(exception=MISSING)


@pytest.mark.parametrize("lines", [[], ["a line"], TRACEBACK])
def test_what_is_not_said_is_unknown(lines: list[str]) -> None:
    assert read_before(lines, 2031) == Before()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KeyError:  'x'\n  again", "KeyError: 'x' again"),
        ("x" * LONGEST_EXCEPTION, "x" * LONGEST_EXCEPTION),
        ("x" * (LONGEST_EXCEPTION + 1), "x" * (LONGEST_EXCEPTION - 3) + "..."),
    ],
)
def test_a_text_is_one_line_of_a_length_that_can_be_kept(text: str, expected: str) -> None:
    assert shortened(text) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (Before("HadCM3", "A1B", MISSING), True),
        (Before("HadCM3", "A1B"), False),
        (Before(exception=MISSING), False),
    ],
)
def test_the_lines_suffice_when_model_and_exception_are_known(before: Before, expected: bool) -> None:
    assert before.whole is expected
