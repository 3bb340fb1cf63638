"""What a run has cost is computed from the prices of its hours, and what is not known is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run
from ansible_collections.climate.ingest.plugins.module_utils.cost import prices as on_demand_prices
from ansible_collections.climate.ingest.plugins.module_utils.cost.cost import Database, Meter, compute, of_run
from ansible_collections.climate.ingest.plugins.module_utils.cost.fleet_usage import Usage
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import BEGAN, FakeSsm

REGION = "us-east-1"
KIND = "m4.2xlarge us-east-1a"
MARKET = ("m4.2xlarge", "us-east-1a")
RUN = Run("staging-1", 1, "key", OPEN, BEGAN.isoformat(), "ann")


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def usage(until: float, width: int, **kinds: list[int]) -> Usage:
    """Usage of kinds named by the letter of their zone."""
    named = {f"m4.2xlarge us-east-1{zone}": seconds for zone, seconds in kinds.items()}
    return Usage("staging-1", BEGAN, at(until), width, named)


def entry(seconds: float, price: float, kind: str = "m4.2xlarge", zone: str = "us-east-1a") -> dict[str, Any]:
    """A price of DescribeSpotPriceHistory, in force since that many seconds after the run was opened."""
    about = {"InstanceType": kind, "AvailabilityZone": zone, "ProductDescription": "Linux/UNIX"}
    return {**about, "SpotPrice": f"{price:.6f}", "Timestamp": at(seconds)}


def test_an_hour_of_two_prices_costs_what_each_was_for_as_long_as_it_was() -> None:
    steps = [(at(-500), 0.1), (at(900), 0.2)]
    cost = compute(usage(3600, 1800, a=[1800, 3600]), {MARKET: steps}, REGION)
    assert cost.fleet["times"] == [at(0).isoformat(), at(1800).isoformat()]
    assert cost.fleet["width_seconds"] == 1800
    assert cost.fleet["instances"] == {KIND: [1.0, 2.0]}
    assert cost.fleet["prices"] == {KIND: [pytest.approx(0.15), pytest.approx(0.2)]}
    assert cost.facts() == {
        "currency": "USD",
        "fleet": [{"instance_type": "m4.2xlarge", "hours": 1.5, "usd": 0.275}],
        "database": [],
        "total": 0.275,
        "unknown": [],
        "prices_of": on_demand_prices.PRICES_OF,
        "estimate": None,
    }


def test_the_last_bucket_is_as_long_as_it_has_lasted() -> None:
    cost = compute(usage(90, 60, a=[120, 60]), {MARKET: [(at(0), 0.1)]}, REGION)
    assert cost.fleet["instances"] == {KIND: [2.0, 2.0]}


def test_zones_of_a_type_are_added_up_and_the_columns_are_of_one_length() -> None:
    history = {MARKET: [(at(0), 0.1)], ("m4.2xlarge", "us-east-1b"): [(at(0), 0.3)]}
    cost = compute(usage(7200, 3600, a=[3600], b=[0, 3600]), history, REGION)
    assert cost.parts["fleet"] == [{"instance_type": "m4.2xlarge", "hours": 2.0, "usd": 0.4}]
    assert {len(each) for column in ("instances", "prices") for each in cost.fleet[column].values()} == {2}


def test_a_spot_price_nobody_knows_makes_the_sum_unknown() -> None:
    history = {("m4.2xlarge", "us-east-1b"): [(at(0), 0.3)], MARKET: [(at(1800), 0.1)]}
    cost = compute(usage(3600, 1800, a=[1800, 1800], b=[1800]), history, REGION)
    assert cost.fleet["prices"][KIND] == [None, pytest.approx(0.1)]
    assert cost.parts["fleet"] == [{"instance_type": "m4.2xlarge", "hours": 1.5, "usd": None}]
    assert (cost.total, cost.unknown) == (None, ["no spot price is known for m4.2xlarge in us-east-1a"])


def test_a_price_that_is_not_known_where_nothing_ran_is_no_matter() -> None:
    cost = compute(usage(3600, 1800, a=[0, 1800]), {MARKET: [(at(1800), 0.1)]}, REGION)
    assert (cost.total, cost.unknown) == (0.05, [])


def classes(*changes: tuple[float, str], **more: Any) -> Database:
    return Database([(at(seconds).isoformat(), name) for seconds, name in changes], **more)


def test_the_larger_class_costs_what_it_costs_more_for_as_long_as_it_was() -> None:
    database = classes((0, "db.t2.medium"), (3600, "db.m4.xlarge"), (3 * 3600, "db.t2.medium"))
    cost = compute(usage(9 * 3600, 1), {}, REGION, database)
    row = {"class": "db.m4.xlarge", "instead_of": "db.t2.medium", "hours": 2.0, "usd": round(2 * (0.365 - 0.073), 4)}
    assert cost.parts["database"] == [row]
    assert cost.total == row["usd"]


def test_a_class_that_was_not_given_back_costs_on_until_what_is_counted_ends() -> None:
    changes = (0, "db.t2.medium"), (0, "db.m4.xlarge"), (1800, "db.t2.medium"), (3600, "db.m4.xlarge")
    for database, hours in ((classes(*changes), 1.5), (classes(*changes, until=at(5400)), 1.0)):
        [row] = compute(usage(7200, 1), {}, REGION, database).parts["database"]
        assert row["hours"] == hours


@pytest.mark.parametrize("database", [None, Database(), classes((0, "db.t2.medium"))])
def test_a_class_that_stays_costs_nothing(database: Database | None) -> None:
    cost = compute(usage(3600, 1), {}, REGION, database)
    assert (cost.parts, cost.total, cost.unknown) == ({"fleet": [], "database": []}, 0, [])
    assert cost.fleet == {"times": [], "width_seconds": 1, "instances": {}, "prices": {}}


@pytest.mark.parametrize(
    ("region", "name", "more", "said"),
    [
        ("us-east-1", "db.x9.large", {}, ["no price is known for db.x9.large in us-east-1"]),
        (
            "eu-west-9",
            "db.x9.large",
            {},
            [f"no price is known for db.{n} in eu-west-9" for n in ("x9.large", "t2.medium")],
        ),
        (
            "us-east-1",
            "db.m4.xlarge",
            {"multi_az": True},
            ["no price is known for db.m4.xlarge (Multi-AZ) in us-east-1"],
        ),
        ("us-east-1", "db.m4.xlarge", {"engine": "mysql"}, ["no price is known for db.m4.xlarge (mysql) in us-east-1"]),
    ],
)
def test_a_class_without_a_known_price_makes_the_sum_unknown(
    region: str, name: str, more: dict[str, Any], said: list[str]
) -> None:
    cost = compute(usage(3600, 1), {}, region, classes((0, "db.t2.medium"), (0, name), **more))
    [row] = cost.parts["database"]
    assert (row["usd"], row["hours"], cost.total) == (None, 1.0, None)
    assert set(said) <= set(cost.unknown)


def test_the_estimate_goes_along() -> None:
    assert compute(usage(1, 1), {}, REGION).facts({"hours": 1.0})["estimate"] == {"hours": 1.0}


def test_prices_come_from_the_history_of_the_run(aws: FakeAws) -> None:
    first = {"SpotPriceHistory": [entry(1800, 0.2)], "NextToken": "more"}
    aws.on("DescribeSpotPriceHistory", first, {"SpotPriceHistory": [entry(-60, 0.1)]})
    assert of_run(aws.context(), usage(3600, 3600, a=[3600])).total == 0.15
    requested = aws.sent("DescribeSpotPriceHistory")[0]
    assert (requested["StartTime"], requested["EndTime"]) == (BEGAN, at(3600))
    assert (requested["InstanceTypes"], requested["ProductDescriptions"]) == (["m4.2xlarge"], ["Linux/UNIX"])
    assert requested["Filters"] == [{"Name": "availability-zone", "Values": ["us-east-1a"]}]


def test_a_run_without_a_fleet_asks_for_no_price(aws: FakeAws) -> None:
    assert of_run(aws.context(), usage(3600, 1)).total == 0
    assert aws.calls == []


def test_the_meter_asks_for_prices_every_ten_minutes_and_for_new_markets(aws: FakeAws) -> None:
    ssm = FakeSsm(aws)
    running = {"State": {"Name": "running"}, "LaunchTime": BEGAN, "InstanceType": "m4.2xlarge"}
    instances = [{**running, "Placement": {"AvailabilityZone": "us-east-1a"}}]
    aws.on("DescribeInstances", lambda params: {"Reservations": [{"Instances": instances}]})
    prices = [entry(0, 0.36), entry(0, 0.36, zone="us-east-1b")]
    aws.on("DescribeSpotPriceHistory", {"SpotPriceHistory": prices})
    meter = Meter(ssm.context(), "staging", RUN, classes((0, "db.t2.medium"), (0, "db.m4.xlarge")))
    extra = 0.365 - 0.073

    def look(seconds: float) -> float | None:
        aws.now = seconds
        return meter.look()

    assert look(60) == pytest.approx((0.36 + extra) / 60, abs=1e-4)
    assert look(120) == pytest.approx((0.36 + extra) / 30, abs=1e-4)
    assert aws.count("DescribeSpotPriceHistory") == 1
    instances.append({**instances[0], "Placement": {"AvailabilityZone": "us-east-1b"}, "LaunchTime": at(120)})
    assert look(180) == pytest.approx((0.36 * 240 + extra * 180) / 3600, abs=1e-4)
    assert aws.count("DescribeSpotPriceHistory") == 2
    look(780)
    assert aws.count("DescribeSpotPriceHistory") == 3
    assert aws.count("PutParameter") == 4
