"""The table is written the same way whatever the order the prices come in."""

from __future__ import annotations

from typing import Any

from tools.price_table import render


def sizes(*kinds: str) -> list[str]:
    """Give the types in the order in which the table has them."""
    text = render("2026-12-01", ["AWS."], {"us-east-1": dict.fromkeys(kinds, 1)}, {})
    return [line.strip().split('"')[1] for line in text.splitlines() if line.endswith("1.0,")]


def test_types_are_in_the_order_of_family_and_size() -> None:
    ordered = ["c5.large", "m4.large", "m4.xlarge", "m4.2xlarge", "m4.10xlarge", "m4.metal", "t3.nano", "t3.micro"]
    assert sizes(*reversed(ordered)) == ordered
    assert sizes("db.t3.medium", "db.m4.large") == ["db.m4.large", "db.t3.medium"]


def test_regions_are_in_order_and_sources_are_sentences() -> None:
    text = render("2026-12-01", ["One.", "Two."], {"us-east-1": {}, "eu-west-1": {}}, {})
    made: dict[str, Any] = {}
    exec(compile(text, "table", "exec"), made)
    assert (made["DATE"], made["SOURCE"], made["DATABASES"]) == ("2026-12-01", ("One.", "Two."), {})
    assert list(made["INSTANCES"]) == ["eu-west-1", "us-east-1"]
