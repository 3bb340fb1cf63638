"""Hours from jobs and workers, money from hours and prices."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.cost.arithmetic import Fleet, Sum, Work, sentences
from ansible_collections.climate.ingest.plugins.module_utils.cost.cost import NOTHING_MORE, Extra
from tests.fakes.ssm import BEGAN


def test_a_type_without_a_price_on_demand_has_no_limit() -> None:
    assert Fleet(["m4.2xlarge", "x9.large"], 20, [0.1]).never_more("us-east-1") is None


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=2), st.integers(1, 300), st.integers(1, 90))
def test_at_most_is_never_less_than_it_takes(jobs: list[int], workers: int, minutes: int) -> None:
    taken = sum(jobs) * minutes / workers / 60
    hours = Work(jobs, minutes, None).hours(workers)
    assert taken - 1e-9 <= hours <= taken + len(jobs) * minutes / 60 + 1e-9


def test_sentences_leave_out_what_there_is_not() -> None:
    work, fleet = Work([1], 60, None), Fleet(["m4.2xlarge"], 1, [0.1, 0.1], "1.5x")
    found = Sum(work, 1, fleet, NOTHING_MORE, "us-east-1").estimate(BEGAN)
    assert sentences(found) == [
        "1h 00m, 0.10 USD: at most, from 1 job of 60 minutes each (ingest_job_minutes), 1 worker at once",
        "USD an hour: spot instances 0.10",
    ]
    unknown = Sum(work, 1, None, Extra(None, ("who knows",)), "us-east-1").estimate(BEGAN)
    assert sentences(unknown)[1:] == [
        "these sections raise no fleet",
        "who knows",
    ]


def estimate(
    fleet: Fleet | None = None, workers: int | None = 10, extra: Extra = NOTHING_MORE, **work: Any
) -> dict[str, Any]:
    about = {"jobs": [10], "job_minutes": 60, "pace": None, **work}
    return Sum(Work(**about), workers, fleet, extra, "us-east-1").estimate(BEGAN)


def fleet(*prices: float, count: int = 2, max_price: str | None = None) -> Fleet:
    return Fleet(["m4.2xlarge"], count, prices, max_price)


def test_measured_hours_never_count_more_workers_than_jobs() -> None:
    assert Work([60, 0], 60, 0.5).hours(120) == pytest.approx(60 / 0.5 / 60 / 60)
    assert Work([60, 30], 60, 0.5).hours(10) == pytest.approx(90 / 0.5 / 10 / 60)


def test_unmeasured_hours_count_whole_rounds() -> None:
    assert Work([11, 1], 30, None).hours(10) == 1.5


@pytest.mark.parametrize(
    ("work", "workers", "basis"),
    [
        (Work([1], 1, None), 1, "at most, from 1 job of 1 minute each (ingest_job_minutes), 1 worker at once"),
        (
            Work([2, 3], 60, None),
            None,
            "at most, from 5 jobs of 60 minutes each (ingest_job_minutes), an unknown number of workers",
        ),
        (
            Work([5], 60, 0.12345),
            60,
            "from 5 jobs, 60 workers at once, 0.123 jobs per worker and minute as measured in the last drain",
        ),
        (
            Work([5], 60, 1234.4),
            60,
            "from 5 jobs, 60 workers at once, 1,234 jobs per worker and minute as measured in the last drain",
        ),
    ],
)
def test_the_basis_of_the_hours_is_given(work: Work, workers: int | None, basis: str) -> None:
    assert work.basis(workers) == basis


def test_work_is_kept_as_json_has_it() -> None:
    work = Work([1, 2], 60, None)
    assert Work(**work.document()) == work


def test_a_fleet_is_read_from_what_the_plan_has_noted() -> None:
    prices = [{"price": 0.1, "instance_type": "m4.2xlarge"}, {"price": 0.2}]
    assert Fleet.noted({"types": ["m4.2xlarge"], "count": 3, "prices": prices}, "us-east-1") == Fleet(
        ["m4.2xlarge"], 3, [0.1, 0.2]
    )


@pytest.mark.parametrize(
    ("given", "an_hour"),
    [
        (fleet(), None),
        (fleet(0.1, 0.3, 0.2), [0.2, 0.6]),
        (fleet(0.1, 0.3, max_price="0.2"), [0.2, 0.4]),
        (fleet(0.1, 0.3, max_price="0.05"), [0.1, 0.1]),
        (fleet(0.1, 0.3, max_price="1.5x"), [0.2, 0.6]),
    ],
)
def test_a_fleet_costs_what_the_markets_ask_and_never_more_than_the_bid(
    given: Fleet, an_hour: list[float] | None
) -> None:
    assert given.an_hour() == (an_hour if an_hour is None else pytest.approx(an_hour))


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        (fleet(0.1), 0.8),
        (fleet(0.1, max_price="0.2"), 0.4),
        (fleet(0.1, max_price="1.5x"), None),
        (Fleet(["m4.2xlarge", "m4.large"], 1, []), 0.4),
    ],
)
def test_the_limit_is_the_bid_or_the_dearest_price_on_demand(given: Fleet, limit: float | None) -> None:
    assert given.never_more("us-east-1") == limit


def test_an_estimate_is_hours_times_fleet_and_database() -> None:
    found = estimate(fleet(0.1, 0.2), extra=Extra(0.3), jobs=[20])
    assert (found["hours"], found["usd_low"], found["usd_high"]) == (2.0, 1.0, 1.4)
    assert (found["fleet_usd_per_hour"], found["database_usd_per_hour"]) == ([0.2, 0.4], 0.3)
    assert (found["at"], found["never_more"], found["unknown"]) == (BEGAN.isoformat(), 0.8, [])


@pytest.mark.parametrize(
    ("given", "unknown"),
    [
        ({"fleet": None}, ["these sections raise no fleet"]),
        ({"fleet": fleet()}, ["no spot price is known for m4.2xlarge in us-east-1"]),
        ({"fleet": fleet(0.1), "extra": Extra(None, ("who knows",))}, ["who knows"]),
        ({"fleet": fleet(0.1), "workers": None}, []),
    ],
)
def test_without_one_of_the_parts_there_is_no_sum(given: dict[str, Any], unknown: list[str]) -> None:
    found = estimate(**given)
    assert (found["usd_low"], found["usd_high"]) == (None, None)
    assert found["unknown"] == unknown


def test_a_group_that_launches_on_demand_costs_what_aws_asks_on_demand() -> None:
    fleet = Fleet.noted({"types": ["m4.2xlarge"], "count": 3, "prices": [], "is_spot": False}, "us-east-1")
    assert fleet.an_hour() == pytest.approx([1.2, 1.2])
    found = Sum(Work([10], 60, None), 5, fleet, NOTHING_MORE, "us-east-1").estimate(BEGAN)
    assert any("instances on demand 1.20" in each for each in sentences(found))
