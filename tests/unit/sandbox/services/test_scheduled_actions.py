"""Scheduled actions of Auto Scaling groups: refused where AWS refuses them, carried out when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.services import autoscaling
from tests.fakes.sandbox.ecs_world import World

NOTHING = {"MinSize": 0, "MaxSize": 0, "DesiredCapacity": 0}


def soon(hours: float = 12) -> datetime:
    return (datetime.now(UTC) + timedelta(hours=hours)).replace(microsecond=0)


def put(world: World, name: str = "end", group: str = "own", **settings: Any) -> None:
    world.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=group, ScheduledActionName=name, **{"StartTime": soon(), **NOTHING, **settings}
    )


def described(world: World, group: str = "own") -> list[dict[str, Any]]:
    answer = world.autoscaling.describe_scheduled_actions(AutoScalingGroupName=group)
    return list(answer["ScheduledUpdateGroupActions"])


def sizes(world: World, group: str = "own") -> tuple[int, int, int]:
    (found,) = world.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]
    return found["MinSize"], found["MaxSize"], found["DesiredCapacity"]


def test_it_is_described_until_it_is_carried_out_and_the_cause_is_told(world: World) -> None:
    world.group(count=2)
    world.instances(2)
    start = soon()
    put(world, StartTime=start)
    (action,) = described(world)
    assert (action["ScheduledActionName"], action["StartTime"]) == ("end", start)
    autoscaling.pass_time(11 * 3600)
    assert described(world) and sizes(world) == (0, 50, 2)
    autoscaling.pass_time(1.1 * 3600)
    world.instances(0)
    assert sizes(world) == (0, 0, 0) and described(world) == []
    activities = world.autoscaling.describe_scaling_activities(AutoScalingGroupName="own")["Activities"]
    ended = [each for each in activities if each["Description"].startswith("Terminating")]
    assert len(ended) == 2
    for each in ended:
        words = "a scheduled action update of AutoScalingGroup constraints to min: 0, max: 0, desired: 0"
        assert f"Z {words} changing the desired capacity from 2 to 0." in each["Cause"]


def test_the_same_name_moves_it_and_keeps_what_is_not_given(world: World) -> None:
    world.group()
    put(world)
    world.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName="own", ScheduledActionName="end", StartTime=soon(24)
    )
    (action,) = described(world)
    assert action["StartTime"] >= soon(23) and (action["MaxSize"], action["DesiredCapacity"]) == (0, 0)
    autoscaling.pass_time(13 * 3600)
    autoscaling.carry_out_scheduled_actions()
    assert sizes(world) == (0, 50, 1)


def test_the_capacity_is_kept_between_new_bounds(world: World) -> None:
    world.group(count=2)
    world.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName="own", ScheduledActionName="less", StartTime=soon(), MaxSize=1
    )
    autoscaling.pass_time(13 * 3600)
    world.instances(1)
    assert sizes(world) == (0, 1, 1)


def test_two_groups_may_have_actions_of_one_name_and_each_goes_with_its_group(world: World) -> None:
    for group in ("own", "other"):
        world.group(group)
        put(world, group=group)
    world.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="own", ForceDelete=True)
    assert described(world, "own") == [] and len(described(world, "other")) == 1
    autoscaling.pass_time(13 * 3600)
    world.until(lambda: sizes(world, "other") == (0, 0, 0))


def test_a_group_made_anew_has_none_of_the_former(world: World) -> None:
    world.group()
    put(world)
    world.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="own", ForceDelete=True)
    world.ec2.delete_launch_template(LaunchTemplateName="own")
    world.group()
    assert described(world) == []


def test_one_that_is_deleted_does_nothing(world: World) -> None:
    world.group()
    put(world)
    world.autoscaling.delete_scheduled_action(AutoScalingGroupName="own", ScheduledActionName="end")
    autoscaling.pass_time(13 * 3600)
    autoscaling.carry_out_scheduled_actions()
    assert sizes(world) == (0, 50, 1)


def test_a_group_whose_process_is_suspended_carries_out_none(world: World) -> None:
    world.group()
    put(world)
    world.autoscaling.suspend_processes(AutoScalingGroupName="own", ScalingProcesses=["ScheduledActions"])
    autoscaling.pass_time(13 * 3600)
    autoscaling.carry_out_scheduled_actions()
    assert sizes(world) == (0, 50, 1)


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"group": "none"}, "ValidationError", "AutoScalingGroup name not found"),
        ({"StartTime": datetime(2020, 1, 1, tzinfo=UTC)}, "ValidationError", "Given start time is in the past"),
        ({"MinSize": 2, "MaxSize": 1, "DesiredCapacity": 1}, "ValidationError", "Min size"),
        ({"DesiredCapacity": 1}, "ValidationError", "Desired capacity"),
        ({"Recurrence": "0 0 * * *"}, "ValidationError", "no recurring actions"),
        ({"name": "second"}, "AlreadyExists", "with this start time already exists"),
    ],
)
def test_what_aws_refuses(world: World, settings: dict[str, Any], code: str, message: str) -> None:
    world.group()
    start = soon()
    put(world, StartTime=start)
    with pytest.raises(ClientError, match=message) as refused:
        put(world, **{"StartTime": start, **settings})
    assert refused.value.response["Error"]["Code"] == code
    assert [each["ScheduledActionName"] for each in described(world)] == ["end"]


def test_a_group_has_125_at_most(world: World) -> None:
    world.group()
    for number in range(125):
        put(world, f"action-{number}", StartTime=soon(number + 1))
    put(world, "action-0", StartTime=soon(0.5))
    with pytest.raises(ClientError, match="LimitExceeded"):
        put(world, "one-more", StartTime=soon(200))


def test_deleting_what_is_not_there_is_refused(world: World) -> None:
    world.group()
    with pytest.raises(ClientError, match="Scheduled action name not found"):
        world.autoscaling.delete_scheduled_action(AutoScalingGroupName="own", ScheduledActionName="end")
