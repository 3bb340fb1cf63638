# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The newest AMI of the family that another AMI is of, as AWS publishes it in public SSM parameters.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html and, for Bottlerocket,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-bottlerocket-retrieve-ami.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...core.aws import ClientError, error_code
from ...core.context import Context
from ...core.errors import NotFound, Refused

OPTIMIZED, BOTTLEROCKET = "/aws/service/ecs/optimized-ami", "/aws/service/bottlerocket"
PUBLISHER = "amazon"  # ImageOwnerAlias of AMIs by AWS, which nobody else can give to theirs
# al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-x86_64, amzn2-ami-ecs-kernel-5.10-gpu-hvm-2.0.20260924-x86_64-ebs
_LINUX = re.compile(
    r"(?P<system>amzn2|al2023)-ami-ecs-(?:(?P<kernel>kernel-[\d.]+)-)?(?:(?P<kind>gpu|inf|neuron)-)?hvm-"
)
_FIRST_LINUX = re.compile(r"amzn-ami-.*-amazon-ecs-optimized")
_BOTTLEROCKET = re.compile(r"bottlerocket-(?P<variant>aws-ecs-[a-z0-9-]+?)-(?P<architecture>x86_64|aarch64|arm64)-v")
_SYSTEMS = {"amzn2": "amazon-linux-2", "al2023": "amazon-linux-2023"}


def is_bottlerocket(image: Mapping[str, Any]) -> bool:
    """Say whether an AMI is Bottlerocket, which takes user data of its own kind."""
    return str(image.get("Name", "")).startswith("bottlerocket-")


def parameter_of(image: Mapping[str, Any]) -> str | None:
    """Give the SSM parameter with the id of the newest AMI of the same family; None where AWS publishes none.

    Args:
        image: an element of DescribeImages.
    """
    name = str(image.get("Name", ""))
    if image.get("ImageOwnerAlias") != PUBLISHER:  # a copy of somebody's own may have the name, and more in it
        return None
    if found := _BOTTLEROCKET.match(name):
        architecture = "x86_64" if found["architecture"] == "x86_64" else "arm64"
        return f"{BOTTLEROCKET}/{found['variant']}/{architecture}/latest/image_id"
    if _FIRST_LINUX.match(name):
        return f"{OPTIMIZED}/amazon-linux/recommended/image_id"
    if found := _LINUX.match(name):
        arm = "arm64" if image.get("Architecture") == "arm64" and not found["kind"] else None
        parts = [OPTIMIZED, _SYSTEMS[found["system"]], found["kernel"], found["kind"], arm, "recommended", "image_id"]
        return "/".join(part for part in parts if part)
    return None


def recommended(context: Context, image: Mapping[str, Any], source: str) -> str:
    """Look up the id of the newest AMI of the family that an AMI is of.

    Args:
        image: the AMI (an element of DescribeImages) that instances launch from now; empty: it is not known.
        source: what names it, for the messages.

    Raises:
        Refused: it is of no family that AWS recommends an AMI of.
        NotFound: AWS publishes none in this region.
    """
    name = parameter_of(image)
    if name is None:
        what = f"AMI {image['ImageId']} ({image.get('Name') or 'no name'})" if image else "the AMI, which is not known,"
        raise Refused(
            f"image is 'recommended', and {what} of {source} is none of AWS's own ECS-optimized or Bottlerocket AMIs,"
            " so no other one is recommended in its place. Name an AMI, or use that of the source."
        )
    return str(context.memo.once(f"public_parameter/{name}", lambda: _read(context, name)))


def _read(context: Context, name: str) -> str:
    try:
        return str(context.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        raise NotFound(
            f"image is 'recommended', and AWS publishes no parameter {name} in this region. Name an AMI, or use that of"
            " the source."
        ) from error
