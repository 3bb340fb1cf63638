# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Auto Scaling group of a spot fleet: what it should be, what it is, and the two brought together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.aws import ClientError, error_code, error_text, tag_dict
from ..core.context import Context
from ..core.waiting import poll

STRATEGY = "price-capacity-optimized"
# Balancing the zones would terminate workers in the middle of a job.
SUSPENDED = "AZRebalance"


def read(context: Context, name: str) -> dict[str, Any] | None:
    """Describe a group (an element of DescribeAutoScalingGroups)."""
    answer = context.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return next(iter(answer["AutoScalingGroups"]), None)


def is_being_deleted(group: Mapping[str, Any]) -> bool:
    """Say whether the group is being deleted: it is listed until its last instance has terminated."""
    return str(group.get("Status", "")).startswith("Delete")


def is_at_zero(group: Mapping[str, Any], limit: int = 0) -> bool:
    """Say whether the group is at rest; a run that raises one never asks for that.

    Args:
        limit: its maximum then; 0: it may have no instance at all.
    """
    return group.get("MaxSize") == 0 or (group.get("DesiredCapacity") == 0 and group.get("MaxSize", 0) == limit)


def wanted(
    *, template_id: str, version: str, types: Sequence[str], count: int, subnets: Sequence[str], bid: str | None
) -> dict[str, Any]:
    """Write the group as CreateAutoScalingGroup takes it, without name and tags.

    Spot only, from the pools that are both cheap and deep. Capacity rebalancing stays off: it would end a busy worker
    on a mere risk of interruption; ECS drains on the interruption notice itself.
    """
    distribution: dict[str, Any] = {
        "OnDemandBaseCapacity": 0,
        "OnDemandPercentageAboveBaseCapacity": 0,
        "SpotAllocationStrategy": STRATEGY,
    }
    if bid:
        distribution["SpotMaxPrice"] = bid
    return {
        "MinSize": 0,
        "MaxSize": count,
        "DesiredCapacity": count,
        "VPCZoneIdentifier": ",".join(subnets),
        "HealthCheckType": "EC2",
        "CapacityRebalance": False,
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": template_id, "Version": version},
                "Overrides": [{"InstanceType": each} for each in types],
            },
            "InstancesDistribution": distribution,
        },
    }


def summary(group: Mapping[str, Any]) -> dict[str, Any]:
    """Give the part that matters of a desired or described group, in one shape for comparing and for the diff."""
    policy = group.get("MixedInstancesPolicy") or {}
    launch, distribution = policy.get("LaunchTemplate", {}), policy.get("InstancesDistribution", {})
    specification = launch.get("LaunchTemplateSpecification", {})
    return {
        "DesiredCapacity": group["DesiredCapacity"],
        "MaxSize": group["MaxSize"],
        "MinSize": group["MinSize"],
        "InstanceTypes": [each.get("InstanceType") for each in launch.get("Overrides", [])],
        "LaunchTemplateVersion": specification.get("Version"),
        "OnDemandPercentageAboveBaseCapacity": distribution.get("OnDemandPercentageAboveBaseCapacity"),
        "SpotAllocationStrategy": distribution.get("SpotAllocationStrategy"),
        "SpotMaxPrice": distribution.get("SpotMaxPrice") or "on-demand price",
        "Subnets": sorted(each for each in group.get("VPCZoneIdentifier", "").split(",") if each),
        "SuspendedProcesses": sorted(each["ProcessName"] for each in group.get("SuspendedProcesses", [])),
    }


def settled(desired: Mapping[str, Any]) -> dict[str, Any]:
    """Give ``desired`` as it will be described, with what takes a call of its own."""
    return {**desired, "SuspendedProcesses": [{"ProcessName": SUSPENDED}]}


def current_bid(group: Mapping[str, Any] | None) -> str | None:
    """Read what an existing group bids."""
    policy = (group or {}).get("MixedInstancesPolicy") or {}
    return policy.get("InstancesDistribution", {}).get("SpotMaxPrice") or None


def ensure(
    context: Context,
    name: str,
    desired: dict[str, Any],
    tags: dict[str, str],
    existing: Mapping[str, Any] | None,
    before_raise: Callable[[], None],
) -> None:
    """Create the group, or bring an existing one to ``desired``.

    Args:
        before_raise: called while a new group has no instance yet: what must be there before it bills.
    """
    client = context.client("autoscaling")
    if existing is None:
        marks = [{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()]

        def created() -> dict[str, Any] | None:
            found = read(context, name)
            is_ours = found is not None and tags.items() <= tag_dict(found.get("Tags")).items()
            return {} if found and is_ours and not is_being_deleted(found) else None

        empty = {**desired, "DesiredCapacity": 0}
        client.unless(created).create_auto_scaling_group(AutoScalingGroupName=name, Tags=marks, **empty)
    suspended = {each["ProcessName"] for each in (existing or {}).get("SuspendedProcesses", [])}
    if SUSPENDED not in suspended:
        client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=[SUSPENDED])
    before_raise()
    if existing is None or summary(existing) != summary(settled(desired)):
        # an empty text is how a bid set before is taken back
        desired["MixedInstancesPolicy"]["InstancesDistribution"].setdefault("SpotMaxPrice", "")
        client.update_auto_scaling_group(AutoScalingGroupName=name, **desired)


def resize(context: Context, name: str, count: int, limit: int) -> None:
    """Raise a group to a number of instances, and its maximum to ``limit``."""
    sizes = {"MinSize": 0, "MaxSize": limit, "DesiredCapacity": count}
    context.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=name, **sizes)


def delete(context: Context, name: str, timeout: float) -> None:
    """Delete the group with its instances; one already deleted is fine, one that is busy scaling is tried again."""

    def accepted() -> bool | None:
        try:
            context.client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        except ClientError as error:
            if error_code(error) in ("ScalingActivityInProgress", "ResourceInUse"):
                return None
            if "not found" not in error_text(error).lower():
                raise
        return True

    poll(context, accepted, what=f"Auto Scaling group {name} to finish a scaling activity", timeout=timeout)


def failed_activities(context: Context, name: str, count: int = 3) -> list[str]:
    """Give why the latest launches failed, newest first: no spot capacity, a bid too low, a quota."""
    answer = context.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=name, MaxRecords=20)
    failed = [each for each in answer["Activities"] if each["StatusCode"] in ("Failed", "Cancelled")]
    reasons = [each.get("StatusMessage") or each.get("Description") or each["StatusCode"] for each in failed]
    return list(dict.fromkeys(reasons))[:count]
