"""Spot prices, launch configurations, instance types."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.server import Sandbox
from sandbox.services.ec2 import Market, on_demand_price

Client = Callable[..., Any]


def history(ec2: Any, **more: Any) -> list[dict[str, Any]]:
    wanted = {"InstanceTypes": ["m4.2xlarge"], "ProductDescriptions": ["Linux/UNIX"], "StartTime": datetime.now(UTC)}
    return list(ec2.describe_spot_price_history(**(wanted | more))["SpotPriceHistory"])


def test_the_current_price_of_each_zone(client: Client) -> None:
    prices = history(client("ec2"))
    assert sorted(price["AvailabilityZone"][-1] for price in prices) == list("abcdef")
    assert len({price["SpotPrice"] for price in prices}) == 6
    for price in prices:
        assert 0.25 * 0.4 <= float(price["SpotPrice"]) <= 0.45 * 0.4
        assert price["Timestamp"] <= datetime.now(UTC)
        assert (price["InstanceType"], price["ProductDescription"]) == ("m4.2xlarge", "Linux/UNIX")


def test_the_price_on_demand_is_near_aws_own() -> None:
    assert on_demand_price("m4.2xlarge") == pytest.approx(0.40)
    assert on_demand_price("t2.large") == pytest.approx(0.0928)
    assert on_demand_price("m4.2xlarge", "Windows") == pytest.approx(0.768)


def test_the_price_changes_and_is_the_same_when_asked_again() -> None:
    market = Market("m4.2xlarge", "us-east-1a", "Linux/UNIX")
    prices = [market.price(index) for index in range(100)]
    assert len(set(prices)) > 90
    assert prices == [market.price(index) for index in range(100)]
    moments = [market.changed(index, 60.0) for index in range(3)]
    assert moments[1] - moments[0] == pytest.approx(60) == moments[2] - moments[1]


def test_a_span_is_newest_first_with_the_price_in_force_at_its_start(client: Client) -> None:
    end = datetime.now(UTC)
    start = end - timedelta(minutes=10)
    prices = history(client("ec2"), StartTime=start, EndTime=end, AvailabilityZone="us-east-1a")
    moments = [price["Timestamp"] for price in prices]
    assert moments == sorted(moments, reverse=True)
    assert moments[-1] <= start < moments[-2]
    assert moments[0] <= end and 10 <= len(moments) <= 12
    assert prices == history(client("ec2"), StartTime=start, EndTime=end, AvailabilityZone="us-east-1a")


def test_a_span_that_lies_ahead_gives_what_is_in_force(client: Client) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    assert len(history(client("ec2"), StartTime=ahead, AvailabilityZone="us-east-1a")) == 1


@pytest.mark.parametrize(
    "narrowed",
    [
        {"AvailabilityZone": "us-east-1b"},
        {"Filters": [{"Name": "availability-zone", "Values": ["us-east-1b"]}]},
        {
            "InstanceTypes": [],
            "Filters": [{"Name": "instance-type", "Values": ["m4.2xlarge"]}],
            "AvailabilityZone": "us-east-1b",
        },
        {"ProductDescriptions": ["Linux/UNIX (Amazon VPC)"], "AvailabilityZone": "us-east-1b"},
        {
            "ProductDescriptions": [],
            "Filters": [{"Name": "product-description", "Values": ["Linux*"]}],
            "AvailabilityZone": "us-east-1b",
        },
    ],
)
def test_what_is_asked_for_is_narrowed(client: Client, narrowed: dict[str, Any]) -> None:
    (price,) = history(client("ec2"), **narrowed)
    assert (price["AvailabilityZone"], price["InstanceType"]) == ("us-east-1b", "m4.2xlarge")
    assert price["ProductDescription"] == "Linux/UNIX"


def test_a_type_nobody_offers_has_no_price(client: Client) -> None:
    assert history(client("ec2"), InstanceTypes=["m4.huge"]) == []


def test_pages_join_to_the_whole(client: Client) -> None:
    ec2 = client("ec2")
    start = datetime.now(UTC) - timedelta(minutes=30)
    requested = {"InstanceTypes": ["m4.2xlarge", "c5.large"], "StartTime": start, "ProductDescriptions": ["Linux/UNIX"]}
    pages = list(
        ec2.get_paginator("describe_spot_price_history").paginate(**requested, PaginationConfig={"PageSize": 50})
    )
    assert [len(page["SpotPriceHistory"]) for page in pages[:-1]] == [50] * (len(pages) - 1) and len(pages) > 5
    joined = [price for page in pages for price in page["SpotPriceHistory"]]
    assert len({(p["InstanceType"], p["AvailabilityZone"], p["Timestamp"]) for p in joined}) == len(joined)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"NextToken": "nonsense"}, "InvalidNextToken"),
        ({"Filters": [{"Name": "x", "Values": ["y"]}]}, "InvalidParameterValue"),
    ],
)
def test_what_is_refused(client: Client, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        history(client("ec2"), **wrong)
    assert refused.value.response["Error"]["Code"] == code


def test_an_account_without_launch_configurations(client: Client, account: Sandbox) -> None:
    image = client("ssm").get_parameter(Name="/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id")
    wanted = {"ImageId": image["Parameter"]["Value"], "InstanceType": "m4.2xlarge"}
    autoscaling = client("autoscaling")
    account.runtime.settings.launch_configurations = False
    try:
        with pytest.raises(ClientError, match="not available in your account. Use launch templates") as refused:
            autoscaling.create_launch_configuration(LaunchConfigurationName="refused", **wanted)
    finally:
        account.runtime.settings.launch_configurations = True
    assert refused.value.response["Error"]["Code"] == "UnsupportedOperation"
    autoscaling.create_launch_configuration(LaunchConfigurationName="made", **wanted)
    found = autoscaling.describe_launch_configurations(LaunchConfigurationNames=["refused", "made"])
    assert [it["LaunchConfigurationName"] for it in found["LaunchConfigurations"]] == ["made"]


def test_instance_types_say_their_memory_and_processors(client: Client) -> None:
    types = client("ec2").describe_instance_types(InstanceTypes=["m4.2xlarge", "t2.large"])["InstanceTypes"]
    has = {it["InstanceType"]: (it["MemoryInfo"]["SizeInMiB"], it["VCpuInfo"]["DefaultVCpus"]) for it in types}
    assert has == {"m4.2xlarge": (32768, 8), "t2.large": (8192, 2)}


def test_an_instance_that_is_gone_says_since_when_and_where_it_was(client: Client) -> None:
    ec2 = client("ec2")
    spot = {"MarketType": "spot"}
    zone = {"AvailabilityZone": "us-east-1b"}
    launched = ec2.run_instances(
        ImageId="ami-03cf127a", MinCount=1, MaxCount=1, InstanceMarketOptions=spot, Placement=zone
    )
    ids = [each["InstanceId"] for each in launched["Instances"]]
    assert launched["Instances"][0]["SpotInstanceRequestId"].startswith("sir-")
    ec2.terminate_instances(InstanceIds=ids)
    [reservation] = ec2.describe_instances(InstanceIds=ids)["Reservations"]
    [gone] = reservation["Instances"]
    assert (gone["State"]["Name"], gone["InstanceLifecycle"]) == ("terminated", "spot")
    assert gone["Placement"]["AvailabilityZone"] == "us-east-1b"
    found = re.fullmatch(r"User initiated \((.{19}) GMT\)", gone["StateTransitionReason"])
    assert found and datetime.fromisoformat(f"{found[1]}+00:00") >= gone["LaunchTime"].replace(microsecond=0)
