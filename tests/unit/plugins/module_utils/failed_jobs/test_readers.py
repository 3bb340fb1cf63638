"""Answers of the application, read from the lines of a log."""

from __future__ import annotations

import random

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.answer import (
    SHELL_COMMAND,
    Answer,
    dump_command,
)
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.readers import (
    DumpReader,
    LinesReader,
    Reader,
)
from tests.fakes.run.verification import MODELS, SCENARIOS, USAGE, dump_lines, shell_lines

NOISE = [
    "/usr/lib/python3.5/site-packages/psycopg2/__init__.py:144: UserWarning: The wheel package will be renamed",
    '  """)',
    "System check identified some issues:",
    "WARNINGS:",
    "?: (1_8.W001) The standalone TEMPLATE_* settings were deprecated in Django 1.8",
    "",
    "DEBUG {'pk': 3}",
]
FOUND = {"historical": {}, "RCP85": {"ACCESS1-0": {2006, 2008}, "HadCM3": {2007}}}
COMPLETED = {"3": [2006, 2008], "7": [2007]}


def read(reader: Reader, lines: list[str]) -> list[str]:
    """Give the lines that are no part of the answer."""
    return [line for line in lines if not reader.on_line(line)]


FORMS = pytest.mark.parametrize(
    ("reader", "lines"),
    [(LinesReader, shell_lines(COMPLETED)), (DumpReader, dump_lines(COMPLETED, {"7": [2031]}))],
    ids=["shell", "dumpdata"],
)


@FORMS
def test_an_answer_has_ids_and_what_is_completed(reader: type[Reader], lines: list[str]) -> None:
    each = reader()
    assert read(each, lines) == []
    assert each.whole
    assert each.answer.completed("") == FOUND
    assert (each.answer.ids.scenarios, each.answer.ids.models) == (SCENARIOS, MODELS)
    assert each.answer.counts() == {"RCP85": 3}


@FORMS
def test_what_else_is_in_the_log_is_no_part_of_it(reader: type[Reader], lines: list[str]) -> None:
    each, chance = reader(), random.Random(7)
    mixed = list(lines)
    for _time in range(3):
        for noise in NOISE:
            mixed.insert(chance.randint(0, len(mixed)), noise)
    assert sorted(read(each, mixed)) == sorted(3 * NOISE)
    assert each.whole and each.answer.completed("") == FOUND


@FORMS
def test_an_answer_that_is_cut_is_not_whole(reader: type[Reader], lines: list[str]) -> None:
    for end in range(len(lines)):
        each = reader()
        read(each, lines[:end])
        assert each.whole is False, lines[:end]


def test_a_dump_without_one_of_its_lines_is_not_whole() -> None:
    lines = dump_lines(COMPLETED)
    # a label or a closing brace is not needed to read it right
    needed = [at for at, line in enumerate(lines) if not line.startswith((' "fields"', '  "label"', '  "base', " }"))]
    for at in needed:
        each = DumpReader()
        read(each, lines[:at] + lines[at + 1 :])
        assert not each.whole, lines[at]


def test_an_answer_of_which_a_line_was_dropped_is_not_whole() -> None:
    lines = shell_lines(COMPLETED)
    for at in range(1, len(lines)):  # the historical scenario has nothing
        each = LinesReader()
        read(each, lines[:at] + lines[at + 1 :])
        assert not each.whole, lines[at]


@pytest.mark.parametrize(
    ("reader", "lines"), [(LinesReader, ["INGEST_END 0"]), (DumpReader, ["[", "]"])], ids=["shell", "dumpdata"]
)
def test_an_empty_database_is_an_answer(reader: type[Reader], lines: list[str]) -> None:
    each = reader()
    assert read(each, lines) == []
    assert each.whole and each.answer.completed("") == {}


def test_texts_that_were_split_and_lists_do_no_harm() -> None:
    lines = dump_lines(COMPLETED)
    at = lines.index('  "name": "RCP85",') + 1
    long = ['  "description": "' + 100 * "a", 100 * "b" + '",', '  "models": [', "   1,", "   2", "  ],"]
    each = DumpReader()
    assert read(each, [*lines[:at], *long, *lines[at:]]) == [100 * "b" + '",']
    assert each.whole and each.answer.completed("") == FOUND


def test_a_usage_message_is_no_answer() -> None:
    for each in (LinesReader(), DumpReader()):
        assert read(each, USAGE) == USAGE
        assert each.whole is False


def test_a_data_source_of_a_model_nobody_named_is_not_whole() -> None:
    each = DumpReader()
    read(each, dump_lines({"9": [2006]}))
    assert not each.whole


def test_six_thousand_data_sources() -> None:
    years = {model: range(1950, 2100) for model in MODELS}
    each = DumpReader()
    for _scenario in range(20):
        assert read(each, dump_lines(years)[1:-1] if each._opened else dump_lines(years)[:-1]) == []
    each.on_line("]")
    assert each.whole and each.answer.counts() == {"RCP85": 300}


def of_datasets(reader: Reader) -> Answer:
    names = {"1": "NEX-GDDP", "2": "LOCA"}
    read(reader, shell_lines({"3": [2006]}, dataset="1", datasets=names)[:-1])
    read(reader, [*shell_lines({"7": [2006, 2007]}, dataset="2", datasets=names)[:-1], "INGEST_END 3"])
    assert reader.whole
    return reader.answer


def test_one_data_set_among_several_counts() -> None:
    answer = of_datasets(LinesReader())
    assert answer.completed("LOCA")["RCP85"] == {"HadCM3": {2006, 2007}}
    assert answer.completed("NEX-GDDP")["RCP85"] == {"ACCESS1-0": {2006}}
    assert answer.counts() == {"LOCA RCP85": 2, "NEX-GDDP RCP85": 1}


def test_which_of_several_data_sets_counts_must_be_said() -> None:
    answer = of_datasets(LinesReader())
    with pytest.raises(InvalidInput, match=r"several data sets \(NEX-GDDP, LOCA\): name .* ingest_climate_dataset"):
        answer.completed("")
    with pytest.raises(InvalidInput, match="no data set 'X', .* data sets are: NEX-GDDP, LOCA"):
        answer.completed("X")


def test_a_data_set_nobody_named_is_called_by_its_id() -> None:
    each = DumpReader()
    read(each, dump_lines(COMPLETED, dataset=4)[:-1])
    read(each, [*dump_lines(COMPLETED, dataset=None)[1:]])
    with pytest.raises(InvalidInput, match=r"\(none, id 4\)"):
        each.answer.completed("")


def test_data_sources_without_a_data_set_are_one_kind() -> None:
    shell, dump = LinesReader(), DumpReader()
    read(shell, ["INGEST_SCENARIO 2 RCP85", "INGEST_MODEL 3 ACCESS1-0", "INGEST_SOURCES 2.3.None 2006", "INGEST_END 1"])
    read(dump, dump_lines({"3": [2006]}, dataset=None))
    assert shell.answer.completed("")["RCP85"] == dump.answer.completed("")["RCP85"] == {"ACCESS1-0": {2006}}


def test_names_may_have_blanks() -> None:
    each = LinesReader()
    read(each, ["INGEST_MODEL 3 Had CM3"])
    assert each.answer.models == {"3": "Had CM3"}


def test_what_is_no_year_is_named() -> None:
    with pytest.raises(InvalidInput, match="printed '20x6' where a year should be"):
        LinesReader().on_line("INGEST_SOURCES 1.2 20x6")


class TestOwnCommand:
    """A command of the operator's own."""

    def reader(self) -> LinesReader:
        return LinesReader("INGEST_COMPLETED", "RCP85")

    def test_it_is_about_the_scenario_asked_and_need_not_tell_its_end(self) -> None:
        each = self.reader()
        read(each, ["INGEST_COMPLETED HadCM3 2006 2007", "INGEST_COMPLETED HadCM3 2008"])
        assert each.whole is None
        assert each.answer.completed("") == {"RCP85": {"HadCM3": {2006, 2007, 2008}}}

    def test_it_may_tell_its_end_and_ids(self) -> None:
        each = self.reader()
        read(each, ["INGEST_MODEL 7 HadCM3", "INGEST_COMPLETED HadCM3 2006 2007", "INGEST_END 3"])
        assert each.whole is False
        read(each, ["INGEST_COMPLETED HadCM3 2008"])
        assert each.whole is True and each.answer.ids.models == {"7": "HadCM3"}


def test_the_commands_are_short_enough_and_have_no_scope_of_their_own() -> None:
    program = SHELL_COMMAND[-1]
    assert len(program) < 4000 and "lambda" not in program and "def " not in program
    compile(program, "shell", "exec")
    assert dump_command("")[:4] == [
        "dumpdata",
        "climate_data.Scenario",
        "climate_data.ClimateModel",
        "climate_data.ClimateDataSource",
    ]
    assert "climate_data.ClimateDataset" in dump_command("LOCA")
