# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what the cluster's instances launch from to the data of our launch template: disk, user data, tags."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..core.aws import ClientError, error_code, tag_dict, tag_list
from ..core.context import Context
from ..core.errors import InvalidInput, NotFound, Refused
from . import user_data
from .launch_source import Source

# ECS-optimized Amazon Linux (2015 to 2018) keeps what containers write on a second volume of its own.
DOCKER_DEVICE = "/dev/xvdcz"
# Bottlerocket keeps its system on a small root that nothing else may write to, and containers on the second volume
# (Bottlerocket README, "Default Volumes").
BOTTLEROCKET_DATA = "/dev/xvdb"
DEFAULT_ROOT = "/dev/xvda"  # of every ECS-optimized Amazon Linux AMI
TAGGED = ("instance", "volume")


def read_image(context: Context, source: Source) -> dict[str, Any]:
    """Describe the AMI of ``source``; empty when it is an SSM parameter that could not be resolved.

    Raises:
        NotFound: the AMI was deregistered, or is not shared with this account: nothing could be launched.
    """
    if not source.image:
        return {}
    return context.memo.once(f"image/{source.image}", partial(_describe_image, context, source))


def _describe_image(context: Context, source: Source) -> dict[str, Any]:
    try:
        images = context.client("ec2").describe_images(ImageIds=[source.image])["Images"]
    except ClientError as error:
        if not error_code(error).startswith("InvalidAMIID"):
            raise
        images = []
    if not images:
        raise NotFound(f"AMI {source.image} of {source.name} does not exist (any more) in this region and account.")
    return dict(images[0])


def template_data(
    source: Source, image: Mapping[str, Any], *, cluster: str, disk_gb: int, tags: dict[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Write the template's data and the warnings that go with it.

    Raises:
        InvalidInput: the disk is smaller than the AMI needs.
        Refused: the user data lets an instance join another cluster.
    """
    data = {key: value for key, value in source.data.items() if key != "TagSpecifications"}
    data["UserData"], warnings = user_data_for(source, cluster)
    data["BlockDeviceMappings"] = _mappings(source, image, disk_gb)
    data["TagSpecifications"] = _tag_specifications(source, tags)
    return data, warnings


def user_data_for(source: Source, cluster: str) -> tuple[str, list[str]]:
    """Write the user data of the copy, and the warnings that go with it.

    Raises:
        Refused: it lets an instance join another cluster.
    """
    warnings = check_cluster(source, cluster)
    text = user_data.decode(source.data.get("UserData", ""))
    changed = user_data.with_draining(text)
    if changed is None:
        warnings.append(
            f"{user_data.DRAINING} cannot be turned on, as the user data of {source.name} configures the ECS agent in"
            " an unknown way: tasks are not drained from a spot instance that EC2 reclaims."
        )
    return user_data.encode(text if changed is None else changed), warnings


def check_cluster(source: Source, cluster: str) -> list[str]:
    """Make sure that the user data lets an instance join the cluster; warn where that cannot be read from it.

    Raises:
        Refused: it lets an instance join another cluster.
    """
    named = user_data.cluster_named(user_data.decode(source.data.get("UserData", "")), cluster)
    warnings = []
    if named in (None, user_data.COMPUTED) and cluster != "default":
        how = "computes or fetches the name of the cluster" if named else "names no cluster"
        warnings.append(
            f"The user data of {source.name} {how}, so whether its instances join {cluster} cannot be read from it."
            " It shows when they register; those of the cluster's own groups did."
        )
    elif (named or "default") != cluster:
        raise Refused(
            f"The user data of {source.name} names cluster {named} instead of {cluster}. Choose another source."
        )
    return warnings


def disk_device(data: Mapping[str, Any], image: Mapping[str, Any]) -> str:
    """Choose the device whose volume fills up: the containers' own where the AMI has one, else the root."""
    if user_data.is_bottlerocket(user_data.decode(data.get("UserData", ""))):
        return BOTTLEROCKET_DATA
    mappings = [*image.get("BlockDeviceMappings", []), *data.get("BlockDeviceMappings", [])]
    names = {each["DeviceName"] for each in mappings if each.get("Ebs")}
    if DOCKER_DEVICE in names:
        return DOCKER_DEVICE
    if image.get("RootDeviceName"):
        return str(image["RootDeviceName"])
    return next(iter(names)) if len(names) == 1 else DEFAULT_ROOT


def check_architecture(name: str, described: Mapping[str, Any], image: Mapping[str, Any]) -> None:
    """Make sure that an instance type (an element of DescribeInstanceTypes) can run the AMI.

    Raises:
        InvalidInput: it cannot.
    """
    architecture = image.get("Architecture")
    supported = described.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if architecture and supported and architecture not in supported:
        raise InvalidInput(f"{name} runs {', '.join(supported)}; AMI {image['ImageId']} is for {architecture}.")


def volume_device(source: Source, image: Mapping[str, Any], disk_gb: int) -> str:
    """Give the device whose volume gets ``disk_gb``.

    Raises:
        InvalidInput: the AMI needs more.
    """
    device = disk_device(source.data, image)
    least = [
        each["Ebs"].get("VolumeSize", 0)
        for each in image.get("BlockDeviceMappings", [])
        if each["DeviceName"] == device and each.get("Ebs")
    ]
    if least and disk_gb < least[0]:
        raise InvalidInput(f"disk_gb is {disk_gb}; AMI {source.image} needs at least {least[0]} GB on {device}.")
    return device


def _mappings(source: Source, image: Mapping[str, Any], disk_gb: int) -> list[dict[str, Any]]:
    mappings = source.data.get("BlockDeviceMappings", [])
    device = volume_device(source, image, disk_gb)
    same = [each for each in mappings if each["DeviceName"] == device]
    ebs = {"DeleteOnTermination": True} | (same[0].get("Ebs", {}) if same else {}) | {"VolumeSize": disk_gb}
    kept = [each for each in mappings if each["DeviceName"] != device]
    return [{"DeviceName": device, "Ebs": ebs}, *kept]


def _tag_specifications(source: Source, tags: dict[str, str]) -> list[dict[str, Any]]:
    """Tag instances and volumes as the source and its group do, and as ours; other kinds as the source does."""
    specifications = source.data.get("TagSpecifications", [])
    theirs = {each["ResourceType"]: tag_dict(each.get("Tags")) for each in specifications}
    theirs["instance"] = theirs.get("instance", {}) | source.tags  # a group tags instances only
    kinds = [*TAGGED, *(kind for kind in theirs if kind not in (*TAGGED, "launch-template"))]
    return [{"ResourceType": kind, "Tags": tag_list(theirs.get(kind, {}) | tags)} for kind in kinds]
