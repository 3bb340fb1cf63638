"""A fleet with the AMI that AWS recommends now, where the cluster's own instances launch from an old one."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Account

UP = ("--no-launch-configurations",)
PARAMETER = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id"
FLEET = "ingest-staging-spot"
FEW = {"ingest_instance_count": 1, "ingest_image": "recommended"}


@pytest.fixture(scope="module")
def images(account: Account) -> tuple[str, str]:
    """Give an old AMI of the family, from which the cluster's instances launch, and the recommended one."""
    ec2, ssm = account.client("ec2"), account.client("ssm")
    newest = ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    named = {"Filters": [{"Name": "name", "Values": ["amzn2-ami-ecs-hvm-2.0.20*-x86_64-ebs"]}]}
    old = min(ec2.describe_images(**named)["Images"], key=lambda each: str(each["Name"]))["ImageId"]
    assert old != newest
    (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
    name = template["LaunchTemplateId"]
    (first,) = ec2.describe_launch_template_versions(LaunchTemplateId=name)["LaunchTemplateVersions"]
    data = {**first["LaunchTemplateData"], "ImageId": old}
    ec2.create_launch_template_version(LaunchTemplateId=name, LaunchTemplateData=data)
    return old, newest


def test_the_fleet_gets_it_and_the_plan_names_both(account: Account, images: tuple[str, str]) -> None:
    old, newest = images
    with account.limited():
        preview = account.playbook("future", "--tags=capacity", "--check", **FEW)
        run = account.playbook("future", "--tags=capacity", **FEW)
    assert (preview.returncode, run.returncode) == (0, 0), run.stdout + run.stderr
    said = " ".join(preview.stdout.split())
    plan = said[said.index("The plan; nothing was changed") :]
    assert f"AMI {newest} (amzn2-ami-ecs-hvm-" in plan and f"in place of {old} (amzn2-ami-ecs-hvm-2.0.20" in plan
    ec2 = account.client("ec2")
    versions = ec2.describe_launch_template_versions(LaunchTemplateName=FLEET)["LaunchTemplateVersions"]
    data = versions[0]["LaunchTemplateData"]
    assert data["ImageId"] == newest
    assert [each["Ebs"]["VolumeSize"] for each in data["BlockDeviceMappings"]] == [100]
    filters = [{"Name": "tag:climate.ingest:environment", "Values": ["staging"]}]
    found = [each for group in ec2.describe_instances(Filters=filters)["Reservations"] for each in group["Instances"]]
    assert {each["ImageId"] for each in found} == {newest}


def test_without_permission_preflight_says_what_is_missing(account: Account, images: tuple[str, str]) -> None:
    with account.limited("ssm:GetParameter"):
        run = account.playbook("future", "--tags=capacity", "--check", **FEW)
    assert run.returncode == 2
    assert "ssm:GetParameter" in run.stdout and "docs/permissions.md" in run.stdout
