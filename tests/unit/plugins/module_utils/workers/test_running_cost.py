"""What the run has cost so far is computed once a minute, and never ends a drain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, OPEN
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.workers.running_cost import Spent
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import BEGAN, FakeSsm

RUN = record.Run("staging-1", 1, "k3y", OPEN, BEGAN.isoformat(), "alice@laptop")
INSTANCE = {
    "InstanceId": "i-1",
    "InstanceType": "m4.2xlarge",
    "LaunchTime": BEGAN,
    "State": {"Name": "running"},
    "Placement": {"AvailabilityZone": "us-east-1a"},
}
PRICE = {
    "InstanceType": "m4.2xlarge",
    "AvailabilityZone": "us-east-1a",
    "SpotPrice": "0.36",
    "Timestamp": BEGAN,
}


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


@pytest.fixture
def spent(aws: FakeAws, ssm: FakeSsm) -> Spent:
    """The cost of a run with one instance of 0.36 USD an hour."""
    aws.on("DescribeInstances", {"Reservations": [{"Instances": [INSTANCE]}]})
    aws.on("DescribeSpotPriceHistory", {"SpotPriceHistory": [PRICE]})
    record.write_run(ssm.context(), "staging", RUN)
    context = ssm.context()
    aws.calls.clear()
    return Spent(replace(context, step=StepWriter(context, "staging", "drain", RUN, None)))


def look(aws: FakeAws, spent: Spent, now: float) -> float | None:
    aws.now = now
    spent.look()
    return spent.usd


def test_it_is_computed_after_a_quarter_of_a_minute_and_then_once_a_minute(aws: FakeAws, spent: Spent) -> None:
    assert look(aws, spent, 14) is None
    assert look(aws, spent, 20) == pytest.approx(0.36 * 20 / 3600)
    assert look(aws, spent, 79) == pytest.approx(0.36 * 20 / 3600)
    assert look(aws, spent, 80) == pytest.approx(0.36 * 80 / 3600)
    assert aws.count("DescribeInstances") == 2


def test_outside_a_run_nothing_is_computed(aws: FakeAws) -> None:
    spent = Spent(aws.context())
    assert look(aws, spent, 100) is None
    assert aws.calls == []


def test_what_cannot_be_read_leaves_the_cost_unknown_until_the_next_time(aws: FakeAws, spent: Spent) -> None:
    assert look(aws, spent, 20) is not None
    aws.on("DescribeInstances", Refusal("RequestLimitExceeded"))
    assert look(aws, spent, 80) is None
    aws.on("DescribeInstances", {"Reservations": [{"Instances": [INSTANCE]}]})
    assert look(aws, spent, 120) is None
    assert look(aws, spent, 140) == pytest.approx(0.36 * 140 / 3600, abs=1e-4)


def test_that_it_may_not_be_read_is_said_once(aws: FakeAws, spent: Spent) -> None:
    aws.on("DescribeInstances", Refusal("UnauthorizedOperation"))
    assert (look(aws, spent, 20), look(aws, spent, 80)) == (None, None)
    assert aws.progress.lines == ["what the run has cost cannot be read: DescribeInstances is denied"]


def test_the_larger_class_of_the_database_counts(aws: FakeAws, ssm: FakeSsm, spent: Spent) -> None:
    changed = {"database_class": ["db.t2.medium", "db.m4.xlarge"]}
    step = record.Step(RUN.id, DONE, BEGAN.isoformat(), facts=changed)
    record.write_step(ssm.context(), "staging", "database", step)
    assert look(aws, spent, 3600) == pytest.approx(0.36 + 0.365 - 0.073)
