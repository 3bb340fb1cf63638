"""What spot instances cost, now and over time, and what is bid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    InvalidInput,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.fleet import spot_prices
from tests.fakes.aws import FakeAws
from tests.fakes.fleet import FleetAccount, prices


@pytest.mark.parametrize(("desired", "sent"), [("0.25", "0.2500"), ("1.5x", "0.1800"), ("$.2", "0.2000")])
def test_a_bid_is_a_figure_or_a_multiple_of_the_highest_price(
    account: FleetAccount, monkeypatch: pytest.MonkeyPatch, desired: str, sent: str
):
    prices(account, monkeypatch, 0.1, 0.12)
    result = account.fleet(max_price=desired, wait=False)
    assert account.describe()["MixedInstancesPolicy"]["InstancesDistribution"]["SpotMaxPrice"] == sent
    assert result.values["spot_prices"][0] == {
        "instance_type": "m4.2xlarge",
        "availability_zone": "us-east-1a",
        "price": 0.1,
    }


def test_no_price_is_said_and_cannot_be_multiplied(account: FleetAccount, monkeypatch: pytest.MonkeyPatch):
    prices(account, monkeypatch)
    assert "No spot price is known for m4.2xlarge" in account.fleet(check_mode=True).warnings[0]
    with pytest.raises(Refused, match="max_price is 2x, and there is no current spot price"):
        account.fleet(max_price="2x")


BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def entry(seconds: float, price: float, kind: str = "m4.2xlarge", zone: str = "us-east-1a") -> dict[str, Any]:
    """A price of DescribeSpotPriceHistory, in force since that many seconds after the beginning."""
    about = {"InstanceType": kind, "AvailabilityZone": zone, "ProductDescription": "Linux/UNIX"}
    return {**about, "SpotPrice": f"{price:.6f}", "Timestamp": at(seconds)}


STEPS = st.lists(st.tuples(st.integers(-1000, 4000), st.floats(0.01, 10)), min_size=1, max_size=20)


@given(STEPS, st.integers(0, 3000), st.integers(1, 3000))
def test_an_average_is_that_of_its_parts(changes: list[tuple[int, float]], begin: int, length: int) -> None:
    steps = sorted([(at(-2000), 1.0), *((at(seconds), price) for seconds, price in dict(changes).items())])
    middle, end = at(begin + length / 2), at(begin + length)
    whole = spot_prices.average(steps, at(begin), end)
    halves = spot_prices.average(steps, at(begin), middle), spot_prices.average(steps, middle, end)
    assert whole is not None and halves[0] is not None and halves[1] is not None
    assert whole == pytest.approx((halves[0] + halves[1]) / 2)
    inside = [price for since, price in steps if since < end]
    assert min(inside) - 1e-9 <= whole <= max(inside) + 1e-9


def test_the_price_of_a_moment_is_the_one_in_force() -> None:
    steps = [(at(0), 0.1), (at(60), 0.2)]
    assert [spot_prices.average(steps, at(n), at(n)) for n in (-1, 0, 59, 60)] == [None, 0.1, 0.1, 0.2]


def test_the_newest_price_of_each_type_and_zone_counts_cheapest_first(aws: FakeAws) -> None:
    first = {"SpotPriceHistory": [entry(60, 0.3), entry(0, 0.1, zone="us-east-1b")], "NextToken": "more"}
    rest = {"SpotPriceHistory": [entry(0, 0.9), entry(0, 0.2, "m5.2xlarge")]}
    aws.on("DescribeSpotPriceHistory", first, rest)
    found = spot_prices.current_prices(aws.client("ec2"), ["m4.2xlarge", "m5.2xlarge"], ["us-east-1a", "us-east-1b"])
    assert [(each["instance_type"], each["availability_zone"], each["price"]) for each in found] == [
        ("m4.2xlarge", "us-east-1b", 0.1),
        ("m5.2xlarge", "us-east-1a", 0.2),
        ("m4.2xlarge", "us-east-1a", 0.3),
    ]
    requested = aws.sent("DescribeSpotPriceHistory")[0]
    assert requested["Filters"] == [{"Name": "availability-zone", "Values": ["us-east-1a", "us-east-1b"]}]
    assert requested["ProductDescriptions"] == ["Linux/UNIX"]


def test_without_zones_all_are_asked_for(aws: FakeAws) -> None:
    aws.on("DescribeSpotPriceHistory", {"SpotPriceHistory": []})
    assert spot_prices.current_prices(aws.client("ec2"), ["m4.2xlarge"]) == []
    assert aws.sent("DescribeSpotPriceHistory")[0]["Filters"] == []


def test_the_history_is_by_type_and_zone_in_the_order_of_time(aws: FakeAws) -> None:
    history = [entry(60, 0.2), entry(0, 0.1), entry(0, 0.3, zone="us-east-1b")]
    aws.on("DescribeSpotPriceHistory", {"SpotPriceHistory": history})
    zones = ["us-east-1a", "us-east-1b"]
    assert spot_prices.price_history(aws.client("ec2"), ["m4.2xlarge"], zones, at(0), at(90)) == {
        ("m4.2xlarge", "us-east-1a"): [(at(0), 0.1), (at(60), 0.2)],
        ("m4.2xlarge", "us-east-1b"): [(at(0), 0.3)],
    }
    requested = aws.sent("DescribeSpotPriceHistory")[0]
    assert (requested["StartTime"], requested["EndTime"]) == (at(0), at(90))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, (None, None)),
        ("", (None, None)),
        (" None ", (None, None)),
        ("0.25", (0.25, None)),
        ("$.2", (0.2, None)),
        ("1.5X", (None, 1.5)),
    ],
)
def test_a_bid_is_read(text: str | None, expected: tuple[float | None, float | None]) -> None:
    assert spot_prices.parse_bid(text) == expected


@pytest.mark.parametrize("text", ["cheap", "0", "0x", "-1", "1.5 x", "1e3", "0.1 USD"])
def test_what_is_no_bid_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a price; .* 0.25, .* 1.5x, or none"):
        spot_prices.parse_bid(text)


@pytest.mark.parametrize(
    ("text", "standing", "expected"),
    [
        (None, None, None),
        (None, "0.3000", None),
        ("0.25", "0.3000", "0.2500"),
        ("1.5x", None, "0.1800"),
        ("1.5x", "0.3000", "0.3000"),
    ],
)
def test_the_bid_that_is_sent(text: str | None, standing: str | None, expected: str | None) -> None:
    assert spot_prices.bid(text, [{"price": 0.1}, {"price": 0.12}], standing) == expected


def test_no_price_cannot_be_multiplied() -> None:
    with pytest.raises(Refused, match="max_price is 2x, and there is no current spot price"):
        spot_prices.bid("2x", [])
