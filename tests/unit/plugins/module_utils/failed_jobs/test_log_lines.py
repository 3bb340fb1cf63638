"""What the workers' log says of a job that failed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.log_lines import (
    LONGEST_EXCEPTION,
    Before,
    GivenUp,
    Named,
    comparable,
    is_final,
    read_before,
    read_given_up,
    read_named,
    shortened,
)

TAKEN = "Processing SQS message for model ACCESS1-0 scenario RCP85 year 2031"
TRACEBACK = ["Traceback (most recent call last):", '  File "run_jobs.py", line 41, in handle', "    importer.run(job)"]
JOB = Named("ACCESS1-0", "RCP85", 2031)
MISSING = "FileNotFoundError: tas_2031.nc"


def test_a_marked_line_names_ids_and_year() -> None:
    line = (
        "IMPORT_FAILURE 2026-03-01 10:00:00 Message ID a-b for model id 3 scenario id 1 year 2031 failed more than 10"
    )
    assert read_given_up(line) == GivenUp("3", "1", 2031)


@pytest.mark.parametrize("dataset", ["LOCA", "The LOCA data"])
def test_a_final_line_of_the_later_version_names_the_data_set(dataset: str) -> None:
    line = f"IMPORT_FAILURE 10 Message ID a-b for dataset {dataset} model id 3 scenario id 1 year 2031 failed more"
    assert read_given_up(line) == GivenUp("3", "1", 2031, dataset)


@pytest.mark.parametrize(
    "line", ["IMPORT_FAILURE", "IMPORT_FAILURE model id 3 year 2031", "model id 3 scenario id 1 year 20"]
)
def test_a_line_of_other_words_is_no_error(line: str) -> None:
    assert read_given_up(line) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("... for model id 3 scenario id 1 year 2031 failed more than 10 times, giving up.\n", True),
        ("IMPORT_FAILURE 10:00 Failed to process data for model HadCM3 scenario A1B year 2031", False),
        ("IMPORT_FAILURE giving up. soon", False),
    ],
)
def test_only_giving_up_is_final(line: str, expected: bool) -> None:
    assert is_final(line) is expected


@pytest.mark.parametrize(
    ("line", "dataset"),
    [
        (TAKEN, ""),
        (
            "IMPORT_FAILURE 2017-04-01 10:00:00 Failed to process data for model ACCESS1-0 scenario RCP85 year 2031",
            "",
        ),
        ("IMPORT_FAILURE 10 Failed to process data for dataset LOCA model ACCESS1-0 scenario RCP85 year 2031", "LOCA"),
        ("Failed to process data for dataset The LOCA data model ACCESS1-0 scenario RCP85 year 2031", "The LOCA data"),
    ],
)
def test_a_job_is_called_by_its_own_names(line: str, dataset: str) -> None:
    assert read_named(line) == replace(JOB, dataset=dataset)


def test_the_later_version_logs_a_job_by_ids_that_are_no_names() -> None:
    assert read_named("Processing message for dataset LOCA model 3 scenario 1 year 2031") is None


def test_names_and_exception_are_in_the_lines_before() -> None:
    lines = [TAKEN, "Downloading", "failed 11 time(s)", "giving up.", *TRACEBACK, MISSING]
    assert read_before(lines) == Before(JOB, MISSING)


def test_the_last_traceback_counts() -> None:
    earlier = [
        TAKEN,
        *TRACEBACK,
        "KeyError: 'x'",
        "",
        "During handling of the above exception, another one occurred:",
        "",
    ]
    assert read_before([*earlier, *TRACEBACK, MISSING]).exception == MISSING


def test_an_exception_of_several_lines_is_its_first() -> None:
    lines = [*TRACEBACK, "OperationalError: server closed the connection", "\tThis probably means", "bad things"]
    assert read_before(lines).exception == "OperationalError: server closed the connection"


def test_a_long_exception_is_cut() -> None:
    exception = read_before([*TRACEBACK, "ValueError: " + "x" * 500]).exception
    assert exception is not None and len(exception) == LONGEST_EXCEPTION and exception.endswith("...")


@pytest.mark.parametrize("lines", [[], ["a line"], TRACEBACK])
def test_what_is_not_said_is_unknown(lines: list[str]) -> None:
    assert read_before(lines) == Before()


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
