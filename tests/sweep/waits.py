"""Reads in a wait that fail for minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.proxy import OUTAGE
from tests.faults.rules import Fault, Rule

SECONDS = OUTAGE
FAULTS = (Fault.THROTTLE, Fault.ERROR, Fault.RESET_BEFORE, Fault.DELAY, Fault.BLACK_HOLE, Fault.CUT)
LONGEST_RUN = 3600.0


@dataclass(frozen=True)
class Wait:
    """What a run waits for, and the read that tells it.

    Attributes:
        what: is waited for.
        operation: pattern of the reads, and for the lock of the changes.
        after: the call that it waits after.
        wait: seconds after that call until the fault begins; the drains of the run last longer.
    """

    what: str
    operation: str
    after: str
    wait: float = 0.0

    def rule(self, fault: Fault) -> Rule:
        """Give what the proxy does in this wait."""
        if fault is Fault.CUT:  # the proxy knows for how long
            return Rule(fault, self.operation, after=self.after, wait=self.wait)
        return Rule(fault, self.operation, times=None, seconds=SECONDS, after=self.after, wait=self.wait)


def variables(waits: Sequence[Wait]) -> dict[str, int]:
    """Give the variables of a run in which these waits can be: drains as long as a fault begins late."""
    late = max(wait.wait for wait in waits)
    return {"ingest_drain_stable_seconds": int(late + 10)} if late else {}


WAITS = (
    Wait("the end of a command", "ecs.DescribeTasks", "ecs.RunTask"),
    Wait("the log of a command", "logs.*", "ecs.RunTask"),
    Wait("the group", "autoscaling.DescribeAutoScalingGroups", "autoscaling.CreateAutoScalingGroup"),
    Wait("the arrival of its instances", "ecs.ListContainerInstances", "autoscaling.CreateAutoScalingGroup"),
    Wait("the database", "rds.DescribeDBInstances", "rds.ModifyDBInstance"),
    Wait("the workers", "ecs.DescribeServices", "ecs.CreateService"),
    Wait("the queue", "sqs.GetQueueAttributes", "ecs.CreateService"),
    Wait("the drain, meanwhile the lock", "ssm.*", "ecs.DeleteService", 250.0),
    Wait("the end of the workers", "ecs.ListTasks", "ecs.DeleteService"),
    Wait("the end of the group", "autoscaling.*", "autoscaling.DeleteAutoScalingGroup"),
)
# what is tried in one run
TOGETHER = tuple([each for each in WAITS if bool(each.wait) is late] for late in (False, True))
