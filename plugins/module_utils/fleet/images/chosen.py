# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The AMI of the fleet: that of the launch configuration or template that is copied, or another one in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...core.context import Context
from ...core.errors import InvalidInput, NotFound, Refused
from .. import launch_copy, user_data
from ..launch_source import Source
from .recommended import is_bottlerocket, recommended

SOURCE, RECOMMENDED = "source", "recommended"
OF_A_SNAPSHOT = ("SnapshotId", "VolumeSize")  # of a volume's settings: they belong to the AMI it was written for


@dataclass(frozen=True)
class Chosen:
    """What the fleet launches from.

    Attributes:
        source: what is copied, with the AMI that was chosen.
        image: that AMI (an element of DescribeImages); empty when the source names a parameter that is not resolved.
        sentence: which AMI stands in place of which; empty where it is that of the source.
    """

    source: Source
    image: dict[str, Any]
    sentence: str = ""


def parse(choice: str) -> str:
    """Check a choice: ``source``, ``recommended`` or the id of an AMI.

    Raises:
        InvalidInput: it is something else.
    """
    if choice in (SOURCE, RECOMMENDED) or re.fullmatch(r"ami-([0-9a-f]{8}|[0-9a-f]{17})", choice):
        return choice
    raise InvalidInput(f"image is {choice!r}; use {SOURCE}, {RECOMMENDED} or the ID of an AMI, such as ami-0abcdef12.")


def choose(context: Context, source: Source, choice: str) -> Chosen:
    """Put the chosen AMI in place of that of the source, with what of the source's volumes fits it.

    Raises:
        InvalidInput: it cannot be used, or is no choice.
        NotFound: there is no such AMI, or AWS recommends none.
        Refused: the source's AMI is of no family known, or its user data is of another kind.
    """
    if parse(choice) == SOURCE:
        return Chosen(source, launch_copy.read_image(context, source))
    former = _former(context, source)
    new = recommended(context, former, source.name) if choice == RECOMMENDED else choice
    image = launch_copy.read_image(context, replace(source, image=new, name=f"image ({choice})"))
    state = image.get("State", "available")
    if state != "available":
        raise InvalidInput(f"image is {choice!r}, and AMI {new} is {state}, not available: nothing launches from it.")
    if is_bottlerocket(image) != user_data.is_bottlerocket(user_data.decode(source.data.get("UserData", ""))):
        raise Refused(
            f"image is {choice!r}, and AMI {_named(image)} takes other user data than that of {source.name}: one of"
            " them is Bottlerocket's. Name an AMI or a source of the same kind."
        )
    data = {**source.data, "ImageId": new, "BlockDeviceMappings": mappings(source.data, former, image)}
    sentence = f"{_named(image)} in place of {_named(former) if former else source.image or 'one that is not known'}"
    if source.image == new:
        sentence = f"{_named(image)}, that of {source.name}, is the newest" if choice == RECOMMENDED else _named(image)
    return Chosen(replace(source, image=new, data=data), image, sentence)


def _former(context: Context, source: Source) -> dict[str, Any]:
    """Describe the source's AMI; empty where it is gone: another one takes its place."""
    try:
        return launch_copy.read_image(context, source)
    except NotFound:
        return {}


def _named(image: Mapping[str, Any]) -> str:
    return f"{image['ImageId']} ({image['Name']})" if image.get("Name") else str(image["ImageId"])


def mappings(data: Mapping[str, Any], former: Mapping[str, Any], image: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the source's block devices as they fit another AMI.

    The volume that fills up keeps its type and encryption under the name it has in the new AMI. Volumes of the former
    AMI go, unless the new one has them, too: then they are as large as its snapshot at least. Others stay.
    """
    given = {each["DeviceName"]: each for each in data.get("BlockDeviceMappings", [])}
    filled = launch_copy.disk_device(data, former)
    of_former = {*_sizes(former), filled, launch_copy.DOCKER_DEVICE}
    sizes = _sizes(image)
    kept = [_fitted(each, sizes) for name, each in given.items() if name in sizes or name not in of_former]
    target = launch_copy.disk_device({"UserData": data.get("UserData", "")}, image)
    settings = {key: value for key, value in given.get(filled, {}).get("Ebs", {}).items() if key not in OF_A_SNAPSHOT}
    if settings and target not in {each["DeviceName"] for each in kept}:
        kept.append({"DeviceName": target, "Ebs": settings})
    return kept


def _sizes(image: Mapping[str, Any]) -> dict[str, int]:
    volumes = [each for each in image.get("BlockDeviceMappings", []) if each.get("Ebs")]
    return {each["DeviceName"]: int(each["Ebs"].get("VolumeSize", 0)) for each in volumes}


def _fitted(mapping: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """Write a device of the source's so that the new AMI's snapshot fits on it."""
    name = mapping["DeviceName"]
    if name not in sizes or not mapping.get("Ebs"):
        return dict(mapping)
    ebs = {key: value for key, value in mapping["Ebs"].items() if key != "SnapshotId"}
    if "VolumeSize" in ebs:
        ebs["VolumeSize"] = max(ebs["VolumeSize"], sizes[name])
    return {**mapping, "Ebs": ebs}
