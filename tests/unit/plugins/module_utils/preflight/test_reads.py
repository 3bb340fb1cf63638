"""Reads that a run makes later are tried before it begins; only that they are denied matters."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.preflight import reads
from ansible_collections.climate.ingest.plugins.module_utils.preflight.check_context import CheckContext
from ansible_collections.climate.ingest.plugins.module_utils.record.record import Record
from tests.fakes.aws import FakeAws, Refusal

IDENTITY = {"arn": "arn:aws:iam::123456789012:user/ann", "account": "123456789012"}
CALLS = {
    "DescribeTasks": (reads.check_tasks, "to follow commands and workers"),
    "ListTasks": (reads.check_tasks, "to find commands and workers that still run"),
    "ListServices": (reads.check_services, "to find the services that are to be removed"),
    "DescribeScalingActivities": (reads.check_fleet, "to say why instances are not launched"),
    "DescribeInstances": (reads.check_fleet, "to see the instances of the fleet run and end"),
    "DescribeLaunchTemplateVersions": (reads.check_fleet, "to compare and copy launch templates"),
    "DescribeSpotPriceHistory": (reads.check_fleet, "to know what the fleet costs"),
    "DescribeSubnets": (reads.check_fleet, "to know the zones of the fleet"),
}
DRY = Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status=412)


@pytest.fixture
def ctx(aws: FakeAws) -> CheckContext:
    for call in CALLS:
        aws.on(call, DRY)
    values = {"ingest_environment": "staging", "ingest_cluster": "ecsStagingCluster"}
    return CheckContext(aws.context(), set(), values, Record(None), IDENTITY, "us-east-1")


def test_what_may_be_read_is_no_problem(ctx: CheckContext) -> None:
    for check in (reads.check_tasks, reads.check_services, reads.check_fleet):
        assert check(ctx).problems == []


@pytest.mark.parametrize("call", CALLS)
def test_what_is_denied_is_named_with_what_it_is_for(aws: FakeAws, ctx: CheckContext, call: str) -> None:
    aws.on(call, Refusal("AccessDeniedException", status=403))
    check, purpose = CALLS[call]
    [problem] = check(ctx).problems
    assert call in problem and purpose in problem


@pytest.mark.parametrize("answer", [Refusal("ValidationError"), Refusal("ClusterNotFoundException")])
def test_another_refusal_is_no_denial(aws: FakeAws, ctx: CheckContext, answer: Any) -> None:
    aws.on("ListTasks", answer)
    assert reads.check_tasks(ctx).problems == []
