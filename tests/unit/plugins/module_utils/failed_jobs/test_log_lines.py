"""What the workers' log says of a job that failed."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.log_lines import (
    LONGEST_EXCEPTION,
    Before,
    comparable,
    read_before,
    shortened,
)
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.log_words import LoggedJob, read_words
from tests.fakes.application.failing_workers import TILES

TAKEN = "Processing SQS message for model ACCESS1-0 scenario RCP85 year 2031"
TRACEBACK = ["Traceback (most recent call last):", '  File "run_jobs.py", line 41, in handle', "    importer.run(job)"]
JOB = LoggedJob("ACCESS1-0", 2031, "RCP85")
WORDS = read_words(None, {}, ["model", "year"])
MISSING = "FileNotFoundError: tas_2031.nc"


def test_names_and_exception_are_in_the_lines_before() -> None:
    lines = [TAKEN, "Downloading", "failed 11 time(s)", "giving up.", *TRACEBACK, MISSING]
    assert read_before(WORDS, lines) == Before(JOB, MISSING)


def test_the_last_traceback_counts() -> None:
    earlier = [
        TAKEN,
        *TRACEBACK,
        "KeyError: 'x'",
        "",
        "During handling of the above exception, another one occurred:",
        "",
    ]
    assert read_before(WORDS, [*earlier, *TRACEBACK, MISSING]).exception == MISSING


def test_an_exception_of_several_lines_is_its_first() -> None:
    lines = [*TRACEBACK, "OperationalError: server closed the connection", "\tThis probably means", "bad things"]
    assert read_before(WORDS, lines).exception == "OperationalError: server closed the connection"


def test_a_long_exception_is_cut() -> None:
    exception = read_before(WORDS, [*TRACEBACK, "ValueError: " + "x" * 500]).exception
    assert exception is not None and len(exception) == LONGEST_EXCEPTION and exception.endswith("...")


@pytest.mark.parametrize("lines", [[], ["a line"], TRACEBACK])
def test_what_is_not_said_is_unknown(lines: list[str]) -> None:
    assert read_before(WORDS, lines) == Before()


TILE = LoggedJob("tile", 17)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["took tile 16", *TRACEBACK, "KeyError: 16", "took tile 17", *TRACEBACK, MISSING],
            Before(TILE, MISSING, True),
        ),
        (["took tile 16", *TRACEBACK, "KeyError: 16", "took tile 17", "no height"], Before(TILE, begun=True)),
        (["took tile 16", *TRACEBACK, "KeyError: 16", "TILE_FAILED tile 16: try 1"], Before(TILE, begun=True)),
        ([*TRACEBACK, "KeyError: 16", "TILE_FAILED tile 16: abandoned"], Before(TILE, begun=True)),
        (["TILE_FAILED tile 17: try 2", *TRACEBACK, MISSING], Before(TILE, MISSING)),
        ([*TRACEBACK, MISSING, "noise"], Before(TILE, MISSING)),
        (["noise"], Before(TILE)),
        ([], Before(TILE)),
    ],
    ids=["own", "none", "of a try", "given up", "tries again", "cut", "noise", "nothing"],
)
def test_the_traceback_of_another_job_is_no_reason(lines: list[str], expected: Before) -> None:
    assert read_before(TILES, lines, TILE) == expected


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
        (Before(JOB, MISSING), True),
        (Before(JOB), False),
        (Before(exception=MISSING), False),
        (Before(JOB, begun=True), True),
    ],
)
def test_the_lines_suffice_when_job_and_exception_are_known(before: Before, expected: bool) -> None:
    assert before.whole is expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FileNotFoundError: '/tmp/tmpab12cd_x/tas.nc'", "FileNotFoundError: '/tmp/tmpzz99zz_9/tas.nc'"),
        ("OSError: netcdf/A1B/tas_2031.nc is no file", "OSError: netcdf/A1B/tas_2044.nc is no file"),
        ("TypeError: <object at 0x7f3a9c>", "TypeError: <object at 0x7FFF00>"),
        ("ClientError: denied (Request ID: 4ABC/x+=)", "ClientError: denied (Request ID: ZZ9)"),
        (
            "ValueError: Message ID 0f8fad5b-d9cb-469f-a165-70867728950e of 2026-03-01 10:00:00,123",
            "ValueError: Message ID 7c9e6679-7425-40de-944b-e07fc1f90ae7 of 2026-03-02 11:00:01,004",
        ),
    ],
    ids=["temporary file", "numbers in a path", "address", "request id", "ids and times"],
)
def test_the_same_trouble_reads_the_same_at_every_try(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"), [("KeyError: 1950", "KeyError: 2050"), ("a/b is missing", "a/c is missing"), ("x", "y")]
)
def test_other_trouble_does_not(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)
