"""Which cities have data of a data source: read from an answer, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Incomplete, InvalidInput, Unreadable
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.answer import SHELL_COMMAND, Answer, Held
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.readers import LinesReader
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.verification import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN
from tests.fakes.run.verification import VERIFY, YEARS, printed
from tests.fakes.ssm import FakeSsm

NAMES = ["INGEST_SCENARIO 3 RCP85", "INGEST_SCENARIO 1 historical", "INGEST_MODEL 7 HadCM3"]
DATASETS = ["INGEST_DATASET 1 NEX-GDDP", "INGEST_DATASET 2 LOCA"]
OF_CITIES = replace(RUN, requested={"ingest_playbook": "cities", "ingest_cities_command": "import_cities,b,k"})


def read(*lines: str, marker: str = "", scenario: str = "") -> LinesReader:
    reader = LinesReader(marker, scenario)
    assert all(reader.on_line(line) for line in lines)
    return reader


def sources(*lines: str, end: str) -> Answer:
    reader = read(*NAMES, *DATASETS, *lines, f"INGEST_END {end}")
    assert reader.whole
    return reader.answer


def test_a_completed_source_that_lacks_cities_is_not_complete() -> None:
    answer = sources(
        "INGEST_SOURCES 3.7.1 2050 2051",
        "INGEST_CITIES 200",
        "INGEST_CITIES 3.7.1 2051 150 Akron, OH; Mobile, AL",
        end="2 1",
    )
    assert answer.completed("NEX-GDDP") == {"RCP85": {"HadCM3": {2050}}, "historical": {}}
    assert answer.held_of("NEX-GDDP", "RCP85") == {"HadCM3": {2051: Held(150, ("Akron, OH", "Mobile, AL"))}}
    assert answer.held_of("LOCA", "RCP85") == answer.held_of("NEX-GDDP", "historical") == {}


def test_a_source_that_all_cities_have_is_complete_whether_its_job_said_so_or_not() -> None:
    """A worker was killed before it could, and another job has nothing left to do for it."""
    answer = sources("INGEST_CITIES 200", "INGEST_CITIES 3.7.2 2050 200", end="0 1")
    assert answer.completed("LOCA")["RCP85"] == {"HadCM3": {2050}}
    assert answer.completed("NEX-GDDP")["RCP85"] == {}


def test_half_of_a_source_that_was_never_completed_is_not_complete() -> None:
    answer = sources("INGEST_CITIES 200", "INGEST_CITIES 3.7.2 2050 50 Akron, OH", end="0 1")
    assert answer.completed("LOCA")["RCP85"] == {"HadCM3": set()}


def test_other_places_than_cities_count_by_the_end_of_their_import() -> None:
    answer = sources("INGEST_SOURCES 3.7.1 2050", "INGEST_CITIES 200", "INGEST_CITIES 3.7.1 2050 0 Akron", end="1 1")
    assert answer.completed("NEX-GDDP", of_cities=False)["RCP85"] == {"HadCM3": {2050}}
    assert answer.completed("NEX-GDDP")["RCP85"] == {"HadCM3": set()}


def test_without_cities_nothing_is_complete_by_having_them_all() -> None:
    assert sources("INGEST_CITIES 0", end="0").cities is None


def test_a_line_that_did_not_arrive_is_missed() -> None:
    lines = [*NAMES, "INGEST_SOURCES 3.7 2050", "INGEST_CITIES 200", "INGEST_END 1 1"]
    assert not read(*lines).whole, "the source would count as complete"
    assert read(*lines[:-1], "INGEST_CITIES 3.7 2050 150", lines[-1]).whole
    assert not read(*lines[:-1], "INGEST_CITIES 3.8 2050 150", lines[-1]).whole, "of a model nobody knows"


def test_a_command_of_the_operators_own_says_it_by_models_name() -> None:
    answer = read(
        "INGEST_CITIES 200",
        "INGEST_CITIES HadCM3 2051 150",
        "COMPLETED HadCM3 2050 2051",
        marker="COMPLETED",
        scenario="RCP85",
    ).answer
    assert answer.completed("") == {"RCP85": {"HadCM3": {2050}}}
    assert answer.held_of("", "RCP85") == {"HadCM3": {2051: Held(150)}}


@pytest.mark.parametrize("line", ["INGEST_CITIES many", "INGEST_CITIES CCSM4 2050", "INGEST_CITIES CCSM4 50 150 A"])
def test_a_line_of_another_form_is_named(line: str) -> None:
    with pytest.raises(InvalidInput, match=f"printed '{line}'. Such a line is INGEST_CITIES CITIES, or"):
        read(line, scenario="RCP85")


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (Held(150), "50 of 200 cities have no data"),
        (Held(199, ("Akron, OH",)), "1 of 200 cities has no data: Akron, OH"),
        (Held(150, ("Akron, OH", "Mobile, AL")), "50 of 200 cities have no data: Akron, OH; Mobile, AL; and 48 more"),
    ],
)
def test_the_cities_are_counted_and_some_named(held: Held, sentence: str) -> None:
    assert held.sentence(200) == sentence


def test_the_command_leaves_room_for_the_rest_of_an_override() -> None:
    assert len(SHELL_COMMAND[-1].encode()) < 4096


class OpenRun(FakeSsm):
    """A run that adds cities, or another one."""

    def __init__(self, aws: FakeAws, run: record.Run) -> None:
        super().__init__(aws)
        lock.acquire(self.context(), "staging")
        record.write_run(self.context(), "staging", run)

    def verify(self, *lines: str, **changes: Any) -> Result:
        printed(self.aws, *lines, f"INGEST_COMPLETED ACCESS1-0 {YEARS}", f"INGEST_COMPLETED HadCM3 {YEARS}")
        options = {"step": "verify", "unless_done": [], "requires": {}, "repeatable": True}
        return carry_out(self.context(), {**VERIFY, **options, **changes}, OPERATION)


@pytest.mark.parametrize("run", [RUN, OF_CITIES], ids=["populates", "adds cities"])
def test_the_job_is_named_with_the_cities_that_lack_its_data(ecs: FakeAws, run: record.Run) -> None:
    account = OpenRun(ecs, run)
    with pytest.raises(Incomplete) as caught:
        account.verify("INGEST_CITIES 200", "INGEST_CITIES HadCM3 2031 150 Akron, OH")
    assert caught.value.message.splitlines()[0] == "1 of the 36 requested data sources of RCP85 are not imported:"
    assert "  RCP85 HadCM3 2031: 50 of 200 cities have no data: Akron, OH; and 49 more" in caught.value.message
    assert caught.value.details["missing"] == {"HadCM3": "2031"}
    assert caught.value.details["go_on_with"] == "retry_failed.yml"
    assert account.parameters["/climate.ingest/staging/failed/RCP85.HadCM3"]["jobs"].keys() == {"2031"}


def test_what_is_lacked_by_what_was_not_requested_is_not_told(ecs: FakeAws) -> None:
    result = OpenRun(ecs, OF_CITIES).verify("INGEST_CITIES 200", "INGEST_CITIES HadCM3 1999 150 Akron, OH")
    assert result.values["without_data"] == []
    assert result.values["cities"] == 200
    assert result.note.startswith("36 of 36 imported for all 200 cities")


@pytest.mark.parametrize("mode", ["baseline", "verify"])
def test_where_cities_are_added_their_data_must_be_known(ecs: FakeAws, mode: str) -> None:
    account = OpenRun(ecs, OF_CITIES)
    with pytest.raises(Unreadable, match="does not say which cities have data"):
        account.verify(mode=mode, step=mode)
    assert not any("/holdings/" in name for name in account.parameters)


def test_that_is_no_matter_of_other_places(ecs: FakeAws) -> None:
    arguments = ["--update-existing", "--import-geojson-url=https://example.com/points.geojson"]
    result = OpenRun(ecs, OF_CITIES).verify("INGEST_CITIES 200", "INGEST_CITIES HadCM3 2031 0", arguments=arguments)
    assert result.values["completed"] == 36
    assert "cities" not in result.values
    assert "unknown" in result.note, "what was there before was recorded by cities"
