"""A task and its containers."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.ecs.model.container_instance import ContainerInstance, Requirements
from sandbox.ecs.model.task import Container, Task


@pytest.fixture
def instance() -> ContainerInstance:
    return ContainerInstance("workers", "i-1", 2048, 7982, {"ecs.availability-zone": "us-east-1b"})


def make(instance: ContainerInstance | None = None, **settings: Any) -> Task:
    definition: Any = SimpleNamespace(arn="arn:definition", family="job")
    main = Container({"name": "main", "image": "shell", "memory": 128, "command": ["a"]}, {"name": "main"})
    return Task("workers", definition, [main], Requirements(10, 128), "family:job", instance, **settings)


def test_it_takes_up_its_instance_until_it_has_stopped(instance: ContainerInstance) -> None:
    task = make(instance)
    assert instance.tasks == [task]
    task.become("RUNNING")
    task.stop("UserInitiated", "enough")
    assert instance.remaining_memory == 7982 - 128
    task.become("STOPPED")
    assert instance.tasks == []
    assert task.times["startedAt"] <= task.times["stoppingAt"] <= task.times["stoppedAt"]


def test_the_first_reason_to_stop_stays(instance: ContainerInstance) -> None:
    task = make(instance)
    task.stop("UserInitiated", "enough")
    version = task.version
    task.stop("EssentialContainerExited", "Essential container in task exited")
    assert (task.stop_code, task.stopped_reason, task.version) == ("UserInitiated", "enough", version)


def test_what_is_described_follows_where_it_runs(instance: ContainerInstance) -> None:
    placed, fargate = make(instance).describe(), make(platform_version="1.3.0").describe()
    assert (placed["availabilityZone"], placed["containerInstanceArn"]) == (
        "us-east-1b",
        instance.container_instance_arn,
    )
    assert "platformVersion" not in placed and "connectivity" not in placed
    assert (fargate["availabilityZone"], fargate["platformVersion"]) == ("us-east-1a", "1.3.0")
    assert "containerInstanceArn" not in fargate


def test_tags_are_described_when_asked_for() -> None:
    task = make(tags=[{"key": "a", "value": "b"}])
    assert task.describe(tags=False)["tags"] == []
    assert task.describe()["tags"] == [{"key": "a", "value": "b"}]


def test_an_override_replaces_a_setting_and_joins_the_environment() -> None:
    definition = {
        "name": "main",
        "memory": 128,
        "command": ["a"],
        "environment": [{"name": "X", "value": "1"}, {"name": "Y", "value": "1"}],
    }
    container = Container(definition, {"command": ["b"], "environment": [{"name": "Y", "value": "2"}]})
    assert (container.setting("memory"), container.setting("command"), container.setting("cpu")) == (128, ["b"], None)
    assert container.environment() == {"X": "1", "Y": "2"}


def test_a_container_has_a_runtime_id_and_a_digest_once_it_was_launched() -> None:
    task = make()
    [container] = task.containers
    assert not {"runtimeId", "imageDigest"} & {*container.describe(task)}
    container.launched = True
    described = container.describe(task)
    assert described["runtimeId"] == container.runtime_id
    assert re.fullmatch("sha256:[0-9a-f]{64}", described["imageDigest"])


def test_a_pinned_image_has_the_digest_that_is_pinned() -> None:
    task = make()
    [container] = task.containers
    container.launched = True
    container.definition["image"] = "registry/management@sha256:abc"
    assert container.describe(task)["imageDigest"] == "sha256:abc"
