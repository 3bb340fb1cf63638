"""A verification in a run: what the logs told of failed jobs, held against what the application has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    Incomplete,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import holdings
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.answer import Ids
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.holdings import Holdings
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import (
    UNEXPLAINED,
    FailedJob,
    FailedRecord,
)
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.unverified import JUDGED
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.verification import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from tests.fakes.aws import FakeAws
from tests.fakes.run.verification import OURS, VERIFY, YEARS, printed, shell_lines
from tests.fakes.ssm import FakeSsm

RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop")
AT = "2026-03-01T10:00:00+00:00"
WHY = "FileNotFoundError: tas.nc"


def job(
    year: int | None = 2031, model: str = "HadCM3", scenario: str = "RCP85", why: str = WHY, **more: Any
) -> FailedJob:
    return FailedJob(scenario, model, year, why, AT, **more)


class OpenRun(FakeSsm):
    """A run with failed jobs, whose application has everything but some years of HadCM3."""

    def __init__(self, aws: FakeAws) -> None:
        super().__init__(aws)
        lock.acquire(self.context(), "staging")
        record.write_run(self.context(), "staging", RUN)

    def within(self) -> Context:
        context = self.context()
        return replace(context, step=StepWriter(context, "staging", "verify", RUN, None))

    def verify(
        self,
        missing: set[int],
        *failed: FailedJob,
        check_mode: bool = False,
        before: set[int] | None = None,
        **changes: Any,
    ) -> Result:
        if failed:
            FailedRecord(self.context(), "staging", "staging-1").write(failed)
        some = " ".join(year for year in YEARS.split() if int(year) not in missing)
        printed(self.aws, f"INGEST_COMPLETED ACCESS1-0 {YEARS}", f"INGEST_COMPLETED HadCM3 {some}")
        if before is not None:
            holdings.write(self.within(), Holdings("own", Ids(), {"": {"RCP85": {"HadCM3": before}}}))
        options = {"step": "verify", "unless_done": [], "requires": {}, "repeatable": True}
        return carry_out(self.context(check_mode=check_mode), {**VERIFY, **options, **changes}, OPERATION)

    def refuse(self, missing: set[int], *failed: FailedJob, **changes: Any) -> Incomplete:
        with pytest.raises(Incomplete) as caught:
            self.verify(missing, *failed, **changes)
        return caught.value

    @property
    def known(self) -> list[FailedJob]:
        return failed_record.read(self.context(), "staging", "staging-1")

    @property
    def state(self) -> str:
        return str(self.parameters["/climate.ingest/staging/steps/verify"]["state"])


@pytest.fixture
def account(ecs: FakeAws) -> OpenRun:
    return OpenRun(ecs)


def test_failed_jobs_are_listed_with_why_and_how_to_go_on(account: OpenRun) -> None:
    error = account.refuse({2031, 2044}, job(2031), job(2044))
    assert (
        error.message == f"2 of the 36 requested data sources of RCP85 are not imported:\n  HadCM3: 2031, 2044: {WHY}"
    )
    assert error.details["go_on_with"] == "retry_failed.yml"
    assert account.state == "failed"


def test_a_verdict_is_told_from_a_verification_that_could_not_be_carried_out(account: OpenRun) -> None:
    account.refuse({2031, 2044})
    assert account.parameters["/climate.ingest/staging/steps/verify"]["facts"][JUDGED] == 2


def test_before_a_retry_missing_jobs_are_listed_and_the_play_goes_on(account: OpenRun) -> None:
    result = account.verify({2031}, only_list=True)
    assert (result.values["missing"], result.changed) == ({"HadCM3": "2031"}, False)
    assert account.state == "failed" and [each.value for each in account.known] == [2031]
    assert any("1 of the 36 requested" in line for line in account.aws.progress.lines)
    account.verify(set(), only_list=True)
    assert account.state == "done"


def test_what_no_line_explains_is_failed_too_and_can_be_retried(account: OpenRun) -> None:
    error = account.refuse({2031, 2044}, job(2031))
    assert f"  HadCM3: 2031: {WHY}\n  HadCM3: 2044: {UNEXPLAINED}" in error.message
    assert [(each.value, each.exception) for each in account.known] == [(2031, WHY), (2044, UNEXPLAINED)]


def test_everything_there_writes_no_failed_jobs(account: OpenRun) -> None:
    assert account.verify(set()).values["missing"] == {}
    assert account.known == [] and account.state == "done"
    assert account.aws.count("DeleteParameters") == 0


def test_the_record_keeps_the_lines_of_the_report(account: OpenRun) -> None:
    account.verify(set())
    log = account.parameters["/climate.ingest/staging/steps/verify"]["log"]
    assert [line.split()[:2] for line in log["lines"]] == [
        ["INGEST_COMPLETED", "ACCESS1-0"],
        ["INGEST_COMPLETED", "HadCM3"],
    ]
    assert not any("INGEST_COMPLETED" in line for line in account.aws.progress.lines)


def test_a_job_that_was_retried_and_is_imported_does_not_count(account: OpenRun) -> None:
    account.verify(set(), job(2031, retried=1, queued=1), job(2044, why=UNEXPLAINED))
    assert (account.known, account.state) == ([], "done")


def test_a_retry_without_effect_is_failed_again(account: OpenRun) -> None:
    account.refuse({2031}, job(2031, retried=1, queued=1))
    (found,) = account.known
    assert (found.exception, found.queued, found.retried) == (UNEXPLAINED, 0, 1)


def test_data_of_an_earlier_import_do_not_make_a_failed_job_good(account: OpenRun) -> None:
    error = account.refuse(set(), job(2031), before={2031, 2044})
    assert "1 of the 36 requested data sources of RCP85 failed; some have data of an earlier import:" in error.message
    assert error.message.endswith("36 are imported, 2 of them before this run.")


def test_what_was_there_before_is_not_told_as_if_it_were_known(account: OpenRun) -> None:
    error = account.refuse(set(), job(2031))
    assert "perhaps of an earlier import: what was imported before this run is unknown:" in error.message
    assert error.details["before"] is None


def test_a_job_given_up_whose_data_came_in_the_run_is_not_failed(account: OpenRun) -> None:
    assert account.verify(set(), job(2031), before={2044}).values["completed"] == 36
    assert (account.known, account.state) == ([], "done")


@pytest.mark.parametrize(
    ("before", "number", "note"),
    [
        ({2031, 2044, 1999}, 2, "36 of 36 imported, 2 of them before this run"),
        (set(), 0, "36 of 36 imported"),
        (None, None, "36 of 36 imported, how many of them before this run is unknown"),
    ],
)
def test_what_was_done_before_is_told_apart(
    account: OpenRun, before: set[int] | None, number: int | None, note: str
) -> None:
    assert account.verify(set(), before=before).values["before"] == number
    step = account.parameters["/climate.ingest/staging/steps/verify"]
    assert step["note"] == note
    assert step["facts"] == {"scenario": "RCP85", "requested": 36, "completed": 36, "before": number}


def test_what_was_there_before_and_is_gone_does_not_count(account: OpenRun) -> None:
    error = account.refuse({2031}, job(2031), before={2031, 2044})
    assert error.message.endswith("35 are imported, 1 of them before this run.")
    step = account.parameters["/climate.ingest/staging/steps/verify"]
    assert (step["state"], step["facts"]["completed"]) == ("failed", 35)


def test_a_scenario_that_the_application_does_not_have_is_named(account: OpenRun) -> None:
    printed(account.aws, *shell_lines({}))
    options = {"step": "verify", "unless_done": [], "requires": {}, "repeatable": True, "scenario": "A1B"}
    with pytest.raises(Incomplete, match="The application has no scenario A1B; it has: historical, RCP85"):
        carry_out(account.context(), {**OURS, **options}, OPERATION)


def test_as_many_as_are_tolerated_are_a_warning(account: OpenRun) -> None:
    result = account.verify({2031, 2044}, job(2031), job(2044), allow_failed_jobs=2)
    assert (result.values["completed"], result.values["missing"]) == (34, {"HadCM3": "2031, 2044"})
    (warning,) = result.warnings
    assert (
        warning
        == f"2 jobs of RCP85 failed; ingest_allow_failed_jobs is 2, so the run continues:\n  HadCM3: 2031, 2044: {WHY}"
    )
    assert account.state == "done" and len(account.known) == 2


def test_more_than_are_tolerated_fail(account: OpenRun) -> None:
    error = account.refuse({2031, 2044}, job(2031), job(2044), allow_failed_jobs=1)
    assert error.message.endswith("ingest_allow_failed_jobs tolerates only 1.")


def test_what_nobody_can_explain_is_not_tolerated(account: OpenRun) -> None:
    error = account.refuse({2031, 2044}, job(2031), allow_failed_jobs=9)
    assert error.message.endswith("ingest_allow_failed_jobs (9) tolerates only jobs whose failure a log explains.")


def test_only_the_jobs_of_the_scenario_are_judged(account: OpenRun) -> None:
    other = job(1970, scenario="historical")
    account.verify(set(), other)
    assert account.known == [other]


def test_a_job_without_a_name_explains_what_is_missing_in_its_year(account: OpenRun) -> None:
    error = account.refuse({2031}, job(2031, "model id 3", "scenario id 1"))
    assert f"HadCM3: 2031: {WHY}" in error.message
    assert [each.title for each in account.known] == ["RCP85 HadCM3 2031"]


def test_two_reasons_in_a_year_explain_nothing(account: OpenRun) -> None:
    vague = [job(2031, "model id 3", why="A: a"), job(2031, "model id 4", why="B: b")]
    assert UNEXPLAINED in account.refuse({2031}, *vague).message


def test_lines_that_name_nothing_stay_and_do_not_count(account: OpenRun) -> None:
    vague = [job(2031, "model id 3"), job(1970, "model id 3", "scenario id 2"), job(None, "", "", "IMPORT_FAILURE")]
    account.verify(set(), *vague)
    assert {each.value for each in account.known} == {1970, None}


def test_a_long_list_is_cut(account: OpenRun) -> None:
    failed = [job(year, why=f"KeyError: {year}") for year in range(2030, 2048)]
    more = [job(year, "ACCESS1-0", why=f"KeyError: {year}") for year in range(2030, 2048)]
    error = account.refuse(set(range(2030, 2048)), *failed, *more)
    assert error.message.count("KeyError") == 20
    assert "... and 16 more lines" in error.message


def test_a_preview_judges_nothing(account: OpenRun) -> None:
    account.aws.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}], "failures": []})
    account.verify({2031}, job(2031), check_mode=True)
    assert account.known == [job(2031)]
