"""The series of a drain: as fine as fits, however long it takes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.record import record, store
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.workers import series as drain_series
from ansible_collections.climate.ingest.plugins.module_utils.workers.series import Sample, Series
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import FakeSsm

RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop")
NAME = "/climate.ingest/staging/drains/drain"


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


def step(ssm: FakeSsm, run: record.Run = RUN) -> Context:
    context = ssm.context()
    return replace(context, step=StepWriter(context, "staging", "drain", run, None))


def drained(ssm: FakeSsm, hours: float, every: float, jobs: int, **more: int) -> None:
    """Watch a drain that goes at an even pace."""
    series, start = Series(step(ssm), jobs), ssm.aws.now
    while (past := ssm.aws.now - start) < hours * 3600:
        series.add(Sample(round(jobs * (1 - past / (hours * 3600))), **{"in_flight": 60, "running": 60, **more}))
        ssm.aws.now += every
    series.add(Sample(0, 0, 60))
    series.save()


@pytest.mark.parametrize(("hours", "every"), [(0.01, 1.0), (1, 5.0), (90, 60.0)])
def test_it_fits_a_parameter_and_covers_the_whole_drain(ssm: FakeSsm, hours: float, every: float) -> None:
    drained(ssm, hours, every, 1995, pending=140, desired=200, failed=12)
    document = ssm.parameters[NAME]
    assert store.size(document) <= store.LARGEST
    assert len(document["t"]) <= drain_series.MOST_SAMPLES
    kept = drain_series.read_all(ssm.context(), "staging", "staging-1")["drain"]
    assert kept["times"][0] == "2026-03-01T10:00:00+00:00"
    assert (kept["left"][0], kept["left"][-1]) == (1995, 0)
    assert document["t"][-1] == pytest.approx(hours * 3600, abs=every)
    gaps = [later - earlier for earlier, later in pairwise(document["t"])]
    assert max(gaps) <= max(hours * 3600 / 25, every * 2)


def test_numbers_of_many_digits_fit_too(ssm: FakeSsm) -> None:
    drained(ssm, 90, 60.0, 119_999, in_flight=119_999, running=5000, pending=5000, desired=10000, failed=99_999)
    assert store.size(ssm.parameters[NAME]) <= store.LARGEST


def test_the_rate_is_that_of_the_jobs_done(ssm: FakeSsm) -> None:
    drained(ssm, 1, 5.0, 600)
    kept = drain_series.read_all(ssm.context(), "staging", "staging-1")["drain"]
    assert kept["per_minute"][0] == 0.0
    assert sum(kept["per_minute"][1:]) / len(kept["per_minute"][1:]) == pytest.approx(10, rel=0.1)


def test_another_controller_goes_on_with_it(ssm: FakeSsm) -> None:
    first = Series(step(ssm), 10)
    first.add(Sample(10, 0))
    first.save()
    ssm.aws.now += 100
    second = Series(step(ssm), 10)
    second.add(Sample(4, 0))
    second.save()
    assert (ssm.parameters[NAME]["t"], ssm.parameters[NAME]["left"]) == ([0.0, 100.0], [10, 4])
    assert second.began == first.began


def test_another_run_begins_anew(ssm: FakeSsm) -> None:
    drained(ssm, 0.1, 5.0, 10)
    assert drain_series.read_all(ssm.context(), "staging", "staging-2") == {}
    series = Series(step(ssm, replace(RUN, id="staging-2")), 5)
    series.add(Sample(5, 0))
    series.save()
    assert ssm.parameters[NAME]["left"] == [5]


def test_it_is_written_once_a_minute(ssm: FakeSsm) -> None:
    drained(ssm, 1, 5.0, 600)
    assert 60 <= ssm.aws.count("PutParameter") <= 62


def test_what_the_pace_is_computed_from_is_kept(ssm: FakeSsm) -> None:
    drained(ssm, 1, 5.0, 600)
    assert ssm.parameters[NAME]["done"] == 600
    assert ssm.parameters[NAME]["worker_minutes"] == pytest.approx(60 * 60, rel=0.01)


def test_outside_a_run_nothing_is_kept(ssm: FakeSsm) -> None:
    series = Series(ssm.context(), 5)
    series.add(Sample(5, 0))
    series.save()
    assert ssm.parameters == {}


def test_a_picture_that_cannot_be_kept_does_not_end_the_drain(ssm: FakeSsm) -> None:
    series = Series(step(ssm), 5)
    ssm.aws.on("PutParameter", Refusal("ThrottlingException"))
    series.add(Sample(5, 0))
    series.save()
    assert ssm.parameters == {}
