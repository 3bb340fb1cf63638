# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for a spot fleet: until it has joined the cluster, or until it has left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..core.aws import AWS_ERRORS, ClientError, why_unread
from ..core.context import Context
from ..core.errors import DeadlineExceeded, NotFound
from ..core.result import Result
from ..core.waiting import poll
from ..ecs.capacity_fit import instance_type
from ..ecs.container_instances import list_instances
from . import group as spot_group
from . import unattended

LOOK_AT_ACTIVITIES = 60.0  # seconds between looks for failed launches
DEREGISTER_AFTER = 30.0  # seconds ECS gets to notice a terminated instance by itself


class Arrival:
    """Watches instances come up in the group and register with the cluster.

    Args:
        raise_again: raises the group where it was set to 0 meanwhile.
    """

    def __init__(
        self, context: Context, group: str, cluster: str, count: int, raise_again: Callable[[], bool] = lambda: False
    ) -> None:
        self.context, self.group, self.cluster, self.count = context, group, cluster, count
        self._raise_again = raise_again
        self.registered: list[dict[str, Any]] = []
        self._launched: set[str] = set()
        self.failures: list[str] = []
        self._unread = ""
        self._looked = context.clock()

    def wait(self, timeout: float) -> bool:
        """Wait until ``count`` instances are registered; False when time ran out before."""
        what = f"{self.count} instances of {self.group} in cluster {self.cluster}"
        try:
            return poll(self.context, self._read, what=what, timeout=timeout, interval=1.0)
        except DeadlineExceeded:
            self.failures = self._failed_launches()
            return False

    def why(self) -> str:
        """Say why instances are missing, as far as the group tells; empty: it tells nothing."""
        if self._unread:
            return f" Whether launches failed could not be read: {self._unread}."
        return f" Launches failed: {'; '.join(self.failures)}" if self.failures else ""

    def _failed_launches(self) -> list[str]:
        """Read why launches failed; that explains another failure, so it is none itself that it cannot be read."""
        try:
            return spot_group.failed_activities(self.context.briefly(), self.group)
        except AWS_ERRORS as error:
            self._unread = why_unread(error)
            return []

    def _read(self) -> bool | None:
        group = spot_group.read(self.context, self.group)
        if group is None:
            raise NotFound(f"Auto Scaling group {self.group} was deleted while its instances were awaited.")
        if group.get("DesiredCapacity") == 0:
            self._raise_again()
        launched = {each["InstanceId"] for each in group["Instances"] if each["LifecycleState"] == "InService"}
        for instance in sorted(launched - self._launched):
            self.context.progress.detail(f"spot capacity {self.group}: {instance} is in service")
        self._launched |= launched
        if launched:
            members = list_instances(self.context, self.cluster, status="ACTIVE")
            self.registered = [
                each for each in members if each.get("ec2InstanceId") in launched and each.get("agentConnected")
            ]
        self._report(len(group["Instances"]))
        return True if len(self.registered) >= self.count else None

    def _report(self, launched: int) -> None:
        arrived, now = len(self.registered), self.context.clock()
        self.context.progress.status(
            f"{self.group}: {arrived} of {self.count} instances registered, {launched} launched",
            arrived / self.count,
        )
        if launched < self.count and now - self._looked >= LOOK_AT_ACTIVITIES:
            self._looked = now
            for reason in self._failed_launches():
                if reason not in self.failures:
                    self.failures.append(reason)
                    self.context.progress.line(f"spot capacity {self.group}: a launch failed: {reason}")

    def instances(self) -> list[dict[str, str]]:
        """List what is registered: EC2's id and type, and the container instance's ARN."""
        return [
            {
                "instance_id": each["ec2InstanceId"],
                "instance_type": instance_type(each),
                "container_instance_arn": each["containerInstanceArn"],
            }
            for each in self.registered
        ]


def await_arrival(context: Context, params: Mapping[str, Any], result: Result, types: Sequence[str]) -> None:
    """Wait for a fleet, and write into ``result`` what came.

    Args:
        params: of spot_capacity.
        types: instance types; empty: not known.

    Raises:
        DeadlineExceeded: fewer than ``minimum`` instances came.
    """
    raise_again = partial(unattended.raise_again, context, params["environment"], idle=True)
    arrival = Arrival(context, params["name"], params["cluster"], params["count"], raise_again)
    complete = arrival.wait(params["timeout"])
    came, kinds = len(arrival.registered), f" of {' or '.join(types)}" if types else ""
    result.values["instances"] = arrival.instances()
    result.values["message"] = result.done = f"{came} of {params['count']} instances{kinds} registered"
    if complete:
        return
    joined = f"{came} of {params['count']} spot instances joined {params['cluster']} in {params['timeout']} seconds."
    text = joined + arrival.why()
    if came < params["minimum"]:
        remedy = (
            " Give them more time (ingest_capacity_timeout), name other types (ingest_instance_types), or bid more"
            " (ingest_spot_max_price)."
        )
        raise DeadlineExceeded(f"Only {text.removesuffix('.')}.{remedy}", activities=arrival.failures)
    result.warnings.append(f"{text} Continuing with those.")


class Departure:
    """Watches the group, its instances and their registrations disappear.

    There is no draining first: the service of the workers is deleted before the fleet is.

    Args:
        stays: the group is not ours and is not deleted.
    """

    def __init__(self, context: Context, group: str, cluster: str, stays: bool = False) -> None:
        self.context, self.group, self.cluster, self._stays = context, group, cluster, stays
        self.instances: list[str] = []
        self._terminated_at: float | None = None

    def find(self) -> dict[str, str]:
        """Find what the group launched, by the tag EC2 Auto Scaling sets; terminated ones stay visible for an hour."""
        pages = (
            self.context.client("ec2")
            .get_paginator("describe_instances")
            .paginate(Filters=[{"Name": "tag:aws:autoscaling:groupName", "Values": [self.group]}])
        )
        found = [each for page in pages for group in page["Reservations"] for each in group["Instances"]]
        self.instances = [each["InstanceId"] for each in found]
        return {each["InstanceId"]: each["State"]["Name"] for each in found}

    def left_in_cluster(self) -> list[str]:
        """List the container instances (ARNs) of instances found before."""
        try:
            members = list_instances(self.context, self.cluster) if self.instances else []
        except NotFound:
            return []  # a deleted cluster has no registrations
        return [each["containerInstanceArn"] for each in members if each.get("ec2InstanceId") in self.instances]

    def wait(self, timeout: float) -> None:
        """Wait until nothing of the fleet is left.

        Raises:
            DeadlineExceeded: something is left, and may still be billed.
        """
        poll(
            self.context,
            self._read,
            what=f"the spot instances of {self.group} to terminate",
            timeout=timeout,
            interval=0.5,
        )

    def _read(self) -> bool | None:
        group = spot_group.read(self.context, self.group)
        alive = [name for name, state in self.find().items() if state != "terminated"]
        self.context.progress.status(f"{self.group}: {len(alive)} instances left to terminate")
        if alive or (group and (group["Instances"] if self._stays else True)):
            return None
        left = self.left_in_cluster()
        if not left:
            return True
        self._deregister_late(left)
        return None

    def _deregister_late(self, arns: list[str]) -> None:
        """Deregister what ECS does not by itself: instances whose agent had lost its connection."""
        now = self.context.clock()
        if self._terminated_at is None:
            self._terminated_at = now
        if now - self._terminated_at < DEREGISTER_AFTER:
            return
        for arn in arns:
            try:
                self.context.client("ecs").deregister_container_instance(
                    cluster=self.cluster, containerInstance=arn, force=True
                )
            except ClientError as error:
                self.context.progress.line(f"{arn} could not be deregistered: {error}")
