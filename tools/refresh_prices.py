"""Write plugins/module_utils/cost/price_table.py anew from the AWS Price List: ``make prices``.

Needs credentials that may call ``pricing:GetProducts``. Regions on the command line take the place of the usual ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import boto3

from tools.price_table import render

TABLE = Path(__file__).resolve().parents[1] / "plugins" / "module_utils" / "cost" / "price_table.py"
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2")
FAMILIES = (
    *("c4", "c5", "c5a", "c6i"),
    *("m4", "m5", "m5a", "m6g", "m6i"),
    *("r4", "r5", "r6g", "r6i"),
    *("t2", "t3", "t3a", "t4g"),
)
ENDPOINT_REGION = "us-east-1"  # the price list answers in three regions only ("Price List Query API", Billing guide)
POSTGRESQL = "14"  # engine code; RDS on Outposts has another for the same engine
INSTANCES = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "locationType": "AWS Region",  # not the dearer Local Zones and Wavelength Zones of the region
}
DATABASES = {
    "databaseEngine": "PostgreSQL",
    "deploymentOption": "Single-AZ",
    "engineCode": POSTGRESQL,
    "locationType": "AWS Region",
}


class Contradiction(Exception):
    """The price list has two prices for one thing: the filters do not tell them apart."""


def main(regions: Sequence[str]) -> None:
    """Ask AWS and write the table."""
    client = boto3.client("pricing", region_name=ENDPOINT_REGION)
    TABLE.write_text(table(client, regions or REGIONS, date.today().isoformat()))
    print(f"wrote {TABLE}")


def table(client: Any, regions: Sequence[str], today: str) -> str:
    """Give the text of the table.

    Args:
        client: of the Price List Query API.
        today: ISO 8601.
    """
    instances = {region: prices(client, "AmazonEC2", region, INSTANCES) for region in regions}
    databases = {region: prices(client, "AmazonRDS", region, DATABASES) for region in regions}
    return render(today, [f"AWS Price List Query API, GetProducts, on {today}."], instances, databases)


def prices(client: Any, service: str, region: str, wanted: Mapping[str, str]) -> dict[str, float]:
    """Give the prices on demand of a region by instance type or class, of the families that matter.

    Raises:
        Contradiction: something has two prices.
    """
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": text} for name, text in wanted.items()]
    filters.append({"Type": "TERM_MATCH", "Field": "regionCode", "Value": region})
    pages = client.get_paginator("get_products").paginate(ServiceCode=service, Filters=filters)
    found: dict[str, float] = {}
    for product in (json.loads(text) for page in pages for text in page["PriceList"]):
        kind = product["product"]["attributes"].get("instanceType", "")
        if kind.removeprefix("db.").partition(".")[0] not in FAMILIES:
            continue
        for price in _hourly(product):
            if found.setdefault(kind, price) != price:
                raise Contradiction(f"{kind} costs {found[kind]} and {price} in {region}: mend the filters")
    return found


def _hourly(product: Mapping[str, Any]) -> Iterator[float]:
    """Give a product's price an hour; reserved terms and prices of nothing are left out."""
    for term in product["terms"].get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = float(dimension["pricePerUnit"].get("USD", 0))
            if dimension["unit"] == "Hrs" and price:
                yield price


if __name__ == "__main__":
    main(sys.argv[1:])
