"""Which AMI is recommended in place of another one."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound, Refused
from ansible_collections.climate.ingest.plugins.module_utils.fleet.images.recommended import parameter_of, recommended
from tests.fakes.aws import FakeAws, Refusal

ECS, BOTTLEROCKET = "/aws/service/ecs/optimized-ami", "/aws/service/bottlerocket"
X86, ARM = "x86_64", "arm64"


def image(name: str, architecture: str = X86, publisher: str | None = "amazon") -> dict[str, Any]:
    known = {"ImageId": "ami-1", "Name": name, "Architecture": architecture}
    return known | ({"ImageOwnerAlias": publisher} if publisher else {})


AL2 = image("amzn2-ami-ecs-hvm-2.0.20190301-x86_64-ebs")


@pytest.mark.parametrize(
    ("name", "architecture", "parameter"),
    [
        ("amzn2-ami-ecs-hvm-2.0.20260924-x86_64-ebs", X86, "amazon-linux-2/recommended"),
        ("amzn2-ami-ecs-hvm-2.0.20260924-arm64-ebs", ARM, "amazon-linux-2/arm64/recommended"),
        ("amzn2-ami-ecs-gpu-hvm-2.0.20260924-x86_64-ebs", X86, "amazon-linux-2/gpu/recommended"),
        ("amzn2-ami-ecs-inf-hvm-2.0.20260924-x86_64-ebs", X86, "amazon-linux-2/inf/recommended"),
        ("amzn2-ami-ecs-kernel-5.10-hvm-2.0.1-x86_64-ebs", X86, "amazon-linux-2/kernel-5.10/recommended"),
        ("amzn2-ami-ecs-kernel-5.10-hvm-2.0.1-arm64-ebs", ARM, "amazon-linux-2/kernel-5.10/arm64/recommended"),
        ("amzn2-ami-ecs-kernel-5.10-gpu-hvm-2.0.1-x86_64-ebs", X86, "amazon-linux-2/kernel-5.10/gpu/recommended"),
        ("al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-x86_64", X86, "amazon-linux-2023/recommended"),
        ("al2023-ami-ecs-hvm-2023.0.20260922-kernel-6.1-arm64", ARM, "amazon-linux-2023/arm64/recommended"),
        ("al2023-ami-ecs-neuron-hvm-2023.0.1-kernel-6.1-x86_64", X86, "amazon-linux-2023/neuron/recommended"),
        ("amzn-ami-2018.03.20231103-amazon-ecs-optimized", X86, "amazon-linux/recommended"),
    ],
)
def test_the_family_of_amazon_linux_is_told_from_the_name(name: str, architecture: str, parameter: str) -> None:
    assert parameter_of(image(name, architecture)) == f"{ECS}/{parameter}/image_id"


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("bottlerocket-aws-ecs-1-x86_64-v1.7.2-db8ac4e3", "aws-ecs-1/x86_64"),
        ("bottlerocket-aws-ecs-2-aarch64-v1.19.2-29cc92cc", "aws-ecs-2/arm64"),
        ("bottlerocket-aws-ecs-2-nvidia-x86_64-v1.19.2-29cc92cc", "aws-ecs-2-nvidia/x86_64"),
    ],
)
def test_bottlerocket_has_a_path_of_its_own(name: str, parameter: str) -> None:
    assert parameter_of(image(name)) == f"{BOTTLEROCKET}/{parameter}/latest/image_id"


@pytest.mark.parametrize(
    "other",
    [
        image("amzn2-ami-hvm-2.0.20190301-x86_64-gp2"),
        image("bottlerocket-aws-k8s-1.24-x86_64-v1.19.2-29cc92cc"),
        image("amzn2-ami-ecs-hvm-2.0.20190301-x86_64-ebs", publisher=None),
        image("amzn2-ami-ecs-hvm-2.0.20190301-x86_64-ebs", publisher="aws-marketplace"),
        {},
    ],
)
def test_an_ami_of_no_family_is_refused(aws: FakeAws, other: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="of lc is none of AWS's own .* Name an AMI, or use that of the source"):
        recommended(aws.context(), other, "lc")
    assert aws.count("GetParameter") == 0


def test_the_parameter_is_read_once(aws: FakeAws) -> None:
    aws.on("GetParameter", {"Parameter": {"Value": "ami-2"}})
    context = aws.context()
    assert [recommended(context, AL2, "lc") for _ in range(2)] == ["ami-2"] * 2
    assert aws.sent("GetParameter") == [{"Name": f"{ECS}/amazon-linux-2/recommended/image_id"}]


def test_a_region_without_the_parameter_is_said(aws: FakeAws) -> None:
    aws.on("GetParameter", Refusal("ParameterNotFound"))
    with pytest.raises(NotFound, match="amazon-linux-2/recommended/image_id in this region"):
        recommended(aws.context(), AL2, "lc")
