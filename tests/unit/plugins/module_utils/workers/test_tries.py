"""Tries that failed and came right are seen while they matter, and leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from ansible_collections.climate.ingest.plugins.module_utils.report import facts, page, status
from ansible_collections.climate.ingest.plugins.module_utils.workers.queue_drain import OPERATION
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.drain import DrainAccount
from tests.fakes.run.open_run import open_run
from tests.fakes.ssm import FakeSsm

TRIED = "IMPORT_FAILURE Failed to process data for {}model HadCM3 scenario A1B year 2031"
FINAL = "IMPORT_FAILURE Message ID m for model id 1 scenario id 1 year 2031 failed more than 10 times, giving up."
PARAMS = {"environment": "staging", "cluster": "c", "family": "f", "container": "management", "database": "d"}


def drained(aws: FakeAws, account: DrainAccount) -> tuple[FakeSsm, Result]:
    """Drain the queue as a step of a run."""
    ssm = open_run(aws)
    aws.on("DescribeInstances", Refusal("UnauthorizedOperation"))
    aws.on("DescribeDBInstances", Refusal("AccessDenied"))
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    aws.on("GetLogEvents", {"events": [], "nextBackwardToken": "b"})
    account.counts = lambda now: (max(0, 10 - int(now)), 0, 0)
    step: dict[str, Any] = {"step": "drain", "environment": "staging", "unless_done": [], "requires": {}}
    return ssm, carry_out(ssm.context(), {**account.params(), **step}, OPERATION)


def shown(ssm: FakeSsm) -> list[str]:
    """Give what a person reads of the run: the status and the report."""
    found = facts.gather(ssm.context(), {**PARAMS, "queue": "q"})
    assert found is not None
    return [*status.screen(found), page.render(found)]


@pytest.mark.parametrize("dataset", ["", "dataset NEX-GDDP "], ids=["2017", "later"])
def test_a_failure_that_came_right_leaves_nothing(aws: FakeAws, account: DrainAccount, dataset: str) -> None:
    for number in range(10):
        account.print(TRIED.format(dataset), str(number))
    ssm, result = drained(aws, account)
    assert "10 tries failed" in aws.progress.statuses[-1][0]
    assert result.warnings == [] and result.values["failed_jobs"] == []
    assert failed_record.read(ssm.context(), "staging", "staging-1") == []
    assert not any("/failed" in name for name in ssm.parameters)
    assert not any("HadCM3" in str(document) for document in ssm.parameters.values())
    *screen, report = shown(ssm)
    assert not any("failed" in line for line in screen)
    assert "HadCM3" not in report and "No job is known to have failed." in report


def test_a_job_that_was_given_up_is_in_all_of_them(aws: FakeAws, account: DrainAccount) -> None:
    account.print(TRIED.format(""), "1")
    account.print(FINAL, "2")
    ssm, result = drained(aws, account)
    assert len(result.values["failed_jobs"]) == 1
    assert [job.group for job in failed_record.read(ssm.context(), "staging", "staging-1")] == ["HadCM3"]
    *screen, report = shown(ssm)
    assert any(line.startswith("  failed job ") and "HadCM3" in line for line in screen)
    assert "HadCM3" in report
