"""Several imports in one queue: what others queued is known by the record, and what comes late is drained too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, FAILED, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.job_queue import queued
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.depth import predict_jobs
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN
from tests.fakes.ssm import FakeSsm

URL = "https://sqs/cc-api-staging"
AT = "2026-03-01T10:00:00+00:00"
PARAMS: dict[str, Any] = {"queued_with": {"a_create_jobs": 2, "b_create_jobs": 30}, "drained_by": "a_drain"}


class OpenRun(FakeSsm):
    """A run of three imports, of which the third is to be queued."""

    def __init__(self, aws: FakeAws) -> None:
        super().__init__(aws)
        record.write_run(self.context(), "staging", RUN)

    def step(self, name: str, state: str = DONE) -> None:
        record.write_step(self.context(), "staging", name, record.Step(RUN.id, state, AT))

    def within(self, check_mode: bool = False) -> Any:
        context = self.context(check_mode=check_mode)
        return replace(context, step=StepWriter(context, "staging", "c_create_jobs", RUN, None))

    def already(self, check_mode: bool = False) -> int:
        return queued.already(self.within(check_mode), PARAMS, URL)

    @property
    def drain(self) -> record.Step:
        return record.read(self.context(), "staging", ["a_drain"]).steps["a_drain"]


@pytest.fixture
def account(aws: FakeAws) -> OpenRun:
    return OpenRun(aws)


def test_what_others_queued_is_in_the_queue_and_what_was_left_out_is_not(account: OpenRun) -> None:
    assert account.already() == 0
    account.step("b_create_jobs")
    assert account.already() == 30
    account.step("a_create_jobs", STARTED)
    assert account.already() == 30, "how much of it is in the queue is not known"
    account.step("a_create_jobs")
    assert account.already() == 32


def test_alone_nothing_is_asked(account: OpenRun) -> None:
    account.aws.calls.clear()
    alone = {"queued_with": {}, "drained_by": None}
    assert queued.already(account.within(), alone, URL) == 0
    queued.reopen(account.within(), alone)
    assert queued.already(account.context(), PARAMS, URL) == 0, "outside a run there is no record"
    assert account.aws.calls == []


def test_in_a_preview_the_queue_holds_what_was_predicted(account: OpenRun) -> None:
    context = account.within(check_mode=True)
    predict_jobs(context, URL, 2)
    assert queued.already(context, PARAMS, URL) == 2


def test_the_drain_is_done_once_more_for_an_import_that_was_left_out(account: OpenRun) -> None:
    account.step("b_create_jobs")
    account.step("a_drain")
    assert account.already() == 0, "they are drained"
    queued.reopen(account.within(), PARAMS)
    assert (account.drain.state, account.drain.attempt) == (FAILED, 2)
    assert account.drain.note == "to be done once more, for the jobs of c_create_jobs"
    assert account.drain.earlier[0]["state"] == DONE
    assert account.already() == 0, "they stay drained"
    before = account.drain
    queued.reopen(account.within(), PARAMS)
    assert account.drain == before, "after a crash it is written down already"
    account.step("a_create_jobs")
    assert account.already() == 2, "it was queued after the drain"


def test_a_drain_that_has_not_ended_stays_as_it_is(account: OpenRun) -> None:
    queued.reopen(account.within(), PARAMS)
    account.step("a_drain", FAILED)
    before = account.drain
    queued.reopen(account.within(), PARAMS)
    assert account.drain == before


def test_a_preview_says_that_the_drain_is_to_be_done_and_writes_nothing(account: OpenRun) -> None:
    account.step("a_drain")
    before = dict(account.parameters)
    context = account.within(check_mode=True)
    queued.reopen(context, PARAMS)
    assert not record.read(context, "staging", ["a_drain"]).is_done("a_drain")
    assert account.parameters == before
