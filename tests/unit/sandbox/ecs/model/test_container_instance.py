"""What a container instance has, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.ecs.model.container_instance import RESERVED_PORTS, ContainerInstance, Requirements


@dataclass
class Placed:
    requirements: Requirements
    group: str = "family:job"
    last_status: str = "RUNNING"


@pytest.fixture
def instance() -> ContainerInstance:
    attributes: dict[str, str | None] = {"ecs.instance-type": "t2.large", "flag": None}
    instance = ContainerInstance("workers", "i-1", cpu=2048, memory=7982, attributes=attributes)
    instance.tags.append({"key": "a", "value": "b"})
    instance.tasks += [
        Placed(Requirements(128, 2048, frozenset({"8080"}))),
        Placed(Requirements(10, 64), "service:jobs", "PENDING"),
    ]
    return instance


def test_tasks_take_cpu_memory_and_ports(instance: ContainerInstance) -> None:
    assert (instance.remaining_cpu, instance.remaining_memory) == (2048 - 138, 7982 - 2112)
    assert instance.used_ports == [*RESERVED_PORTS, "8080"]
    remaining = {one["name"]: one for one in instance.describe()["remainingResources"]}
    assert remaining["MEMORY"]["integerValue"] == 7982 - 2112
    assert remaining["PORTS"]["stringSetValue"][-1] == "8080"
    registered = {one["name"]: one for one in instance.describe()["registeredResources"]}
    assert (registered["CPU"]["integerValue"], registered["PORTS"]["stringSetValue"]) == (2048, list(RESERVED_PORTS))


def test_tasks_are_counted_by_their_state(instance: ContainerInstance) -> None:
    described = instance.describe()
    assert (described["runningTasksCount"], described["pendingTasksCount"]) == (1, 1)


def test_tags_are_described_when_asked_for(instance: ContainerInstance) -> None:
    assert instance.describe()["tags"] == []
    assert instance.describe(tags=True)["tags"] == [{"key": "a", "value": "b"}]


@pytest.mark.parametrize(
    ("subject", "values"),
    [
        ("attribute:ecs.instance-type", ["t2.large"]),
        ("attribute:flag", [""]),
        ("attribute:other", []),
        ("task:group", ["family:job", "service:jobs"]),
        ("runningTasksCount", ["1"]),
        ("ec2InstanceId", ["i-1"]),
        ("agentConnected", ["true"]),
    ],
)
def test_the_query_language_asks_it(instance: ContainerInstance, subject: str, values: list[str]) -> None:
    assert instance.query(subject) == values
