# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a standing group launches: from which template or configuration, which instance types, on demand or spot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.context import Context
from .. import launch_source, spot_prices
from ..launch_source import Source


@dataclass(frozen=True)
class Launches:
    """What a group launches.

    Attributes:
        source: what its instances are launched from.
        types: instance types; empty: it chooses them by what they have (InstanceRequirements).
        is_spot: whether all are spot instances; else they may cost what AWS asks on demand.
        zones: in which it launches.
    """

    source: Source
    types: list[str]
    is_spot: bool
    zones: list[str]

    def prices(self, context: Context) -> list[dict[str, Any]]:
        """Give the spot prices of its types in its zones; none of a group that launches on demand."""
        if not self.is_spot or not self.types:
            return []
        return spot_prices.current_prices(context.client("ec2"), self.types, self.zones)


def of_group(context: Context, group: Mapping[str, Any]) -> Launches:
    """Read it of a described group.

    Raises:
        NotFound: what it launches from does not exist any more.
    """
    source, data = launch_source.of_group(context, group)
    policy = group.get("MixedInstancesPolicy") or {}
    overrides = policy.get("LaunchTemplate", {}).get("Overrides", [])
    types = [each.get("InstanceType") for each in overrides] or [data.get("InstanceType")]
    if policy:
        distribution = policy.get("InstancesDistribution", {})
        percent = distribution.get("OnDemandPercentageAboveBaseCapacity", 100)
        is_spot = not percent and not distribution.get("OnDemandBaseCapacity")
    else:
        is_spot = bool(data.get("SpotPrice") or data.get("InstanceMarketOptions", {}).get("MarketType") == "spot")
    known = [] if None in types else list(dict.fromkeys(types))
    return Launches(source, known, is_spot, sorted(group.get("AvailabilityZones", [])))
