"""Failed jobs found in the logs of the workers while they appear."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import holdings
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.answer import Ids
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.finder import (
    LAST_LOOK_UPS,
    LOOK_UPS,
    PAGE,
    PAGES,
    UNREAD,
    Printed,
)
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.holdings import Holdings
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.log_words import read_words
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from tests.fakes.application.failing_workers import RUN, TILES, TRACEBACK, Logs, finder, marked, tried
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import FakeSsm


@pytest.fixture
def logs(aws: FakeAws) -> Logs:
    return Logs(aws)


def test_a_failed_job_has_its_names_and_its_exception(aws: FakeAws, logs: Logs) -> None:
    logs.fail("ecs/management/1", 2031)
    found = finder(aws)
    assert found.look() == ["given up: A1B HadCM3 2031: FileNotFoundError: tas.nc (********)"]
    assert (found.found[0].at, found.found[0].log_stream) == ("2026-03-01T10:00:00+00:00", "ecs/management/1")


def test_it_is_told_once(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031)
    found = finder(aws)
    found.look()
    logs.fail("1", 2032)
    assert found.look(last=True) == ["given up: A1B HadCM3 2032: FileNotFoundError: tas.nc (********)"]


def test_what_the_worker_printed_afterwards_does_not_count(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031)
    logs.fail("1", 2032, "CCSM4", number=4)
    assert [line.split(":")[1] for line in finder(aws).look()] == [" A1B HadCM3 2031", " A1B CCSM4 2032"]


def test_a_name_once_learnt_is_known_for_others(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031)
    logs.fail("2", 2032, named=False)
    assert "given up: A1B HadCM3 2032" in finder(aws).look()[1]


def test_without_names_there_are_ids(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031, named=False)
    assert finder(aws).look()[0].startswith("given up: scenario id 1 model id 3 2031: FileNotFoundError")


def test_a_line_of_other_words_is_kept_as_it_is(aws: FakeAws, logs: Logs) -> None:
    logs.streams["1"] = ["IMPORT_FAILURE of another kind (geheim), giving up."]
    found = finder(aws)
    assert found.look() == ["given up: a job: IMPORT_FAILURE of another kind (********), giving up."]
    assert (found.found[0].group, found.found[0].value) == ("", None)


def test_a_job_is_found_behind_hundreds_of_lines(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2030, "CCSM4")
    logs.fail("1", 2031)
    logs.streams["1"][6:6] = ["processing variable tasmin for city: Springfield"] * 3 * PAGE
    assert finder(aws).look()[1] == "given up: A1B HadCM3 2031: FileNotFoundError: tas.nc (********)"


def test_the_look_back_is_bounded(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031)
    logs.streams["1"][1:1] = ["noise"] * 2 * PAGES * PAGE
    assert finder(aws).look()[0].startswith("given up: scenario id 1 model id 3 2031: FileNotFoundError")
    assert aws.count("GetLogEvents") == PAGES


def test_what_a_worker_printed_of_a_failure_is_the_line_and_the_traceback(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031)
    logs.streams["1"][4:4] = ["DEBUG noise"] * 50
    logs.streams["1"] += [tried(2032), "DEBUG noise of the next job"]
    found = finder(aws)
    found.look()
    printed = found.printed(20)
    masked = [*TRACEBACK[:2], "FileNotFoundError: tas.nc (********)"]
    assert printed and (printed.stream, printed.lines) == ("1", [marked(2031), *masked])
    assert found.printed(1) == Printed("1", [marked(2031), masked[-1]]), "of a long traceback the end counts"


def test_a_try_is_shown_with_the_traceback_that_follows_it(aws: FakeAws, logs: Logs) -> None:
    logs.streams["1"] = [tried(2031), *TRACEBACK, "DEBUG noise"]
    found = finder(aws)
    assert found.printed(20) is None, "nothing was found yet"
    found.look()
    assert found.printed(20) == Printed("1", [tried(2031), *TRACEBACK[:2], "FileNotFoundError: tas.nc (********)"])


@pytest.mark.parametrize("dataset", ["", "dataset NEX-GDDP "], ids=["2017", "later"])
def test_tries_that_failed_are_counted_and_are_no_lost_jobs(aws: FakeAws, logs: Logs, dataset: str) -> None:
    logs.streams["1"] = [tried(2031, dataset=dataset), *TRACEBACK] * 3
    found = finder(aws)
    assert found.look() == [] and found.look(last=True) == []
    assert (found.tries, found.found) == (3, [])


def test_the_names_of_a_job_are_those_of_its_last_try(aws: FakeAws, logs: Logs) -> None:
    logs.streams["1"] = [tried(2031, "CCSM4"), tried(2031), *TRACEBACK, marked(2031)]
    aws.on("GetLogEvents", Refusal("AccessDeniedException"))
    found = finder(aws)
    assert found.look()[0].startswith("given up: A1B HadCM3 2031: given up; the log")
    assert found.tries == 2


def test_a_job_of_the_later_version_has_its_data_set(aws: FakeAws, logs: Logs) -> None:
    loca, nex = "dataset LOCA ", "dataset NEX-GDDP "
    logs.streams["1"] = [tried(2031, "CCSM4", nex), tried(2031, dataset=loca), *TRACEBACK, marked(2031, dataset=loca)]
    logs.streams["2"] = [tried(2031, dataset=loca), *TRACEBACK, marked(2031, 4, dataset=nex)]
    lines = [line.split(":")[1] for line in finder(aws).look()]
    assert lines == [" LOCA A1B HadCM3 2031", " NEX-GDDP A1B model id 4 2031"], "a try of another data set names no job"


def test_an_event_of_several_lines_is_read_line_by_line(aws: FakeAws, logs: Logs) -> None:
    logs.streams["1"] = ["\n".join([tried(2031), *TRACEBACK, marked(2031)])]
    found = finder(aws)
    assert found.look() == ["given up: A1B HadCM3 2031: FileNotFoundError: tas.nc (********)"]
    assert found.tries == 1


def test_a_traceback_on_the_page_before_is_found(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031)
    logs.streams["1"][4:4] = ["noise"] * PAGE
    assert "FileNotFoundError" in finder(aws).look()[0]


def test_many_are_looked_up_a_few_at_a_time(aws: FakeAws, logs: Logs) -> None:
    for year in range(2000, 2000 + LOOK_UPS + 5):
        logs.fail("1", year)
    found = finder(aws)
    lines = found.look()
    assert (len(found.found), aws.count("GetLogEvents")) == (LOOK_UPS, LOOK_UPS)
    assert lines[10:] == ["... and 10 more jobs given up"]
    assert len(found.look()) == 5 and len(found.found) == LOOK_UPS + 5


def test_at_the_end_all_are_told_however_many(aws: FakeAws, logs: Logs) -> None:
    for year in range(1000, 1000 + LAST_LOOK_UPS + 3):
        logs.fail(str(year), year)
    found = finder(aws)
    found.look(last=True)
    assert (len(found.found), aws.count("GetLogEvents")) == (LAST_LOOK_UPS + 3, LAST_LOOK_UPS)
    assert (found.found[-1].group, found.found[-1].exception) == ("HadCM3", UNREAD)


def test_a_throttle_is_no_failure(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031)
    found = finder(aws)
    aws.on("GetLogEvents", Refusal("ThrottlingException"))
    assert found.look() == []
    aws.on("FilterLogEvents", Refusal("ThrottlingException"))
    aws.on("GetLogEvents", logs._get)
    assert found.look() == ["given up: A1B HadCM3 2031: FileNotFoundError: tas.nc (********)"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_stream_that_cannot_be_read_leaves_the_line(aws: FakeAws, logs: Logs, code: str) -> None:
    logs.fail("1", 2031)
    aws.on("GetLogEvents", Refusal(code))
    assert finder(aws).look()[0].startswith("given up: scenario id 1 model id 3 2031: given up; the log")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_search_that_is_refused_disturbs_nobody_and_is_known(aws: FakeAws, code: str) -> None:
    aws.on("FilterLogEvents", Refusal(code), Refusal(code), Refusal(code), {"events": []})
    jobs = finder(aws)
    assert jobs.look() == []
    assert jobs.unread == "FilterLogEvents is denied" or code == "ThrottlingException"
    while aws.count("FilterLogEvents") < 4:
        jobs.look()
    assert jobs.unread == ""


def test_a_reason_that_may_not_be_read_is_not_taken_for_none(aws: FakeAws) -> None:
    logs = Logs(aws)
    logs.fail("ecs/management/a", 2031)
    aws.on("GetLogEvents", Refusal("AccessDeniedException"))
    found = finder(aws)
    assert len(found.look()) == 1
    assert (found.found[0].value, found.unexplained) == (2031, "GetLogEvents is denied")


@pytest.mark.parametrize("log", [{}, {"logDriver": "syslog", "options": {"awslogs-group": "g"}}])
def test_another_driver_cannot_be_read(aws: FakeAws, log: dict[str, Any]) -> None:
    found = finder(aws, log=log)
    assert (found.group, found.look()) == (None, [])
    assert aws.calls == []


def test_in_a_run_they_are_kept(aws: FakeAws, logs: Logs) -> None:
    ssm = FakeSsm(aws)
    context = ssm.context()
    context = replace(context, step=StepWriter(context, "staging", "drain", RUN, None))
    found = finder(aws, context)
    assert found.look() == [] and aws.count("GetParametersByPath") == 0
    logs.fail("1", 2031)
    found.look()
    assert failed_record.read(context, "staging", "staging-1") == found.found


def test_ids_are_known_by_what_the_application_said_before_jobs_were_created(aws: FakeAws, logs: Logs) -> None:
    ssm = FakeSsm(aws)
    context = ssm.context()
    context = replace(context, step=StepWriter(context, "staging", "drain", RUN, None))
    holdings.write(context, Holdings("dumpdata", Ids({"1": "A1B"}, {"3": "HadCM3", "4": "CCSM4"})))
    logs.fail("1", 2031, named=False)
    assert finder(aws, context).look()[0].startswith("given up: A1B HadCM3 2031: FileNotFoundError")


def test_names_of_log_lines_win(aws: FakeAws, logs: Logs) -> None:
    ssm = FakeSsm(aws)
    context = ssm.context()
    context = replace(context, step=StepWriter(context, "staging", "drain", RUN, None))
    holdings.write(context, Holdings("shell", Ids({"1": "old"}, {"3": "old"})))
    logs.fail("1", 2031)
    logs.fail("2", 2032, named=False)
    found = finder(aws, context)
    found.look()
    assert sorted(each.title for each in found.found) == ["A1B HadCM3 2031", "A1B HadCM3 2032"]


def test_outside_a_run_ids_stay_ids(aws: FakeAws, logs: Logs) -> None:
    logs.fail("1", 2031, named=False)
    assert finder(aws).look()[0].startswith("given up: scenario id 1 model id 3 2031")


def test_another_application_is_read_by_its_own_words(aws: FakeAws, logs: Logs) -> None:
    logs.streams["1"] = ["took tile 17", *TRACEBACK, "TILE_FAILED tile 17: try 2"]
    found = finder(aws, words=TILES, scenario="heights")
    assert found.look() == [] and found.tries == 1
    logs.streams["1"] += ["took tile 16", "took tile 17", *TRACEBACK, "TILE_FAILED tile 17: abandoned", "took tile 18"]
    assert found.look() == ["given up: heights tile 17: FileNotFoundError: tas.nc (********)"]
    (job,) = found.found
    assert (job.scenario, job.group, job.value, job.named) == ("heights", "tile", 17, True)


def test_a_line_is_the_reason_where_its_job_left_no_traceback(aws: FakeAws, logs: Logs) -> None:
    logs.streams["1"] = ["took tile 16", *TRACEBACK, "took tile 17", "TILE_FAILED tile 17: abandoned"]
    assert finder(aws, words=TILES).look() == ["given up: tile 17: TILE_FAILED tile 17: abandoned"]
    assert aws.count("GetLogEvents") == 1


def test_what_a_final_line_does_not_say_is_that_of_the_last_try(aws: FakeAws, logs: Logs) -> None:
    words = read_words(
        "LOST",
        {
            "failed": r"LOST (?P<tile>\d+) of (?P<scenario>\w+) in (?P<dataset>\w+), again",
            "given_up": r"LOST (?P<tile>\d+) for good",
        },
        ["tile"],
    )
    logs.streams["1"] = ["LOST 17 of day in srtm, again", *TRACEBACK, "LOST 16 for good", "LOST 17 for good"]
    found = finder(aws, words=words, scenario="any")
    found.look()
    assert [each.title for each in found.found] == ["any tile 16", "srtm day tile 17"]
