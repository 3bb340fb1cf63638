"""Which jobs have failed: what the logs told, held against what the application has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import verdict
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.answer import Ids
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import (
    UNEXPLAINED,
    FailedJob,
    FailedRecord,
)
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.verdict import Requested
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.dataset import Dataset
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import BEGAN, FakeSsm

RUN = record.Run("staging-1", 1, "k3y", OPEN, BEGAN.isoformat(), "alice@laptop")
EARLIER = "2026-03-01T09:00:00+00:00"
NOW = BEGAN.isoformat(timespec="seconds")
WHY = "FileNotFoundError: tas.nc"
YEARS = range(2030, 2048)
DATASET = Dataset(["ACCESS1-0", "HadCM3"], list(YEARS))


def job(
    year: int | None = 2031, model: str = "HadCM3", scenario: str = "RCP85", why: str = WHY, **more: Any
) -> FailedJob:
    return FailedJob(scenario, model, year, why, EARLIER, **more)


class OpenRun(FakeSsm):
    """A run with failed jobs, whose application has everything but some years of HadCM3."""

    def settle(
        self,
        missing: set[int],
        *failed: FailedJob,
        before: set[int] | None = None,
        ids: Ids = verdict.NO_IDS,
        dataset: str = "",
    ) -> list[FailedJob]:
        if failed:
            FailedRecord(self.context(), "staging", RUN.id).write(failed)
        self.aws.calls.clear()
        step = StepWriter(self.context(), "staging", "verify", RUN, None)
        earlier = None if before is None else {"HadCM3": before}
        completed = {"ACCESS1-0": {*YEARS, 1970}, "HadCM3": set(YEARS) - missing}
        return verdict.settle(
            replace(self.context(), step=step), Requested(dataset, "RCP85", DATASET), completed, earlier, ids
        )

    @property
    def known(self) -> list[FailedJob]:
        return failed_record.read(self.context(), "staging", RUN.id)

    @property
    def imported(self) -> list[FailedJob]:
        return [each for each in failed_record.read_all(self.context(), "staging", RUN.id) if each.imported]


@pytest.fixture
def run(aws: FakeAws) -> OpenRun:
    return OpenRun(aws)


def test_everything_imported_and_nothing_failed_writes_nothing(run: OpenRun) -> None:
    assert run.settle(set()) == []
    assert run.aws.changes() == []


def test_a_job_whose_line_explains_what_is_missing_stays_as_it_is(run: OpenRun) -> None:
    assert run.settle({2031, 2044}, job(2031), job(2044)) == [job(2031), job(2044)]
    assert run.known == [job(2031), job(2044)]


def test_what_no_line_explains_has_failed_too(run: OpenRun) -> None:
    unexplained = FailedJob("RCP85", "HadCM3", 2044, UNEXPLAINED, NOW)
    assert run.settle({2031, 2044}, job(2031)) == [job(2031), unexplained]
    assert run.known == [job(2031), unexplained]


def test_a_job_that_was_retried_and_is_imported_came_right(run: OpenRun) -> None:
    assert run.settle(set(), job(2031, retried=1, queued=1)) == []
    assert (run.known, run.imported) == ([], [job(2031, retried=1, imported=True)])


def test_what_was_missing_without_a_reason_and_is_there_now_came_right(run: OpenRun) -> None:
    assert run.settle(set(), job(2044, why=UNEXPLAINED)) == []
    assert (run.known, run.imported) == ([], []), "no retry did it, so there is nothing to tell"


def test_a_retry_without_effect_has_failed_again_now_and_unexplained(run: OpenRun) -> None:
    (found,) = run.settle({2031}, job(2031, retried=1, queued=1, log_stream="s/1"))
    assert found == FailedJob("RCP85", "HadCM3", 2031, UNEXPLAINED, NOW, retried=1)
    assert run.known == [found]


def test_data_of_an_earlier_import_do_not_make_a_failed_job_good(run: OpenRun) -> None:
    assert run.settle(set(), job(2031)) == [job(2031)]
    assert run.known == [job(2031)]


def test_a_job_given_up_whose_data_are_older_than_the_run_has_failed(run: OpenRun) -> None:
    assert run.settle(set(), job(2031), before={2031}) == [job(2031)]
    assert run.known == [job(2031)]


def test_a_job_given_up_whose_data_came_in_the_run_came_right(run: OpenRun) -> None:
    assert run.settle(set(), job(2031), before=set()) == []
    assert (run.known, run.imported) == ([], [])


def test_a_retried_job_is_held_against_what_was_there_before_the_run(run: OpenRun) -> None:
    given_up_again = job(2031, retried=1)
    assert run.settle(set(), given_up_again, before={2031}) == [given_up_again]
    assert run.settle(set(), given_up_again, job(2044, retried=1, queued=1), before={2031, 2044}) == [given_up_again]
    assert [each.value for each in run.imported] == [2044]


def test_what_is_missing_has_failed_whatever_was_there_before(run: OpenRun) -> None:
    assert run.settle({2031}, job(2031), before={2031}) == [job(2031)]


def test_a_job_known_by_ids_gets_its_names(run: OpenRun) -> None:
    ids = Ids({"1": "RCP85", "2": "historical"}, {"3": "HadCM3", "4": "ACCESS1-0"})
    vague = [job(2031, "model id 3", "scenario id 1", why="A: a"), job(2031, "model id 4", "scenario id 1", why="B: b")]
    assert run.settle({2031}, *vague, before=set(), ids=ids) == [job(2031, why="A: a")]
    assert run.known == [job(2031, why="A: a")], "the other one's data are there"


def test_a_job_of_another_scenario_gets_its_names_and_is_not_judged(run: OpenRun) -> None:
    ids = Ids({"2": "historical"}, {"3": "HadCM3"})
    assert run.settle(set(), job(2031, "model id 3", "scenario id 2"), ids=ids) == []
    assert run.known == [job(2031, "HadCM3", "historical")]


def test_jobs_of_another_scenario_stay_and_are_not_judged(run: OpenRun) -> None:
    other = job(1970, scenario="historical", queued=2)
    assert run.settle(set(), other) == []
    assert run.known == [other]


def test_jobs_of_another_data_set_stay_and_are_not_judged(run: OpenRun) -> None:
    other = job(2031, dataset="NEX-GDDP")
    (found,) = run.settle({2031}, other, dataset="LOCA")
    assert found == FailedJob("RCP85", "HadCM3", 2031, UNEXPLAINED, NOW, dataset="LOCA")
    assert run.known == [found, other]


def test_jobs_of_other_years_of_the_scenario_are_for_another_import(run: OpenRun) -> None:
    others = [job(1970, queued=1), job(2031, "CCSM4")]
    assert run.settle(set(), *others, before=set()) == []
    assert {*run.known} == {*others}


def test_a_job_without_a_data_set_is_of_the_one_that_is_verified(run: OpenRun) -> None:
    assert run.settle({2031}, job(2031), dataset="LOCA") == [job(2031, dataset="LOCA")]
    assert run.known == [job(2031, dataset="LOCA")]
    vague = job(2044, "model id 3")
    assert job(2044, dataset="LOCA") in run.settle({2031, 2044}, vague, dataset="LOCA")


def test_where_no_data_set_is_named_there_is_only_one(run: OpenRun) -> None:
    assert run.settle({2031}, job(2031, dataset="LOCA")) == [job(2031, dataset="LOCA")]


@pytest.mark.parametrize("scenario", ["", "RCP85", "scenario id 1"])
def test_a_job_without_a_name_explains_what_is_missing_in_its_year(run: OpenRun, scenario: str) -> None:
    vague = job(2031, "model id 3", scenario, log_stream="s/1")
    assert run.settle({2031}, vague) == [job(2031, log_stream="s/1")]
    assert run.known == [job(2031, log_stream="s/1")]


def test_a_job_of_another_scenario_without_a_model_explains_nothing(run: OpenRun) -> None:
    other = job(2031, "model id 3", "historical")
    assert [each.exception for each in run.settle({2031}, other)] == [UNEXPLAINED]
    assert other in run.known


def test_a_job_without_a_name_explains_nothing_of_another_year(run: OpenRun) -> None:
    found = run.settle({2031}, job(2044, "model id 3"))
    assert [(each.value, each.exception) for each in found] == [(2031, UNEXPLAINED)]


def test_two_reasons_in_a_year_explain_nothing(run: OpenRun) -> None:
    vague = [job(2031, "model id 3", why="A: a"), job(2031, "model id 4", why="B: b")]
    assert [each.exception for each in run.settle({2031}, *vague)] == [UNEXPLAINED]
    assert [each.group for each in run.known] == ["HadCM3"]


def test_the_same_reason_twice_is_one(run: OpenRun) -> None:
    vague = [job(2031, "model id 3"), job(2031, "model id 4")]
    assert [each.exception for each in run.settle({2031}, *vague)] == [WHY]


def test_lines_that_name_nothing_of_this_dataset_stay(run: OpenRun) -> None:
    vague = [job(2031, "model id 3"), job(1970, "model id 3", "scenario id 2"), job(None, "", "", "IMPORT_FAILURE")]
    assert run.settle(set(), *vague) == []
    assert {each.value for each in run.known} == {1970, None}


def test_failed_jobs_are_in_the_order_of_model_and_year(run: OpenRun) -> None:
    found = run.settle({2030, 2047}, job(2044), job(2040, "ACCESS1-0"))
    assert [(each.group, each.value) for each in found] == [
        ("ACCESS1-0", 2040),
        ("HadCM3", 2030),
        ("HadCM3", 2044),
        ("HadCM3", 2047),
    ]


def test_outside_a_run_what_is_missing_has_failed_and_nothing_is_kept(aws: FakeAws) -> None:
    context = FakeSsm(aws).context()
    found = verdict.settle(context, Requested("", "RCP85", Dataset(["HadCM3"], [2030, 2031])), {"HadCM3": [2030]})
    assert found == [FailedJob("RCP85", "HadCM3", 2031, UNEXPLAINED, NOW)]
    assert aws.calls == []


def test_only_unexplained_jobs_are_unexplained() -> None:
    assert verdict.unexplained([job(2031), job(2044, why=UNEXPLAINED)]) == [job(2044, why=UNEXPLAINED)]


def test_jobs_are_listed_by_model_and_reason() -> None:
    failed = [job(2031), job(2032), job(2040, why="KeyError: 'x'"), job(2031, "ACCESS1-0")]
    assert verdict.listing(failed) == [
        f"  HadCM3: 2031-2032: {WHY}",
        "  HadCM3: 2040: KeyError: 'x'",
        f"  ACCESS1-0: 2031: {WHY}",
    ]
    assert verdict.listing(failed, with_reasons=False) == ["  HadCM3: 2031-2032, 2040", "  ACCESS1-0: 2031"]


@pytest.mark.parametrize(("count", "lines"), [(20, 20), (21, 21)])
def test_a_long_list_is_cut(count: int, lines: int) -> None:
    listed = verdict.listing([job(2000 + number, why=f"KeyError: {number}") for number in range(count)])
    assert len(listed) == lines
    assert ("1 more" in listed[-1]) is (count > 20)
