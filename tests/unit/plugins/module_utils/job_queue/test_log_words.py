"""The words of an application's log: the Climate API's, and those of another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.log_words import (
    LoggedJob,
    are_default,
    read_marker,
    read_words,
)
from ansible_collections.climate.ingest.plugins.module_utils.record.job_key import DEFAULT

CLIMATE = read_words("IMPORT_FAILURE", {}, DEFAULT)
TAKEN = "Processing SQS message for model ACCESS1-0 scenario RCP85 year 2031"
JOB = LoggedJob("ACCESS1-0", 2031, "RCP85")
GIVEN_UP = r"TILE_FAILED tile (?P<tile>\d+): abandoned"
TILE_WORDS = {
    "taken": r"took tile (?P<tile>\d+)",
    "failed": r"TILE_FAILED tile (?P<tile>\d+): try \d+",
    "given_up": GIVEN_UP,
    "final": "abandoned",
}
TILES = read_words("TILE_FAILED", TILE_WORDS, ["tile"])


def test_a_marked_line_names_ids_and_year() -> None:
    line = (
        "IMPORT_FAILURE 2026-03-01 10:00:00 Message ID a-b for model id 3 scenario id 1 year 2031 failed more than 10"
    )
    assert CLIMATE.read_given_up(line) == LoggedJob("model id 3", 2031, "scenario id 1")


@pytest.mark.parametrize("dataset", ["LOCA", "The LOCA data"])
def test_a_final_line_of_the_later_version_names_the_data_set(dataset: str) -> None:
    line = f"IMPORT_FAILURE 10 Message ID a-b for dataset {dataset} model id 3 scenario id 1 year 2031 failed more"
    assert CLIMATE.read_given_up(line) == LoggedJob("model id 3", 2031, "scenario id 1", dataset)


@pytest.mark.parametrize(
    "line", ["IMPORT_FAILURE", "IMPORT_FAILURE model id 3 year 2031", "model id 3 scenario id 1 year 20"]
)
def test_a_line_of_other_words_is_no_error(line: str) -> None:
    assert CLIMATE.read_given_up(line) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("... for model id 3 scenario id 1 year 2031 failed more than 10 times, giving up.\n", True),
        ("IMPORT_FAILURE 10:00 Failed to process data for model HadCM3 scenario A1B year 2031", False),
        ("IMPORT_FAILURE giving up. soon", False),
    ],
)
def test_only_giving_up_is_final(line: str, expected: bool) -> None:
    assert CLIMATE.is_final(line) is expected


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
    assert CLIMATE.read_named(line) == replace(JOB, dataset=dataset)


def test_the_later_version_logs_a_job_by_ids_that_are_no_names() -> None:
    assert CLIMATE.read_named("Processing message for dataset LOCA model 3 scenario 1 year 2031") is None


def test_the_lines_of_another_application_are_read_by_its_words() -> None:
    tried, final = "TILE_FAILED tile 17: try 2", "TILE_FAILED tile 17: abandoned"
    assert TILES.marked_lines(f"took tile 17\n{tried}\n{final}") == [tried, final]
    assert (TILES.is_final(tried), TILES.is_final(final)) == (False, True)
    assert TILES.read_named("took tile 17") == TILES.read_named(tried) == LoggedJob("tile", 17)
    assert TILES.read_given_up(final) == LoggedJob("tile", 17)
    assert TILES.read_named(final) is None and TILES.read_given_up(tried) is None


def test_several_fields_a_scenario_and_a_data_set_are_groups() -> None:
    text = r"lost (?P<region>[^/]*)/(?P<band>\w*)/(?P<tile>\w+)(?: of (?P<scenario>\w+))?(?: in (?P<dataset>\w+))?"
    words = read_words("lost", {"given_up": text}, ["region", "band", "tile"])
    assert words.read_given_up("lost alps/b2/007 of day in srtm") == LoggedJob("alps b2", "007", "day", "srtm")
    assert words.read_given_up("lost alps/b2/7") == LoggedJob("alps b2", 7)
    assert words.read_given_up("lost /b2/7") is None, "a field without a value names no job"
    assert words.read_given_up("lost the alps/b2/7") is None, "a value is one word"


@pytest.mark.parametrize("words", [{}, None, dict.fromkeys(TILE_WORDS), dict.fromkeys(TILE_WORDS, "")])
def test_what_is_left_out_is_not_known_of_another_application(words: dict[str, Any] | None) -> None:
    own = read_words("", words, ["tile"])
    assert (own.marker, own.final) == ("IMPORT_FAILURE", "giving up.")
    assert own.read_named("took tile 17") is None and own.read_given_up(TAKEN) is None


def test_what_is_left_out_is_the_climate_apis_with_its_job_key() -> None:
    words = read_words("LOST", {"taken": r"at (?P<model>\S+) (?P<year>\d+)"}, DEFAULT)
    assert words.read_named("at HadCM3 2031") == LoggedJob("HadCM3", 2031)
    assert words.given_up == CLIMATE.given_up and words.final == CLIMATE.final


def test_an_expression_alone_tells_what_is_final() -> None:
    words = read_words("TILE_FAILED", {"given_up": GIVEN_UP}, ["tile"])
    assert words.is_final("TILE_FAILED tile 17: abandoned (no height)")
    assert not words.is_final("TILE_FAILED tile 17: try 2, giving up.")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("taken", "took (", r"taken: 'took \('; write a regular expression"),
        ("failed", r"(?P<tile>\d+) (?P<try>\d+)", "it has the group try: groups are the fields"),
        ("given_up", r"tile (?P<tile_id>\d+)", "it has the group tile_id"),
        ("given_up", "abandoned", r"it does not say tile: .* such as \(\?P<tile>"),
        ("taken", r"(?P<tile>\d+) (?P<tile>\d+)", "redefinition of group name"),
    ],
)
def test_a_wrong_expression_is_refused(name: str, text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=f"ingest_log_words has {name}: .*{says}|ingest_log_words has {says}"):
        read_words("TILE_FAILED", {name: text}, ["tile"])


@pytest.mark.parametrize("name", ["taken", "failed"])
def test_only_a_final_line_has_ids(name: str) -> None:
    text = r"(?P<model_id>\d+) (?P<year>\d+)"
    assert read_words("", {"given_up": text}, DEFAULT).read_given_up("3 2031") == LoggedJob("model id 3", 2031)
    with pytest.raises(InvalidInput, match="it has the group model_id"):
        read_words("", {name: text}, DEFAULT)


@pytest.mark.parametrize("marker", ['a"b', "a\\b", "a\nb"])
def test_a_marker_that_cannot_be_filtered_by_is_refused(marker: str) -> None:
    with pytest.raises(InvalidInput, match="ingest_log_marker is .*without quotes"):
        read_marker(marker)


@pytest.mark.parametrize(
    ("marker", "words", "key", "expected"),
    [
        ("IMPORT_FAILURE", {}, DEFAULT, True),
        (None, None, [*DEFAULT], True),
        ("", {"taken": None}, DEFAULT, True),
        ("LOST", {}, DEFAULT, False),
        (None, {"final": "lost"}, DEFAULT, False),
        (None, {}, ["tile"], False),
    ],
)
def test_workers_are_the_climate_apis_by_default(marker: Any, words: Any, key: Any, expected: bool) -> None:
    assert are_default(marker, words, key) is expected
