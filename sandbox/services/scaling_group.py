"""An Auto Scaling group that launches what it asks for, and records what it does and why."""

from __future__ import annotations

import math
import threading
import uuid
from collections import Counter
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

from moto.autoscaling import models
from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup

from sandbox.runtime import Runtime

NO_SPOT = (
    "Could not launch Spot Instances. UnfulfillableCapacity - There is no Spot capacity available that matches your "
    "request. Launching EC2 instance failed."
)
# Groups are changed by requests and by the data plane's thread.
LOCK = threading.RLock()


class Group(FakeAutoScalingGroup):
    """A group that launches what its launch configuration, template or mixed instances policy asks for.

    Weighted capacity is not modelled: an instance is a unit of capacity.
    """

    runtime: Runtime
    instance_states: list[models.InstanceState]
    min_size: int | None
    max_size: int | None
    cause = ""  # of the activities that a scheduled action brings about

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Launch or terminate instances; of spot instances no more come than the settings allow."""
        with LOCK:
            self.desired_capacity = self.min_size if new_capacity is None else new_capacity
            surplus = len(self.active_instances()) - (self.desired_capacity or 0)
            if surplus > 0:
                self._terminate(surplus)
            elif surplus < 0:
                self.replace_autoscaling_group_instances(-surplus, self.get_propagated_tags())
            if self.name in self.autoscaling_backend.autoscaling_groups:
                self.autoscaling_backend.update_attached_elbs(self.name)
                self.autoscaling_backend.update_attached_target_groups(self.name)

    def carry_out(self, desired: int | None, most: int | None, least: int | None) -> None:
        """Take the sizes of a scheduled action; the capacity is kept between the bounds, as AWS does."""
        with LOCK:
            before = self.desired_capacity or 0
            self.min_size = self.min_size if least is None else least
            self.max_size = self.max_size if most is None else most
            wanted = max(self.min_size or 0, min(before if desired is None else desired, self.max_size or 0))
            at = _at(datetime.now(UTC))
            # as in the AWS knowledge center, "My Auto Scaling group scaled down without my intervention"
            self.cause = (
                f"At {at} a scheduled action update of AutoScalingGroup constraints to min: {self.min_size}, max: "
                f"{self.max_size}, desired: {wanted} changing the desired capacity from {before} to {wanted}.  At {at} "
                "the group's capacity differed from its desired capacity."
            )
            try:
                self.set_desired_capacity(wanted)
            finally:
                self.cause = ""

    def _set_launch_configuration(self, *args: Any, **kwargs: Any) -> None:
        super()._set_launch_configuration(*args, **kwargs)
        if self._policy and self._all_spot():
            raise ValidationError(
                "Incompatible launch template: You cannot use a launch template that is set to request Spot Instances "
                "(InstanceMarketOptions) when you configure an Auto Scaling group with a mixed instances policy."
            )

    def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
        """Launch instances, over the group's subnets and, on spot, over its instance types."""
        with LOCK:
            on_demand = self._on_demand_missing(count_needed)
            spot = min(count_needed - on_demand, self._spot_left())
            types = self._instance_types()
            pools = Counter((subnet, types[0], False) for subnet in islice(cycle(self._subnets()), on_demand))
            pairs = cycle(zip(cycle(self._subnets()), _stretch(types, len(self._subnets())), strict=False))
            pools.update((subnet, type_, True) for subnet, type_ in islice(pairs, spot))
            tags = {**propagated_tags, models.ASG_NAME_TAG: self.name, **self.instance_tags}
            for (subnet, type_, is_spot), count in pools.items():
                self._launch(count, subnet, type_, is_spot, tags)
            if on_demand + spot < count_needed:
                self.record("Failed", "Launching a new EC2 instance.", NO_SPOT)

    def record(self, status: str, description: str, message: str = "") -> None:
        """Add a scaling activity (DescribeScalingActivities); failures are not repeated one after the other."""
        if self._activities and self._activities[0]["StatusMessage"] == message != "":
            return
        moment = datetime.now(UTC)
        self._activities.insert(
            0,
            {
                "ActivityId": str(uuid.uuid4()),
                "AutoScalingGroupName": self.name,
                "AutoScalingGroupARN": self.arn,
                "Description": description,
                "Cause": self.cause or f"At {_at(moment)} the group's capacity differed from its desired capacity.",
                "StartTime": moment,
                "EndTime": moment,
                "StatusCode": status,
                "StatusMessage": message,
                "Progress": 100,
                "Details": "{}",
            },
        )
        del self._activities[100:]

    @property
    def activities(self) -> list[dict[str, Any]]:
        return list(self._activities)

    @property
    def _activities(self) -> list[dict[str, Any]]:
        # moto's constructor launches instances before a subclass could set anything.
        return self.__dict__.setdefault("activity_log", [])

    @property
    def _policy(self) -> dict[str, Any]:
        return self.mixed_instances_policy or {}

    def _subnets(self) -> list[str | None]:
        return list(self.vpc_zone_identifier.split(",")) if self.vpc_zone_identifier else [None]

    def _instance_types(self) -> list[str]:
        overrides = self._policy.get("LaunchTemplate", {}).get("Overrides") or []
        return [one["InstanceType"] for one in overrides if one.get("InstanceType")] or [self.instance_type]

    def _on_demand_missing(self, count: int) -> int:
        """Give how many of ``count`` new instances are on demand."""
        if not self._policy:
            return 0 if self._all_spot() else count
        distribution = self._policy.get("InstancesDistribution") or {}
        total = len(self.active_instances()) + count
        base = min(total, int(distribution.get("OnDemandBaseCapacity") or 0))
        percent = distribution.get("OnDemandPercentageAboveBaseCapacity")
        above = math.ceil((total - base) * int(100 if percent is None else percent) / 100)
        present = sum(state.instance.lifecycle != "spot" for state in self.active_instances())
        return max(0, min(count, base + above - present))

    def _all_spot(self) -> bool:
        if self.ec2_launch_template:
            version = self.ec2_launch_template.get_version(self.launch_template_version)
            return bool((version.data.get("InstanceMarketOptions") or {}).get("MarketType") == "spot")
        return bool(self.launch_config.spot_price)

    def _spot_left(self) -> int:
        capacity = self.runtime.settings.spot_capacity
        if capacity is None:
            return 1_000_000
        reservations = list(self.ec2_backend.reservations.values())
        running = [
            one for each in reservations for one in each.instances if one.lifecycle == "spot" and one.state == "running"
        ]
        return max(0, capacity - len(running))

    def _launch(self, count: int, subnet: str | None, type_: str, spot: bool, tags: dict[str, str]) -> None:
        template = self.ec2_launch_template
        arguments: dict[str, Any] = {"launch_config": self.launch_config} if self.launch_config else {}
        if template:
            arguments["launch_template"] = {"LaunchTemplateId": template.id, "Version": self.launch_template_version}
        reservation = self.ec2_backend.run_instances(
            self.image_id,
            count,
            self.user_data,
            self.security_groups,
            instance_type=type_,
            tags={"instance": dict(tags)},
            placement=self.availability_zones[0],
            is_instance_type_default=False,
            associate_public_ip=self.launch_config.associate_public_ip_address if self.launch_config else None,
            subnet_id=subnet,
            instance_market_options={"MarketType": "spot"} if spot else None,
            **arguments,
        )
        for instance in reservation.instances:
            instance.autoscaling_group = self
            self.instance_states.append(
                models.InstanceState(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
            )
            self.record("Successful", f"Launching a new EC2 instance: {instance.id}")

    def _terminate(self, count: int) -> None:
        leaving = [state for state in self.instance_states if not state.protected_from_scale_in][:count]
        if not leaving:
            return
        self.ec2_backend.terminate_instances([state.instance.id for state in leaving])
        self.instance_states = [state for state in self.instance_states if state not in leaving]
        for state in leaving:
            self.record("Successful", f"Terminating EC2 instance: {state.instance.id}")


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _stretch(items: list[str], times: int) -> list[str]:
    """Repeat each item, so that every type meets every subnet."""
    return [item for item in items for _ in range(times)]
