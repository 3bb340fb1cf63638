"""What EC2 says to a launch that it refuses: RunInstances, and Auto Scaling groups that launch what it would not."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.iam.models import iam_backends
from moto.ssm.models import ssm_backends

from sandbox.runtime import ACCOUNT_ID, REGION

LARGEST_USER_DATA = 16_384  # bytes, before they are encoded
_SSM = "resolve:ssm:"
_NEED_IOPS = ("io1", "io2")

Launch = Mapping[str, Any]


def refusal(ec2: EC2Backend, launch: Launch, subnets: Sequence[str] = ()) -> str | None:
    """Give why EC2 would not launch an instance, None if it would.

    Args:
        ec2: the account's.
        launch: settings in the shape of ``LaunchTemplateData``.
        subnets: ids of those that instances go to; they are there.
    """
    checks: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _image_and_type(ec2, launch),
        lambda: _names(ec2, launch),
        lambda: _network(ec2, launch, subnets),
        lambda: _disks(ec2, launch),
        lambda: _spot(launch),
        lambda: _user_data(launch),
    )
    return next((problem for check in checks for problem in check()), None)


def image_id(launch: Launch) -> str:
    """Give the AMI of a launch; ``resolve:ssm:`` is looked up, and is itself where there is no such parameter."""
    text = str(launch.get("ImageId") or "")
    if not text.startswith(_SSM):
        return text
    parameter = ssm_backends[ACCOUNT_ID][REGION].get_parameter(text.removeprefix(_SSM))
    return str(parameter.value) if parameter else text


def _image_and_type(ec2: EC2Backend, launch: Launch) -> Iterator[str]:
    name, kind = image_id(launch), launch.get("InstanceType") or "m1.small"
    if not name:
        yield "The request must contain the parameter ImageId"
        return
    image = ec2.amis.get(name)
    if image is None:
        yield f"The image id '[{name}]' does not exist"
        return
    if kind not in INSTANCE_TYPES:
        yield f"Invalid value '{kind}' for InstanceType."
        return
    supported = INSTANCE_TYPES[kind]["ProcessorInfo"]["SupportedArchitectures"]
    if image.architecture not in supported:
        yield (
            f"The architecture '{','.join(supported)}' of the specified instance type does not match the architecture "
            f"'{image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again."
        )


def _names(ec2: EC2Backend, launch: Launch) -> Iterator[str]:
    key, profile = launch.get("KeyName"), launch.get("IamInstanceProfile") or {}
    if key and key not in ec2.key_pairs:
        yield f"The key pair '{key}' does not exist"
    profiles = iam_backends[ACCOUNT_ID]["aws"].instance_profiles.values()
    for member, known in (("Name", {each.name for each in profiles}), ("Arn", {each.arn for each in profiles})):
        value = profile.get(member)
        if value and value not in known:
            parameter = f"iamInstanceProfile.{member.lower()}"
            what = "name" if member == "Name" else "ARN"
            yield f"Value ({value}) for parameter {parameter} is invalid. Invalid IAM Instance Profile {what}"


def _network(ec2: EC2Backend, launch: Launch, subnets: Sequence[str]) -> Iterator[str]:
    interfaces = launch.get("NetworkInterfaces") or []
    groups = list(launch.get("SecurityGroupIds") or [])
    if interfaces and (groups or launch.get("SecurityGroups")):
        yield "Network interfaces and an instance-level security groups may not be specified on the same request"
    networks = {ec2.get_subnet(subnet).vpc_id for subnet in subnets}
    for group in [*groups, *(each for one in interfaces for each in one.get("Groups") or [])]:
        found = ec2.get_security_group_from_id(group)
        if found is None:
            yield f"The security group '{group}' does not exist"
        elif networks and found.vpc_id not in networks:
            yield f"Security group {group} and subnet {subnets[0]} belong to different networks."


def _disks(ec2: EC2Backend, launch: Launch) -> Iterator[str]:
    image = ec2.amis.get(image_id(launch))
    for mapping in launch.get("BlockDeviceMappings") or []:
        device, ebs = mapping.get("DeviceName"), mapping.get("Ebs") or {}
        size, snapshot = int(ebs.get("VolumeSize") or 0), ebs.get("SnapshotId")
        least, origin = 0, snapshot
        if snapshot:
            found = ec2.snapshots.get(snapshot)
            least = found.volume.size if found else 0
        elif image is not None and image.root_device_name == device:
            least, origin = _root_size(ec2, image)
        if size and size < least:
            yield f"Volume of size {size}GB is smaller than snapshot '{origin}', expect size >= {least}GB"
        if ebs.get("VolumeType") in _NEED_IOPS and not ebs.get("Iops"):
            yield f"The parameter iops must be specified for {ebs['VolumeType']} volumes."


def _root_size(ec2: EC2Backend, image: Any) -> tuple[int, str]:
    """Give the size of an image's own root volume in GiB, and its snapshot."""
    snapshot = ec2.snapshots.get(image.ebs_snapshot.id) or image.ebs_snapshot
    return int(snapshot.volume.size), str(snapshot.id)


def _spot(launch: Launch) -> Iterator[str]:
    options = launch.get("InstanceMarketOptions") or {}
    if options.get("MarketType") != "spot":
        return
    behaviour = (options.get("SpotOptions") or {}).get("InstanceInterruptionBehavior", "terminate")
    for setting in ("DisableApiTermination", "DisableApiStop"):
        if _is_true(launch.get(setting)):
            yield f"The parameter {setting[:1].lower()}{setting[1:]} cannot be used with Spot Instances."
    if _is_true((launch.get("HibernationOptions") or {}).get("Configured")) and behaviour != "hibernate":
        yield "Spot Instances with hibernation enabled need the interruption behavior hibernate."
    if (launch.get("Placement") or {}).get("Tenancy") == "host":
        yield "Spot Instances do not support the tenancy host."


def _user_data(launch: Launch) -> Iterator[str]:
    text = str(launch.get("UserData") or "")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        yield "Invalid BASE64 encoding of user data"
        return
    if len(data) > LARGEST_USER_DATA:
        yield f"User data is limited to {LARGEST_USER_DATA} bytes"


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
