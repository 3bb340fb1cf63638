"""The names of what the runs of an environment create."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.names import Names
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.fleet import spot_capacity
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.depth import COUNTS, TIMEOUT
from ansible_collections.climate.ingest.plugins.module_utils.workers import queue_drain, service
from tests.fakes.aws import FakeAws
from tests.fakes.environment import CLUSTER, Environment

NAMES = Names("staging")


def test_everything_is_named_after_the_environment() -> None:
    assert (NAMES.service, NAMES.fleet) == ("ingest-staging-run-jobs", "ingest-staging-spot")
    assert NAMES.log_group == "/climate.ingest/staging"


@pytest.mark.parametrize(
    ("run", "name"),
    [("staging-1", "ingest-staging-1-before"), ("My.Env__-7", "ingest-my-env-7-before"), ("a.-1", "ingest-a-1-before")],
)
def test_a_snapshot_has_a_name_that_rds_takes(run: str, name: str) -> None:
    assert Names("any").snapshot(run) == name


@pytest.mark.parametrize(
    ("operation", "value", "expected"),
    [(service.OPERATION, "service", NAMES.service), (spot_capacity.OPERATION, "group", NAMES.fleet)],
)
def test_modules_take_them_by_default(aws: FakeAws, operation: Operation, value: str, expected: str) -> None:
    Environment(aws)
    params = {"state": "absent", "cluster": CLUSTER, "environment": "staging", "wait": False, "timeout": 60}
    for given in ({}, {"name": None}):
        result = operation.run(aws.context(check_mode=True), {**params, **given})
        assert (result.changed, result.values[value]) == (True, expected)
    other = operation.run(aws.context(check_mode=True), {**params, "name": "other"})
    assert (other.changed, other.values[value]) == (False, "other")


def test_a_drain_watches_the_service_of_its_environment(aws: FakeAws) -> None:
    counts = {name: "0" for name in (*COUNTS.values(), TIMEOUT)}
    aws.on("GetQueueUrl", {"QueueUrl": "https://queue"})
    aws.on("GetQueueAttributes", {"Attributes": counts})
    aws.on("DescribeServices", {"services": []})
    defaults = {name: option.get("default") for name, option in queue_drain.OPERATION.argument_spec.items()}
    params = {**defaults, "queue": "q", "cluster": CLUSTER, "environment": "staging", "stable_seconds": 1}
    assert queue_drain.run(aws.context(), params).values["jobs"] == 0
    assert aws.sent("DescribeServices")[0]["services"] == [NAMES.service]
