"""Auto Scaling where moto's differs: its groups, scheduled actions, activities, refusals."""

from __future__ import annotations

import copy
import time
from typing import Any

from moto.autoscaling import models, urls
from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup, FakeLaunchConfiguration, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from sandbox.runtime import ACCOUNT_ID, REGION, Runtime
from sandbox.services import group_rules, launch_checks
from sandbox.services.moto_patches import replace, replace_backend, replace_dispatch
from sandbox.services.scaling_group import LOCK, Group
from sandbox.services.scheduled_actions import ScheduledActions

METRICS = (
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
    "GroupDesiredCapacity",
    "GroupInServiceCapacity",
    "GroupInServiceInstances",
    "GroupMaxSize",
    "GroupMinSize",
    "GroupPendingCapacity",
    "GroupPendingInstances",
    "GroupStandbyCapacity",
    "GroupStandbyInstances",
    "GroupTerminatingCapacity",
    "GroupTerminatingInstances",
    "GroupTotalCapacity",
    "GroupTotalInstances",
    "WarmPoolDesiredCapacity",
    "WarmPoolMinSize",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "WarmPoolWarmedCapacity",
)


class Backend(ScheduledActions):
    """moto's backend with the refusals of the real one."""

    def create_auto_scaling_group(self, name: str, **kwargs: Any) -> FakeAutoScalingGroup:
        if name in self.autoscaling_groups:
            raise AutoscalingClientError(
                "AlreadyExists",
                f"AutoScalingGroup by this name already exists - A group with the name {name} already exists",
            )
        group_rules.check_sizes(kwargs.get("desired_capacity"), kwargs.get("min_size"), kwargs.get("max_size"))
        group_rules.check(self.ec2_backend, kwargs)
        return super().create_auto_scaling_group(name, **kwargs)

    def update_auto_scaling_group(self, name: str, **kwargs: Any) -> FakeAutoScalingGroup:
        with LOCK:
            group = self._existing(name)
            group_rules.check(self.ec2_backend, kwargs)
            # Unlike in moto, a policy stays when an update does not replace it.
            sources = ("mixed_instances_policy", "launch_template", "launch_config_name")
            if group.mixed_instances_policy and not any(kwargs.get(source) for source in sources):
                kwargs["mixed_instances_policy"] = policy = copy.deepcopy(group.mixed_instances_policy)
                policy["LaunchTemplate"]["LaunchTemplateSpecification"].pop("LaunchTemplateName", None)
            sizes = {
                key: getattr(group, key) if kwargs.get(key) is None else kwargs[key] for key in ("min_size", "max_size")
            }
            group_rules.check_sizes(kwargs.get("desired_capacity"), sizes["min_size"], sizes["max_size"])
            return super().update_auto_scaling_group(name, **kwargs)

    def create_launch_configuration(self, name: str, **kwargs: Any) -> FakeLaunchConfiguration:
        if name in self.launch_configurations:
            raise AutoscalingClientError(
                "AlreadyExists", f"Launch Configuration by this name already exists - A launch configuration {name}"
            )
        profile = kwargs.get("instance_profile_name")
        launch = {
            "ImageId": kwargs["image_id"],
            "InstanceType": kwargs["instance_type"],
            "KeyName": kwargs["key_name"],
            "SecurityGroupIds": kwargs["security_groups"],
            "IamInstanceProfile": {"Arn" if str(profile).startswith("arn:") else "Name": profile} if profile else {},
            "BlockDeviceMappings": kwargs["block_device_mappings"],
            "UserData": kwargs["user_data"],
        }
        problem = None if kwargs.get("instance_id") else launch_checks.refusal(self.ec2_backend, launch)
        if problem is not None:
            raise ValidationError(problem)
        return super().create_launch_configuration(name, **kwargs)

    def set_desired_capacity(self, group_name: str, desired_capacity: int | None) -> None:
        group = self._existing(group_name)
        # moto empties a group this way before it deletes it.
        if desired_capacity != 0:
            group_rules.check_sizes(desired_capacity, group.min_size, group.max_size)
        super().set_desired_capacity(group_name, desired_capacity)

    def delete_auto_scaling_group(self, group_name: str) -> None:
        with LOCK:
            self.forget_scheduled_actions(group_name)
            super().delete_auto_scaling_group(group_name)

    def notify_terminate_instances(self, instance_ids: list[str]) -> None:
        with LOCK:
            super().notify_terminate_instances(instance_ids)

    @property
    def _url_module(self) -> Any:
        return urls

    def _existing(self, name: str) -> FakeAutoScalingGroup:
        if name not in self.autoscaling_groups:
            raise ValidationError("AutoScalingGroup name not found - null")
        return self.autoscaling_groups[name]


class Response(AutoScalingResponse):
    """moto's operations, and those that moto answers with nothing."""

    def describe_scaling_activities(self) -> ActionResult:
        name = self._get_param("AutoScalingGroupName")
        groups = [one for one in self.autoscaling_backend.autoscaling_groups.values() if name in (None, one.name)]
        return ActionResult({"Activities": [activity for group in groups for activity in group.activities]})

    def enable_metrics_collection(self) -> ActionResult:
        metrics, granularity = self._metrics(), self._get_param("Granularity")
        if granularity != "1Minute":
            raise ValidationError(f"Granularity {granularity} is not supported; it must be 1Minute.")
        group = self._group()
        group.metrics = sorted({*group.metrics, *metrics})
        return EmptyResult()

    def disable_metrics_collection(self) -> ActionResult:
        metrics, group = self._metrics(), self._group()
        group.metrics = [each for each in group.metrics if each not in metrics]
        return EmptyResult()

    def _metrics(self) -> list[str]:
        """Give the metrics that a request names: all of them where it names none."""
        named = list(self._get_param("Metrics") or METRICS)
        if unknown := [each for each in named if each not in METRICS]:
            raise ValidationError(f"{unknown[0]} is not a valid metric.")
        return named

    def _group(self) -> FakeAutoScalingGroup:
        name = self._get_param("AutoScalingGroupName")
        if name not in self.autoscaling_backend.autoscaling_groups:
            raise ValidationError("AutoScalingGroup name not found - null")
        return self.autoscaling_backend.autoscaling_groups[name]

    def create_auto_scaling_group(self) -> ActionResult:
        group_rules.check_lifetime(self._get_int_param("MaxInstanceLifetime"))
        return super().create_auto_scaling_group()

    def delete_auto_scaling_group(self) -> ActionResult:
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        if group is not None and group.instance_states and not self._get_bool_param("ForceDelete", False):
            raise AutoscalingClientError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) "
                "still in the group.",
            )
        super().delete_auto_scaling_group()
        return EmptyResult()


def install(runtime: Runtime) -> None:
    """Put these groups behind moto's Auto Scaling; what an earlier sandbox in this process made is forgotten."""
    Group.runtime = runtime
    replace(models, "FakeAutoScalingGroup", Group)
    replace_backend(autoscaling_backends, Backend)
    replace_dispatch(urls.url_paths, Response.dispatch)


class _Clock:
    """When groups that lack instances try again."""

    due = 0.0


def fill_groups(_backend: object = None) -> None:
    """Let every group that has fewer instances than it wants try again, once the retry delay is over."""
    moment = time.monotonic()
    if moment < _Clock.due:
        return
    with LOCK:
        for group in list(autoscaling_backends[ACCOUNT_ID][REGION].autoscaling_groups.values()):
            if len(group.active_instances()) < (group.desired_capacity or 0):
                _Clock.due = moment + group.runtime.timing.delay("placement_retry")
                group.set_desired_capacity(group.desired_capacity)


def carry_out_scheduled_actions(_backend: object = None) -> None:
    """Carry out the scheduled actions that are due."""
    with LOCK:
        autoscaling_backends[ACCOUNT_ID][REGION].carry_out_scheduled_actions()


def pass_time(seconds: float) -> None:
    """Bring scheduled actions nearer, as if so many seconds had passed."""
    with LOCK:
        autoscaling_backends[ACCOUNT_ID][REGION].pass_time(seconds)
