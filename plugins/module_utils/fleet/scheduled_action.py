# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scheduled action that sets a group to 0 instances at a time, unless it is moved before: a dead man's switch.

EC2 Auto Scaling carries it out by itself, up to two minutes late (User Guide, "Scheduled scaling"). One that has been
carried out is not described any more; what it did stays in the group's activities for six weeks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ..core.aws import ClientError, error_text
from ..core.context import Context
from ..core.names import Names

# the cause of a scaling activity, as the AWS knowledge center shows it ("Auto Scaling group scaled down")
FIRED = re.compile(
    r"At (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) a scheduled action update of AutoScalingGroup constraints to"
    r"\s+min: 0, max: \d+, desired: 0"
)
LATEST = 100  # activities; a page of DescribeScalingActivities


def put(context: Context, group: str, due: datetime, limit: int = 0) -> None:
    """Have the group set to 0 instances at a time; one that is scheduled already is moved there.

    Args:
        limit: the maximum it gets then.
        due: in the future: AWS refuses another ("Given start time is in the past").
    """
    context.client("autoscaling").put_scheduled_update_group_action(
        AutoScalingGroupName=group,
        ScheduledActionName=Names.UNATTENDED,
        StartTime=due.astimezone(UTC),
        MinSize=0,
        MaxSize=limit,
        DesiredCapacity=0,
    )


def remove(context: Context, group: str) -> None:
    """Take the action off the group; one that is not there is fine."""
    try:
        context.client("autoscaling").delete_scheduled_action(
            AutoScalingGroupName=group, ScheduledActionName=Names.UNATTENDED
        )
    except ClientError as error:
        if "not found" not in error_text(error).lower():
            raise


def read(context: Context, group: str) -> datetime | None:
    """Give when the group is set to 0; None: nothing is scheduled, or not any more, or there is no such group."""
    try:
        answer = context.client("autoscaling").describe_scheduled_actions(
            AutoScalingGroupName=group, ScheduledActionNames=[Names.UNATTENDED]
        )
    except ClientError as error:
        if "not found" not in error_text(error).lower():
            raise
        return None
    found = next(iter(answer["ScheduledUpdateGroupActions"]), None)
    return found["StartTime"].astimezone(UTC) if found else None


def fired(context: Context, group: str) -> datetime | None:
    """Give when the action was last carried out; None: no activity tells, as where there was no instance to end."""
    answer = context.client("autoscaling").describe_scaling_activities(AutoScalingGroupName=group, MaxRecords=LATEST)
    for activity in answer["Activities"]:
        found = FIRED.search(activity.get("Cause") or "")
        if found:
            return datetime.fromisoformat(found[1])
    return None
