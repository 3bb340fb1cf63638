# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What spot instances cost, now and before, by zone; and the bid."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..core.errors import InvalidInput, Refused

PRODUCT = "Linux/UNIX"
# of a bid: a spot price has four digits, and no instance costs a thousand dollars an hour; of a multiple: a bid below
# most prices starts nothing
LIMITS = {"": (0.0001, 1000), "x": (0.1, 100)}

Steps = list[tuple[datetime, float]]  # a price, US dollars an hour, since when; in order


def current_prices(ec2: Any, types: Sequence[str], zones: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Give the newest price of each type and zone, cheapest first.

    DescribeSpotPriceHistory with the present as its start gives the price in force (EC2 API reference).

    Args:
        ec2: client.
        types: instance types.
        zones: availability zones that matter; empty: all.

    Returns:
        ``[{"instance_type": ..., "availability_zone": ..., "price": float}]``, US dollars an hour.
    """
    filters = [{"Name": "availability-zone", "Values": list(zones)}] if zones else []
    pages = ec2.get_paginator("describe_spot_price_history").paginate(
        InstanceTypes=list(types),
        ProductDescriptions=[PRODUCT],
        StartTime=datetime.now(UTC),
        Filters=filters,
    )
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in (entry for page in pages for entry in page["SpotPriceHistory"]):
        key = (entry["InstanceType"], entry["AvailabilityZone"])
        if key not in newest or entry["Timestamp"] > newest[key]["Timestamp"]:
            newest[key] = entry
    found = [
        {"instance_type": kind, "availability_zone": zone, "price": float(entry["SpotPrice"])}
        for (kind, zone), entry in newest.items()
    ]
    return sorted(found, key=lambda each: (each["price"], each["instance_type"], each["availability_zone"]))


def price_history(
    ec2: Any, types: Sequence[str], zones: Sequence[str], start: datetime, end: datetime
) -> dict[tuple[str, str], Steps]:
    """Give the prices of a span by type and zone.

    DescribeSpotPriceHistory gives the price in force at ``start``, too (EC2 API reference), and 90 days at most.
    """
    pages = ec2.get_paginator("describe_spot_price_history").paginate(
        InstanceTypes=list(types),
        ProductDescriptions=[PRODUCT],
        StartTime=start,
        EndTime=end,
        Filters=[{"Name": "availability-zone", "Values": list(zones)}],
    )
    found: dict[tuple[str, str], Steps] = {}
    for each in (each for page in pages for each in page["SpotPriceHistory"]):
        steps = found.setdefault((each["InstanceType"], each["AvailabilityZone"]), [])
        steps.append((each["Timestamp"], float(each["SpotPrice"])))
    return {market: sorted(steps) for market, steps in found.items()}


def average(steps: Steps, begin: datetime, end: datetime) -> float | None:
    """Give the average price of a span, weighted with time; None where no price is known at its beginning."""
    first = bisect_right(steps, begin, key=lambda step: step[0]) - 1
    if first < 0:
        return None
    if end <= begin:
        return steps[first][1]
    total = 0.0
    for index in range(first, len(steps)):
        since, price = steps[index]
        if since >= end:
            break
        until = steps[index + 1][0] if index + 1 < len(steps) else end
        total += price * (min(until, end) - max(since, begin)).total_seconds()
    return total / (end - begin).total_seconds()


def parse_bid(text: str | None) -> tuple[float | None, float | None]:
    """Read ``max_price``: (figure, multiple), both None for no bid.

    Raises:
        InvalidInput: it is neither a price nor a multiple such as ``1.5x``.
    """
    desired = (text or "").strip().lower()
    if desired in ("", "none"):
        return None, None
    match = re.fullmatch(r"\$?([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(x?)", desired)
    number = float(match[1]) if match else 0.0
    if not match or number <= 0:
        raise InvalidInput(
            f"max_price {text!r} is not a price; allowed are US dollars an hour such as 0.25, "
            "a multiple of the current spot price such as 1.5x, or none for the on-demand price."
        )
    least, most = LIMITS[match[2]]
    if not least <= number <= most:
        raise InvalidInput(
            f"max_price {text!r} is out of range; allowed are {LIMITS[''][0]} to {LIMITS[''][1]} US dollars an hour, or"
            f" {LIMITS['x'][0]}x to {LIMITS['x'][1]}x the current spot price."
        )
    return (None, number) if match[2] else (number, None)


def bid(text: str | None, prices: Sequence[dict[str, Any]], current: str | None = None) -> str | None:
    """Compute the SpotMaxPrice to send, None for the on-demand price (EC2's own default).

    Args:
        text: the operator's ``max_price``.
        prices: from :func:`current_prices`; a multiple is of the highest, so that no zone is left out.
        current: what the existing group bids; a multiple computed once stays, as prices move by the hour.

    Raises:
        Refused: there is no current price to multiply.
    """
    figure, multiple = parse_bid(text)
    if multiple is not None:
        if current:
            return current
        if not prices:
            raise Refused(f"max_price is {text}, and there is no current spot price of these types in these zones.")
        figure = multiple * max(each["price"] for each in prices)
    return None if figure is None else f"{figure:.4f}"


def remarks(types: Sequence[str], prices: Sequence[Mapping[str, Any]], bid: str | None) -> list[str]:
    """Warn of types without a price, and of a bid that gets no instance now; prices from :func:`current_prices`."""
    warnings = []
    unpriced = sorted(set(types) - {each["instance_type"] for each in prices})
    if unpriced:
        warnings.append(
            f"No spot price is known for {', '.join(unpriced)} in these zones; they may not be offered there."
        )
    if bid and prices and float(bid) < prices[0]["price"]:
        warnings.append(f"The bid of {bid} is below every current spot price (lowest {prices[0]['price']}).")
    return warnings
