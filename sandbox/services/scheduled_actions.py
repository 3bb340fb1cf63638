"""Scheduled actions of Auto Scaling groups: AWS's refusals, and each action carried out once when its time has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend, FakeScheduledAction

MOST = 125  # of a group (Amazon EC2 Auto Scaling quotas)
PROCESS = "ScheduledActions"  # suspended, it carries out none


class ScheduledActions(AutoScalingBackend):
    """The part of the backend that knows them. Actions that recur are not modelled, and refused."""

    def put_scheduled_update_group_action(
        self,
        name: str,
        desired_capacity: str | int | None,
        max_size: str | int | None,
        min_size: str | int | None,
        scheduled_action_name: str,
        start_time: Any,
        end_time: Any,
        recurrence: str | None,
        timezone: str | None,
    ) -> FakeScheduledAction:
        """Schedule an action, or change one: what is not given stays as it was (API reference)."""
        known = self._of(name).get(scheduled_action_name)
        sizes: list[int | None] = [
            None if each is None else int(each) for each in (desired_capacity, max_size, min_size)
        ]
        if known:
            before = (known.desired_capacity, known.max_size, known.min_size)
            sizes = [old if new is None else new for new, old in zip(sizes, before, strict=True)]
        start = _moment(start_time) if start_time else known and known.start_time
        self._check(name, scheduled_action_name, sizes, start)
        if recurrence or not isinstance(start, datetime):
            raise ValidationError("the sandbox has no recurring actions: give a StartTime and no Recurrence")
        action = FakeScheduledAction(
            name, *sizes, scheduled_action_name, start, end_time and _moment(end_time), None, timezone
        )
        self.scheduled_actions[f"{name}\n{scheduled_action_name}"] = action
        return action

    def delete_scheduled_action(self, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
        """Delete an action; moto takes the name for unique among all groups."""
        if scheduled_action_name not in self._of(auto_scaling_group_name):
            raise ValidationError("Scheduled action name not found")
        del self.scheduled_actions[f"{auto_scaling_group_name}\n{scheduled_action_name}"]

    def forget_scheduled_actions(self, group: str) -> None:
        """Forget the actions of a group that is deleted."""
        for name in self._of(group) if group in self.autoscaling_groups else ():
            del self.scheduled_actions[f"{group}\n{name}"]

    def carry_out_scheduled_actions(self) -> None:
        """Carry out what is due, earliest first; an action is gone then."""
        now = datetime.now(UTC)
        due = sorted((each.start_time, key) for key, each in self.scheduled_actions.items() if each.start_time <= now)
        for _start, key in due:
            action = self.scheduled_actions.pop(key)
            group = self.autoscaling_groups[action.auto_scaling_group_name]
            if PROCESS not in [each["ProcessName"] for each in group.suspended_processes]:
                group.carry_out(action.desired_capacity, action.max_size, action.min_size)

    def pass_time(self, seconds: float) -> None:
        """Bring the times of all actions nearer, as if so many seconds had passed."""
        for action in self.scheduled_actions.values():
            action.start_time -= timedelta(seconds=seconds)

    def _of(self, group: str) -> dict[str, FakeScheduledAction]:
        if group not in self.autoscaling_groups:
            raise ValidationError("AutoScalingGroup name not found - null")
        found = self.scheduled_actions.values()
        return {each.scheduled_action_name: each for each in found if each.auto_scaling_group_name == group}

    def _check(self, group: str, name: str, sizes: Sequence[int | None], start: datetime | None) -> None:
        others = {other: each for other, each in self._of(group).items() if other != name}
        desired, most, least = sizes
        if all(each is None for each in sizes):
            raise ValidationError("At least one of minSize, maxSize or desiredCapacity must be specified")
        if least is not None and most is not None and least > most:
            raise ValidationError("Min size must be less than or equal to max size")
        if desired is not None and not (least or 0) <= desired <= (desired if most is None else most):
            raise ValidationError("Desired capacity must be between min size and max size")
        if start and start <= datetime.now(UTC):
            raise ValidationError("Given start time is in the past")
        if len(others) >= MOST:
            raise AutoscalingClientError("LimitExceeded", f"Exceeded the limit of {MOST} scheduled actions of a group")
        if start in [each.start_time for each in others.values()]:
            raise AutoscalingClientError("AlreadyExists", "A scheduled action with this start time already exists")


def _moment(value: Any) -> datetime:
    """Read a time of a request, to the second."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).replace(microsecond=0)
