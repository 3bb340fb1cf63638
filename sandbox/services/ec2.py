"""EC2 and Auto Scaling where moto has too little: changing spot prices, why an instance ended, accounts without launch
configurations.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import islice
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES
from moto.ec2.models.instances import Instance
from moto.ec2.responses.spot_instances import SpotInstances

from sandbox.runtime import Runtime
from sandbox.services.moto_patches import replace

# US dollars an hour on demand, Linux, us-east-1: by vCPU, and by GiB for the burstable families
_BY_VCPU = {"m4": 0.05, "m5": 0.048, "m5a": 0.043, "m6i": 0.048, "c4": 0.0498, "c5": 0.0425, "r4": 0.0665, "r5": 0.063}
_BY_GIB = {"t2": 0.0116, "t3": 0.0104, "t3a": 0.0094}
_WINDOWS_BY_VCPU = 0.046
_PRODUCTS = ("Linux/UNIX", "Windows")
_LONGEST_HISTORY = 90 * 86_400  # seconds, as EC2 keeps it
_MOST_STEPS = 1_000  # of a short step the history would never end
_LARGEST_PAGE = 1_000


def install(runtime: Runtime) -> None:
    """Replace moto's answers until the sandbox ends.

    Args:
        runtime: the sandbox; ``launch_configurations`` and the time between prices are read at each call.
    """
    create_launch_configuration = AutoScalingResponse.create_launch_configuration

    def guarded(self: AutoScalingResponse) -> ActionResult:
        if not runtime.settings.launch_configurations:
            raise AutoscalingClientError(
                "UnsupportedOperation",
                "The Launch Configuration creation operation is not available in your account. Use launch templates to "
                "create configuration templates for your Auto Scaling groups.",
            )
        return create_launch_configuration(self)

    def describe_spot_price_history(self: SpotInstances) -> ActionResult:
        self.error_on_dryrun()
        step = runtime.timing.delay("spot_price_step")
        return ActionResult(_answer(self._get_params(), self._filters_from_querystring(), step))

    replace(AutoScalingResponse, "create_launch_configuration", guarded)
    replace(SpotInstances, "describe_spot_price_history", describe_spot_price_history)
    # moto makes a backend anew, with 1,301 AMIs, and throws it away
    replace(EC2Backend, "reset", lambda self: None)
    replace(Instance, "state_transition_reason", property(_state_transition_reason))
    replace(Instance, "spot_instance_request_id", property(_spot_instance_request_id))


def _state_transition_reason(instance: Instance) -> str:
    """Give the reason with the time zone as EC2 writes it: ``User initiated (2026-11-24 19:00:00 GMT)``."""
    return str(instance._reason or "").replace(" UTC)", " GMT)")


def _spot_instance_request_id(instance: Instance) -> str | None:
    """Give the id of the request that a spot instance came of; others have none."""
    if instance.lifecycle != "spot":
        return None
    return f"sir-{hashlib.sha256(instance.id.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Market:
    """Where one spot price is made: an instance type in a zone, for a product."""

    instance_type: str
    zone: str
    product: str

    def _share(self, *more: object) -> float:
        """Give a number in 0..1 that is always the same for the same market."""
        digest = hashlib.sha256("|".join(map(str, (self.instance_type, self.zone, *more))).encode()).digest()
        return int.from_bytes(digest[:4], "big") / 0xFFFFFFFF

    def changed(self, index: int, step: float) -> float:
        """Give when the index-th price came into force, seconds since the epoch; each market has its own moment."""
        return (index + self._share("phase")) * step

    def price(self, index: int) -> float:
        """Give the index-th price, US dollars an hour: 25 to 45 % of the price on demand."""
        share = 0.28 + 0.14 * self._share("level") + 0.06 * (self._share("change", index) - 0.5)
        return on_demand_price(self.instance_type, self.product) * share


def on_demand_price(instance_type: str, product: str = "Linux/UNIX") -> float:
    """Give the price on demand, US dollars an hour; near AWS's own for the common families.

    Args:
        instance_type: e.g. ``m4.2xlarge``.
        product: as the price history names it.
    """
    about = INSTANCE_TYPES[instance_type]
    vcpus, gib = about["VCpuInfo"]["DefaultVCpus"], about["MemoryInfo"]["SizeInMiB"] / 1024
    family = instance_type.partition(".")[0]
    price = _BY_GIB[family] * gib if family in _BY_GIB else _BY_VCPU.get(family, 0.05) * vcpus
    return price + (_WINDOWS_BY_VCPU * vcpus if product.startswith("Windows") else 0)


def _answer(parameters: Mapping[str, Any], filters: Mapping[str, Sequence[str]], step: float) -> dict[str, Any]:
    now, skip = _resume(parameters.get("NextToken"))
    start = min(_seconds(parameters.get("StartTime"), default=0.0), now)
    start = max(start, now - min(_LONGEST_HISTORY, _MOST_STEPS * step))
    end = min(_seconds(parameters.get("EndTime"), default=now), now)
    size = min(int(parameters.get("MaxResults") or _LARGEST_PAGE), _LARGEST_PAGE)
    entries = list(islice(_history(_markets(parameters, filters), step, start, end), skip, skip + size + 1))
    more = len(entries) > size
    return {"SpotPriceHistory": entries[:size], "NextToken": _token(now, skip + size) if more else ""}


def _history(markets: Sequence[Market], step: float, start: float, end: float) -> Iterator[dict[str, Any]]:
    """Give the prices of a span, newest first, those in force when it starts included."""
    latest_first = sorted(markets, key=lambda market: market.changed(0, step), reverse=True)
    for index in range(int(end // step), int(start // step) - 2, -1):
        for market in latest_first:
            changed = market.changed(index, step)
            if changed <= end and market.changed(index + 1, step) > start:
                yield {
                    "InstanceType": market.instance_type,
                    "AvailabilityZone": market.zone,
                    "ProductDescription": market.product,
                    "SpotPrice": f"{market.price(index):.6f}",
                    "Timestamp": datetime.fromtimestamp(changed, UTC).replace(microsecond=0),
                }


def _markets(parameters: Mapping[str, Any], filters: Mapping[str, Sequence[str]]) -> list[Market]:
    types = parameters.get("InstanceTypes")
    products = [product.removesuffix(" (Amazon VPC)") for product in parameters.get("ProductDescriptions") or _PRODUCTS]
    zone = parameters.get("AvailabilityZone")
    markets = [
        Market(offering["InstanceType"], offering["Location"], product)
        for offering in INSTANCE_TYPE_OFFERINGS["availability-zone"]["us-east-1"]
        for product in _PRODUCTS
        if (not types or offering["InstanceType"] in types)
        and product in products
        and zone in (None, offering["Location"])
        and "spot" in INSTANCE_TYPES[offering["InstanceType"]]["SupportedUsageClasses"]
    ]
    return [market for market in markets if _passes(market, filters)]


def _passes(market: Market, filters: Mapping[str, Sequence[str]]) -> bool:
    values = {
        "availability-zone": market.zone,
        "instance-type": market.instance_type,
        "product-description": market.product,
    }
    for name, patterns in filters.items():
        if name not in values:
            raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
        allowed = [pattern.removesuffix(" (Amazon VPC)") for pattern in patterns]
        if not any(fnmatchcase(values[name], pattern) for pattern in allowed):
            return False
    return True


def _seconds(value: Any, default: float) -> float:
    if not value:
        return default
    when = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _token(now: float, skip: int) -> str:
    return base64.urlsafe_b64encode(f"{now!r} {skip}".encode()).decode()


def _resume(token: str | None) -> tuple[float, int]:
    """Give the moment the first page was asked for, and how much of the history was given since."""
    if not token:
        return datetime.now(UTC).timestamp(), 0
    try:
        now, skip = base64.urlsafe_b64decode(token).split()
        return float(now), int(skip)
    except (ValueError, binascii.Error) as error:
        raise EC2ClientError("InvalidNextToken", "The specified NextToken is invalid") from error
