"""What Auto Scaling refuses of a group: sizes, subnets, and what EC2 would not launch from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend

from sandbox.services import launch_checks

_NOT_FORMED = "You must use a valid fully-formed launch template."
_TERMINATION_POLICIES = {
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "Default",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
}
_ONE_DAY = 86_400


def check_sizes(desired: int | str | None, minimum: int | str | None, maximum: int | str | None) -> None:
    """Refuse sizes that contradict each other.

    Raises:
        ValidationError: as Auto Scaling does.
    """
    low, high = int(minimum or 0), int(maximum or 0)
    if low > high:
        raise ValidationError(f"Max bound, {high}, must be greater than or equal to min bound, {low}")
    if desired is not None and not low <= int(desired) <= high:
        raise ValidationError(
            f"Desired capacity:{desired} must be between the specified min size:{low} and max size:{high}"
        )


def check(ec2: EC2Backend, settings: Mapping[str, Any]) -> None:
    """Refuse what a group is to be made or changed to.

    Args:
        ec2: the account's.
        settings: as moto's backend takes them.

    Raises:
        ValidationError: as Auto Scaling does.
    """
    subnets = _subnets(ec2, settings.get("vpc_zone_identifier"))
    for policy in settings.get("termination_policies") or []:
        if policy not in _TERMINATION_POLICIES and not policy.startswith("arn:"):
            raise ValidationError(f"{policy} is not a valid termination policy.")
    policy = settings.get("mixed_instances_policy") or {}
    source = policy.get("LaunchTemplate", {})
    wanted = settings.get("launch_template") or source.get("LaunchTemplateSpecification")
    if not wanted:
        return
    data = _template_data(ec2, wanted)
    overrides = source.get("Overrides") or []
    for override in overrides or [{}]:
        launch = {**data, **{name: override[name] for name in ("InstanceType", "ImageId") if override.get(name)}}
        problem = launch_checks.refusal(ec2, launch, subnets)
        if problem is not None:
            raise ValidationError(f"{_NOT_FORMED} {problem}")


def check_lifetime(seconds: int | None) -> None:
    """Refuse a MaxInstanceLifetime other than none and at least a day.

    Raises:
        ValidationError: as Auto Scaling does.
    """
    if seconds and seconds < _ONE_DAY:
        raise ValidationError(f"MaxInstanceLifetime must be 0 or at least {_ONE_DAY} seconds.")


def _subnets(ec2: EC2Backend, identifier: str | None) -> Sequence[str]:
    subnets = [each.strip() for each in (identifier or "").split(",") if each.strip()]
    for subnet in subnets:
        try:
            ec2.get_subnet(subnet)
        except EC2ClientError as error:
            raise ValidationError(f"The subnet ID '{subnet}' does not exist") from error
    return subnets


def _template_data(ec2: EC2Backend, specification: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings of the version of a launch template that a group names."""
    identifier, name = specification.get("LaunchTemplateId"), specification.get("LaunchTemplateName")
    what = f"template ID {identifier}" if identifier else f"template name {name}"
    try:
        template = ec2.get_launch_template(identifier) if identifier else ec2.get_launch_template_by_name(name)
    except EC2ClientError as error:
        raise ValidationError(f"The specified launch template, with {what}, does not exist.") from error
    version = specification.get("Version") or "$Default"
    try:
        return dict(template.get_version(version).data)
    except (EC2ClientError, ValueError) as error:
        raise ValidationError(f"Version {version} of the launch template, with {what}, does not exist.") from error
