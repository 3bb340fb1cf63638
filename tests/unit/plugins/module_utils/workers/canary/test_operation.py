"""Whether a canary is needed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, Step
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary import images
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary.images import Image
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary.operation import OPERATION
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN, open_run
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import ARN

NAME = "registry/management:8f9d2a1"


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    ssm = open_run(aws)
    definition = {"taskDefinitionArn": ARN, "family": "StagingManagement", "revision": 7}
    containers = [{"name": "management", "image": NAME}]
    aws.on("DescribeTaskDefinition", {"taskDefinition": {**definition, "containerDefinitions": containers}})
    aws.on("DescribeServices", {"services": []})
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    return ssm


def decide(ssm: FakeSsm, canary: str = "auto", check_mode: bool = False, **changes: Any) -> int:
    defaults = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
    names = {"queue": "q", "cluster": "c", "environment": "staging", "mode": "decide", "canary": canary}
    target = {"task_definition": "StagingManagement", "container": "management"}
    context = ssm.context(check_mode) if check_mode else ssm.context()
    values = OPERATION.run(context, {**defaults, **names, **target, **changes}).values
    assert values["needed"] == bool(values["instances"])
    return int(values["instances"])


def test_an_image_that_has_never_drained_a_queue_needs_one(ssm: FakeSsm) -> None:
    images.remember(ssm.context(), "staging", Image("registry/management:other"))
    assert decide(ssm)


def test_an_image_that_has_needs_none_unless_it_is_always_wanted(ssm: FakeSsm) -> None:
    images.remember(ssm.context(), "staging", Image(NAME))
    assert not decide(ssm) and decide(ssm, "always")


def test_never_is_never(ssm: FakeSsm) -> None:
    assert not decide(ssm, "never")


def test_a_tag_that_was_moved_is_another_image(aws: FakeAws, ssm: FakeSsm) -> None:
    images.remember(ssm.context(), "staging", Image(NAME, "sha256:old"))
    assert not decide(ssm), "no digest is known: the tag counts"
    done = Step(RUN.id, DONE, "2026-03-01T10:00:00+00:00", task="arn:task")
    record.write_step(ssm.context(), "staging", "create_jobs", done)
    ran = {"taskArn": "arn:task", "containers": [{"name": "management", "image": NAME, "imageDigest": "sha256:new"}]}
    aws.on("DescribeTasks", {"tasks": [ran]})
    assert decide(ssm)
    images.remember(ssm.context(), "staging", Image(NAME, "sha256:new"))
    assert not decide(ssm)


def test_workers_at_work_are_not_reduced_to_one(aws: FakeAws, ssm: FakeSsm) -> None:
    service = {"status": "ACTIVE", "desiredCount": 60, "runningCount": 60, "pendingCount": 0}
    aws.on("DescribeServices", {"services": [service]})
    assert not decide(ssm, "always")
    aws.on("DescribeServices", {"services": [{**service, "desiredCount": 1}]})
    assert decide(ssm, "always"), "a canary that was interrupted is gone on with"


@pytest.mark.parametrize(
    ("group", "instances"),
    [
        ({"DesiredCapacity": 20}, 20),
        ({"DesiredCapacity": 0}, 1),
        ({"DesiredCapacity": 20, "Status": "Delete in progress"}, 1),
    ],
)
def test_a_fleet_that_is_larger_already_is_kept(
    aws: FakeAws, ssm: FakeSsm, group: dict[str, Any], instances: int
) -> None:
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": [group]})
    assert decide(ssm, "always") == instances


@pytest.mark.parametrize("name", ["deadline", "stable_seconds", "tries"])
def test_numbers_must_be_positive(ssm: FakeSsm, name: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} is 0"):
        decide(ssm, **{name: 0})


def test_a_pinned_image_has_its_digest() -> None:
    pinned = {"containerDefinitions": [{"name": "m", "image": "r/m@sha256:abc"}]}
    assert images.of_definition(pinned, "m") == Image("r/m@sha256:abc", "sha256:abc")


def test_the_latest_images_are_kept(ssm: FakeSsm) -> None:
    for number in range(images.MOST + 1):
        images.remember(ssm.context(), "staging", Image(f"m:{number}"))
    assert not images.has_drained(ssm.context(), "staging", Image("m:0"))
    assert images.has_drained(ssm.context(), "staging", Image(f"m:{images.MOST}"))
