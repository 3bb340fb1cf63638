"""Task definitions that ECS would refuse when cloned, place nowhere, or describe otherwise than they were sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.clone import normalised, register_input
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.task_definition import run as clone
from tests.fakes.aws import FakeAws
from tests.fakes.sound_account import DEFINITION, NETWORKS, check, definition, image, problems
from tests.fakes.task_definitions import BIG, DEFAULTS, FAMILY, SOFT, DefinitionsAccount
from tests.fakes.workers import DEFINITION as WORKER
from tests.fakes.workers import Ecs

HERE = Path(__file__).parent
WORKERS = {**BIG, "memory": 8192}


def read(name: str) -> dict[str, Any]:
    return dict(json.loads((HERE / name).read_text()))


def described(**task: Any) -> dict[str, Any]:
    """Give the account's definition with something of its own."""
    return {"DescribeTaskDefinition": {"taskDefinition": {**definition()["taskDefinition"], **task}}}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[DefinitionsAccount]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield DefinitionsAccount()


def test_both_clones_of_a_small_fargate_task_are_known_to_be_refused(aws: FakeAws) -> None:
    own = {**read("fargate_memory_below_reservation.json"), "taskDefinitionArn": DEFINITION, "executionRoleArn": ROLE}
    first, second = problems(aws, NETWORKS, {"DescribeTaskDefinition": {"taskDefinition": own}})
    assert "ingest_memory_reservation is 2048" in first and "512 MiB" in first
    assert "ingest_worker_task_memory is 8192" in second and "256 CPU units take 512 to 2048 MiB" in second


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("shape", "says"), [(SOFT, "2048 MiB"), (WORKERS, "256 CPU units")])
def test_a_clone_that_ecs_would_refuse_is_not_sent(
    account: DefinitionsAccount, shape: dict[str, Any], says: str, check_mode: bool
) -> None:
    account.ecs.register_task_definition(**read("fargate_memory_below_reservation.json"))
    with pytest.raises(InvalidInput, match=says):
        account.run(check_mode=check_mode, **shape)
    assert account.active() == [1, 2]


ROLE = "arn:aws:iam::123456789012:role/execution"  # that Fargate's awslogs needs


def half_a_vcpu() -> dict[str, Any]:
    container = {"name": "management", "image": "app", "memory": 512}
    return {"family": FAMILY, "containerDefinitions": [container], **read("fargate_half_a_vcpu.json")["base"]}


def test_the_cpu_that_the_memory_needs_is_said_and_can_be_given(aws: FakeAws) -> None:
    base = {
        "DescribeTaskDefinition": {
            "taskDefinition": {**half_a_vcpu(), "taskDefinitionArn": DEFINITION, "executionRoleArn": ROLE}
        }
    }
    (problem,) = problems(aws, NETWORKS, base)
    assert "8192 MiB take 1024 or 2048 or 4096 CPU units" in problem and "ingest_worker_cpu" in problem
    check(aws, {**NETWORKS, "ingest_worker_cpu": 1024}, base)


@pytest.mark.parametrize("check_mode", [True, False])
def test_no_fargate_task_of_half_a_vcpu_is_registered_with_8_gib(account: DefinitionsAccount, check_mode: bool) -> None:
    account.ecs.register_task_definition(**half_a_vcpu())
    with pytest.raises(InvalidInput, match="Fargate has no task of 512 CPU units with 8192 MiB"):
        account.run(check_mode=check_mode, **WORKERS)
    assert account.run(check_mode=check_mode, **WORKERS, task_cpu=1024).changed


UNPLACED = [
    ("arm64.json", "the task definition is for arm64 (runtimePlatform), and the instance is x86_64"),
    ("instance_type_constraint.json", "placement constraint attribute:ecs.instance-type =~ t2.*"),
]


@pytest.mark.parametrize(("name", "says"), UNPLACED)
def test_workers_that_no_instance_takes_are_known_before_it_is_paid_for(aws: FakeAws, name: str, says: str) -> None:
    (problem,) = problems(aws, {}, described(**read(name)))
    assert 'ingest_instance_types is "m4.2xlarge"; no worker can be placed on it' in problem
    assert says in problem


def test_workers_for_arm_run_where_the_types_and_the_image_are_arm(aws: FakeAws) -> None:
    answers = {**described(**read("arm64.json")), "DescribeImages": image("arm64")}
    assert check(aws, {"ingest_instance_types": ["a1.4xlarge"]}, answers).warnings == []


@pytest.mark.parametrize(("name", "says"), UNPLACED)
def test_no_service_is_made_whose_workers_no_instance_takes(aws: FakeAws, name: str, says: str) -> None:
    ecs = Ecs(aws)
    for each in ecs.instances:
        each["attributes"].append({"name": "ecs.cpu-architecture", "value": "x86_64"})
    aws.on("DescribeTaskDefinition", {"taskDefinition": WORKER | read(name)})
    with pytest.raises(Refused, match="Not one worker fits"):
        ecs.run()
    assert aws.count("CreateService") == 0


def test_what_aws_adds_to_a_definition_is_no_difference() -> None:
    ecs, found = boto3.client("ecs", region_name="us-east-1"), read("defaults_added.json")
    base, described_later = (register_input(ecs, found[name]) for name in ("base", "clone_described"))
    assert normalised(base) == normalised(described_later)


def test_a_clone_to_which_aws_has_added_defaults_is_taken_again(aws: FakeAws) -> None:
    found = read("defaults_added.json")
    arns = [f"arn:aws:ecs:us-east-1:1:task-definition/f:{number}" for number in (1, 2)]
    revisions = {
        arn: {**found[name], "taskDefinitionArn": arn, "status": "ACTIVE", "revision": number}
        for number, (arn, name) in enumerate(zip(arns, ("base", "clone_described"), strict=True), 1)
    }
    ours = {"purpose": "management", "environment": "staging", "run": "manual"}
    ours["cloned-from"] = arns[0]
    tags = {arns[1]: [{"key": f"climate.ingest:{name}", "value": value} for name, value in ours.items()]}
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": arns[::-1]})
    aws.on(
        "DescribeTaskDefinition",
        lambda params: {
            "taskDefinition": revisions[params["taskDefinition"]],
            "tags": tags.get(params["taskDefinition"], []),
        },
    )
    result = clone(aws.context(), {**DEFAULTS, "family": "f", "container": "a"})
    assert (result.changed, result.values["revision"]) == (False, 2)
    assert aws.count("RegisterTaskDefinition") == 0
