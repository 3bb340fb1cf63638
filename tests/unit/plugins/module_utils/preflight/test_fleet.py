"""What a run needs to make a fleet that holds its workers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.sound_account import (
    GROUP,
    Case,
    account,
    check,
    configuration,
    definition,
    groups,
    image,
    one_problem,
    problems,
    run_record,
    value,
)

ONLY_T2 = {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ t2.*"}


def definition_of(**task: Any) -> dict[str, Any]:
    return {"taskDefinition": {**definition()["taskDefinition"], **task}}


def other_images(answer: Any) -> Any:
    """Answer with the source's AMI, and like this for any other."""

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        if params["ImageIds"] == ["ami-1"]:
            return image()
        if isinstance(answer, Exception):
            raise answer
        return {"Images": [answer]}

    return describe


CASES = [
    value("ingest_instance_types", ["m9.huge"], "m9.huge", "us-east-1"),
    value("ingest_instance_types", "m4.large", '"m4.large"', "cannot hold one worker", "8192 MiB"),
    value("ingest_instance_types", "a1.4xlarge", '"a1.4xlarge"', "arm64", "x86_64"),
    account(
        "a definition for ARM",
        {"DescribeTaskDefinition": definition_of(runtimePlatform={"cpuArchitecture": "ARM64"})},
        'ingest_instance_types is "m4.2xlarge"',
        "no worker can be placed on it",
        "arm64",
        "x86_64",
    ),
    account(
        "a definition for other instances",
        {"DescribeTaskDefinition": definition_of(placementConstraints=[ONLY_T2])},
        'ingest_instance_types is "m4.2xlarge"',
        "placement constraint attribute:ecs.instance-type =~ t2.*",
    ),
    account(
        "workers for other instances",
        {},
        'ingest_instance_types is "m4.2xlarge"',
        "placement constraint attribute:ecs.instance-type =~ t2.*",
        ingest_worker_placement_constraints=[ONLY_T2],
    ),
    account("small disk", {}, "ingest_instance_disk_gb is 20", "at least 30 GB", ingest_instance_disk_gb=20),
    account(
        "nothing to copy",
        {"DescribeAutoScalingInstances": {"AutoScalingInstances": []}},
        "ingest_launch_source",
        "nothing to copy",
    ),
    account(
        "unknown source",
        {
            "DescribeLaunchConfigurations": {"LaunchConfigurations": []},
            "DescribeLaunchTemplateVersions": Refusal("InvalidLaunchTemplateName.NotFoundException"),
        },
        "ingest_launch_source: there is no launch configuration or launch template 'other'",
        ingest_launch_source="other",
    ),
    account("no image", {"DescribeImages": Refusal("InvalidAMIID.NotFound")}, 'ingest_launch_source is "lc"', "ami-1"),
    value("ingest_image", "newest", "'newest'", "source, recommended or the ID of an AMI"),
    value("ingest_image", "recommended", "ingest_image is 'recommended'", "ami-1", "of lc is none of AWS's own"),
    account(
        "an image that is not there",
        {"DescribeImages": other_images(Refusal("InvalidAMIID.NotFound"))},
        'ingest_image is "ami-00000002"',
        "does not exist",
        ingest_image="ami-00000002",
    ),
    account(
        "an image of another architecture",
        {"DescribeImages": other_images({**image("arm64")["Images"][0], "ImageId": "ami-00000002"})},
        'ingest_instance_types is "m4.2xlarge"',
        "AMI ami-00000002 is for arm64",
        ingest_image="ami-00000002",
    ),
    account(
        "an image that is larger than the disk",
        {"DescribeImages": other_images({**image(size=200)["Images"][0], "ImageId": "ami-00000002"})},
        "ingest_instance_disk_gb is 100",
        "AMI ami-00000002 needs at least 200 GB",
        ingest_image="ami-00000002",
    ),
    account(
        "user data of another cluster",
        {"DescribeLaunchConfigurations": configuration("other")},
        'ingest_launch_source is "lc"',
        "names cluster other",
    ),
    account(
        "foreign group",
        {"DescribeAutoScalingGroups": groups([{**GROUP, "AutoScalingGroupName": "ingest-staging-spot"}])},
        'ingest_environment is "staging"',
        "Auto Scaling group ingest-staging-spot",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case):
    one_problem(aws, case)


def test_a_fleet_is_not_needed_once_both_queues_are_drained(aws: FakeAws):
    done = run_record(drain="done", historical_drain="done", create_jobs="done", historical_create_jobs="done")
    answers = {"DescribeAutoScalingInstances": {"AutoScalingInstances": []}, "GetParameters": done}
    check(aws, {}, answers)
    assert aws.count("DescribeInstanceTypes") == 0


def test_a_retry_needs_what_its_run_has_done_already(aws: FakeAws):
    done = run_record(create_jobs="done", drain="done")
    found = problems(aws, {"playbook": "retry_failed", "ingest_instance_disk_gb": 20}, {"GetParameters": done})
    assert "ingest_instance_disk_gb is 20" in found[0]


def test_workers_are_not_held_against_a_fleet_that_is_only_requested(aws: FakeAws):
    result = check(aws, {"tags": ["capacity"], "ingest_worker_count": 200}, {})
    assert result.warnings == [] and "workers" not in result.values["facts"]


def test_a_type_may_be_small_where_no_workers_are_defined(aws: FakeAws):
    check(aws, {"tags": ["prepare", "capacity"], "ingest_instance_types": ["m4.large"]}, {})


def test_without_the_service_the_definition_is_held_against_the_types_only(aws: FakeAws):
    desired = {"tags": ["capacity", "task_definition"], "ingest_worker_count": 200}
    assert "workers" not in check(aws, desired, {}).values["facts"]
