"""The table of prices is what the AWS Price List says, and the same prices give the same file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.cost import price_table
from tests.fakes.aws import FakeAws
from tools.price_table import render
from tools.refresh_prices import TABLE, Contradiction, prices, table


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


def product(kind: str, usd: str, unit: str = "Hrs") -> str:
    """A product as GetProducts gives it, an element of PriceList: JSON in a string."""
    dimension = {
        "unit": unit,
        "endRange": "Inf",
        "description": f"USD {usd} per {kind} Single-AZ instance hour (or partial hour) running PostgreSQL",
        "appliesTo": [],
        "rateCode": "TGN7QDJF2AGFU9XA.JRTCKXETXF.6YS6EN2CT7",
        "beginRange": "0",
        "pricePerUnit": {"USD": usd},
    }
    upfront = {"unit": "Quantity", "pricePerUnit": {"USD": "648"}}
    return json.dumps(
        {
            "product": {
                "productFamily": "Database Instance",
                "attributes": {"instanceType": kind, "regionCode": "us-east-1", "locationType": "AWS Region"},
                "sku": "TGN7QDJF2AGFU9XA",
            },
            "serviceCode": "AmazonRDS",
            "terms": {
                "OnDemand": {
                    "TGN7QDJF2AGFU9XA.JRTCKXETXF": {
                        "priceDimensions": {"TGN7QDJF2AGFU9XA.JRTCKXETXF.6YS6EN2CT7": dimension},
                        "sku": "TGN7QDJF2AGFU9XA",
                        "effectiveDate": "2026-03-01T00:00:00Z",
                        "offerTermCode": "JRTCKXETXF",
                        "termAttributes": {},
                    }
                },
                "Reserved": {"TGN7QDJF2AGFU9XA.HU7G6KETJZ": {"priceDimensions": {"X": upfront}}},
            },
            "version": "20260318225923",
            "publicationDate": "2026-03-18T22:59:23Z",
        }
    )


def test_prices_are_read_over_all_pages_and_only_those_of_an_hour_on_demand(aws: FakeAws) -> None:
    first = {"PriceList": [product("db.t3.micro", "0.0180000000")], "NextToken": "more"}
    rest = [product("db.m4.xlarge", "0.3650000000"), product("db.x9.large", "9"), product("db.t3.micro", "0")]
    aws.on("GetProducts", first, {"PriceList": rest})
    found = prices(aws.client("pricing"), "AmazonRDS", "us-east-1", {"databaseEngine": "PostgreSQL"})
    assert found == {"db.t3.micro": 0.018, "db.m4.xlarge": 0.365}
    requested = aws.sent("GetProducts")
    assert requested[1]["NextToken"] == "more"
    assert requested[0]["ServiceCode"] == "AmazonRDS"
    assert {each["Field"]: each["Value"] for each in requested[0]["Filters"]} == {
        "databaseEngine": "PostgreSQL",
        "regionCode": "us-east-1",
    }


def test_two_prices_of_one_thing_are_not_guessed_between(aws: FakeAws) -> None:
    aws.on("GetProducts", {"PriceList": [product("db.m5.large", "0.178"), product("db.m5.large", "0.083")]})
    with pytest.raises(Contradiction, match=r"db\.m5\.large costs 0\.178 and 0\.083 in us-east-1"):
        prices(aws.client("pricing"), "AmazonRDS", "us-east-1", {})


def test_the_same_prices_give_the_same_file(aws: FakeAws) -> None:
    known = {"AmazonEC2": price_table.INSTANCES, "AmazonRDS": price_table.DATABASES}

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        region = next(each["Value"] for each in params["Filters"] if each["Field"] == "regionCode")
        found = known[params["ServiceCode"]].get(region, {})
        # in any order
        return {"PriceList": [product(kind, f"{found[kind]:.10f}") for kind in reversed(found)]}

    aws.on("GetProducts", answer)
    text = table(aws.client("pricing"), sorted(price_table.INSTANCES), "2026-12-01")
    assert text == table(aws.client("pricing"), sorted(price_table.INSTANCES), "2026-12-01")
    made: dict[str, Any] = {}
    exec(compile(text, "table", "exec"), made)
    assert made["DATE"] == "2026-12-01"
    assert made["INSTANCES"] == price_table.INSTANCES
    assert {region: found for region, found in made["DATABASES"].items() if found} == price_table.DATABASES


def test_the_table_is_as_the_script_writes_it() -> None:
    parts = price_table.DATE, price_table.SOURCE, price_table.INSTANCES, price_table.DATABASES
    assert TABLE.read_text() == render(*parts)
