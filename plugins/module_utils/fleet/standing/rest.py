# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a standing group is at rest and nobody else's: only the run that borrows it may scale it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.aws import tag_dict
from ...core.context import Context
from ...core.errors import Foreign, NotFound, Refused
from ...core.names import Names
from ...core.text import count
from ...ecs.definitions.revisions import ENVIRONMENT_TAG
from ...record import standing
from .. import group as spot_group

VARIABLE = standing.VARIABLES[standing.GROUP]
# Without them a group neither scales up nor down ("Suspend and resume processes", EC2 Auto Scaling User Guide).
NEEDED = {
    "Launch": "it would launch no instance",
    "Terminate": "its instances would never end",
    "ScheduledActions": "its dead man's switch would not work",
}


def existing(context: Context, name: str) -> dict[str, Any]:
    """Describe the group.

    Raises:
        NotFound: there is none of that name, or it is being deleted.
        Foreign: a run made it.
    """
    group = spot_group.read(context, name)
    if group is None or spot_group.is_being_deleted(group):
        state = "is being deleted" if group else "does not exist in this region"
        raise NotFound(f"{VARIABLE} is {name!r}: that Auto Scaling group {state}. Name one that stays, or none.")
    environment = tag_dict(group.get("Tags")).get(ENVIRONMENT_TAG)
    if environment:
        raise Foreign(
            f"{VARIABLE} is {name!r}, a group that a run of {environment} made and deletes. Name one that stays, or"
            " none."
        )
    return group


def check(context: Context, group: Mapping[str, Any], hours: int) -> None:
    """Make sure that a group may be borrowed: it is at rest, scales, and nothing but the run scales it.

    Args:
        hours: after which the account scales it back without a controller; 0: never.

    Raises:
        Refused: it may not; the message has all reasons.
    """
    reasons = [*_not_at_rest(group), *_suspended(group, hours), *_others(context, group["AutoScalingGroupName"])]
    if reasons:
        raise Refused(
            f"{VARIABLE} is {group['AutoScalingGroupName']!r}, which cannot be used: {'; '.join(reasons)}."
            " Wait until it is at rest, or use another group, or leave the variable empty for a group of the run's own."
        )


def _not_at_rest(group: Mapping[str, Any]) -> list[str]:
    instances = len(group.get("Instances", []))
    found = [f"its desired capacity is {group['DesiredCapacity']}, not 0"] if group["DesiredCapacity"] else []
    found += [f"its minimum is {group['MinSize']}, not 0"] if group["MinSize"] else []
    return found + ([f"it has {count(instances, 'instance')}"] if instances else [])


def _suspended(group: Mapping[str, Any], hours: int) -> list[str]:
    names = [each["ProcessName"] for each in group.get("SuspendedProcesses", [])]
    return [
        f"its process {name} is suspended, so {why}"
        for name, why in NEEDED.items()
        if name in names and (hours or name != "ScheduledActions")
    ]


def _others(context: Context, name: str) -> list[str]:
    """Find what else scales the group: policies, those of an ECS capacity provider among them, and schedules."""
    client = context.client("autoscaling")
    policies = client.describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]
    scheduled = client.describe_scheduled_actions(AutoScalingGroupName=name)["ScheduledUpdateGroupActions"]
    found = [f"the scaling policy {each['PolicyName']} scales it" for each in policies if each.get("Enabled", True)]
    return found + [
        f"the scheduled action {each['ScheduledActionName']} scales it"
        for each in scheduled
        if each["ScheduledActionName"] != Names.UNATTENDED
    ]
