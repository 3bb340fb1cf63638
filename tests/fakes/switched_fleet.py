"""A fleet with the action that ends it: time passes, and the account carries the action out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.fleet import unattended
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import BEGAN, FakeSsm

GROUP = "ingest-staging-spot"
PARAMETER = "/climate.ingest/staging/unattended"


class SwitchedFleet:
    """A group of three with an action in 12 hours, as run staging-1 raised it.

    Attributes:
        group: as described; None: there is none.
        due: when the action is carried out; None: nothing is scheduled.
    """

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.ssm, self.memo = aws, FakeSsm(aws), Memo()
        self.group: dict[str, Any] | None = {"AutoScalingGroupName": GROUP, "MinSize": 0, "MaxSize": 3}
        self.due: datetime | None = None
        self.activities: list[dict[str, Any]] = []
        aws.on("DescribeAutoScalingGroups", lambda params: {"AutoScalingGroups": self._groups()})
        aws.on("DescribeScheduledActions", lambda params: {"ScheduledUpdateGroupActions": self._actions()})
        aws.on("DescribeScalingActivities", lambda params: {"Activities": self.activities})
        aws.on("PutScheduledUpdateGroupAction", self._put)
        aws.on("DeleteScheduledAction", self._delete)
        aws.on("UpdateAutoScalingGroup", self._update)

    def context(self, **more: Any) -> Context:
        """Give what a task of the play works with; all share the memo."""
        return replace(self.ssm.context(**{"memo": self.memo, **more}), run_id="staging-1")

    def raised(self, hours: int = 12) -> SwitchedFleet:
        """Arm the switch as spot_capacity does, and forget the calls."""
        params = {"name": GROUP, "environment": "staging", "count": 3, "unattended_hours": hours}
        unattended.begin(self.context(), params, None, None)
        self.aws.calls.clear()
        self.aws.progress.lines.clear()
        return self

    def fire(self, instances: int = 3) -> None:
        """Carry the action out, now."""
        assert self.group is not None
        at = f"{self.now:%Y-%m-%dT%H:%M:%SZ}"
        cause = (
            f"At {at} a scheduled action update of AutoScalingGroup constraints to min: 0, max: 0, desired: 0 changing"
            f" the desired capacity from {instances} to 0.  At {at} an instance was taken out of service."
        )
        self.activities = [{"Cause": cause}] * instances
        self.group["MaxSize"], self.due = 0, None

    def pass_hours(self, hours: float) -> None:
        """Let time pass."""
        self.aws.now += hours * 3600

    @property
    def now(self) -> datetime:
        """The time of day."""
        return BEGAN + timedelta(seconds=self.aws.now)

    @property
    def kept(self) -> dict[str, Any]:
        """What the account keeps of it."""
        return dict(self.ssm.parameters[PARAMETER])

    def calls(self) -> Sequence[str]:
        """Give the operations called."""
        return [name for name, _params in self.aws.calls]

    def _groups(self) -> list[dict[str, Any]]:
        return [self.group] if self.group else []

    def _actions(self) -> list[dict[str, Any]]:
        return [{"StartTime": self.due}] if self.due else []

    def _put(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.group is None:
            raise Refusal("ValidationError", "AutoScalingGroup name not found - null")
        assert params["StartTime"] > self.now
        assert [params[each] for each in ("MinSize", "MaxSize", "DesiredCapacity")] == [0, 0, 0]
        self.due = params["StartTime"]
        return {}

    def _delete(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.due is None:
            raise Refusal("ValidationError", "Scheduled action name not found")
        self.due = None
        return {}

    def _update(self, params: dict[str, Any]) -> dict[str, Any]:
        assert self.group is not None
        self.group |= {"MaxSize": params["MaxSize"], "DesiredCapacity": params["DesiredCapacity"]}
        return {}
