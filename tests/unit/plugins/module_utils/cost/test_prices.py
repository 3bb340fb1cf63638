"""Prices on demand, from the table."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.cost import prices as on_demand_prices


@pytest.mark.parametrize(
    ("region", "kind", "price"),
    [("us-east-1", "m4.2xlarge", 0.4), ("us-east-1", "x9.large", None), ("eu-west-9", "m4.2xlarge", None)],
)
def test_a_type_costs_what_the_table_says(region: str, kind: str, price: float | None) -> None:
    assert on_demand_prices.instance_price(region, kind) == price


@pytest.mark.parametrize(
    ("region", "name", "more", "price"),
    [
        ("us-east-1", "db.m4.xlarge", {}, 0.365),
        ("us-east-1", "db.x9.large", {}, None),
        ("eu-west-9", "db.m4.xlarge", {}, None),
        ("us-east-1", "db.m4.xlarge", {"engine": "mysql"}, None),
        ("us-east-1", "db.m4.xlarge", {"multi_az": True}, None),
    ],
)
def test_a_class_costs_what_the_table_says(region: str, name: str, more: dict[str, Any], price: float | None) -> None:
    assert on_demand_prices.database_price(region, name, **more) == price


def test_an_unknown_price_is_a_sentence() -> None:
    assert on_demand_prices.unknown("db.x9.large", "eu-west-9") == "no price is known for db.x9.large in eu-west-9"
