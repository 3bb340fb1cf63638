"""A container instance: what it has, what is left of it, what the query language can ask it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sandbox.ecs.model.names import arn, new_id, now, without_none

# Ports the agent, Docker and sshd hold on every container instance.
RESERVED_PORTS = ("22", "2375", "2376", "51678", "51679")


@dataclass(frozen=True)
class Requirements:
    """What a task takes from its container instance: CPU units, memory in MiB, host ports, attributes."""

    cpu: int
    memory: int
    ports: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


class PlacedTask(Protocol):
    """What a container instance knows of a task that was placed on it."""

    requirements: Requirements
    group: str
    last_status: str


@dataclass(eq=False)
class ContainerInstance:
    """An EC2 instance that registered with a cluster.

    Attributes:
        cpu, memory: what it registered, in CPU units and MiB.
        attributes: name -> value, as moto's attribute operations change them.
        draining_enabled: its user data sets ECS_ENABLE_SPOT_INSTANCE_DRAINING.
    """

    cluster_name: str
    ec2_instance_id: str
    cpu: int
    memory: int
    attributes: dict[str, str | None]
    draining_enabled: bool = False
    status: str = "ACTIVE"
    agent_connected: bool = True
    id: str = field(default_factory=new_id)
    registered_at: datetime = field(default_factory=now)
    version: int = 1
    tags: list[dict[str, str]] = field(default_factory=list)
    tasks: list[PlacedTask] = field(default_factory=list)

    @property
    def container_instance_arn(self) -> str:
        return arn("container-instance", self.cluster_name, self.id)

    @property
    def remaining_cpu(self) -> int:
        return self.cpu - sum(task.requirements.cpu for task in self.tasks)

    @property
    def remaining_memory(self) -> int:
        return self.memory - sum(task.requirements.memory for task in self.tasks)

    @property
    def used_ports(self) -> list[str]:
        return [*RESERVED_PORTS, *(port for task in self.tasks for port in sorted(task.requirements.ports))]

    def query(self, subject: str) -> Sequence[str]:
        """Answer the cluster query language (see ``expressions``)."""
        if subject.startswith("attribute:"):
            name = subject.removeprefix("attribute:")
            return [self.attributes[name] or ""] if name in self.attributes else []
        if subject == "task:group":
            return [task.group for task in self.tasks]
        values: dict[str, Any] = {
            "ec2InstanceId": self.ec2_instance_id,
            "registeredAt": self.registered_at.isoformat(),
            "runningTasksCount": sum(task.last_status == "RUNNING" for task in self.tasks),
            "agentConnected": str(self.agent_connected).lower(),
            "agentVersion": "1.99.0",
        }
        return [str(values[subject])]

    def describe(self, tags: bool = False) -> dict[str, Any]:
        """Give it as DescribeContainerInstances does."""
        return without_none(
            {
                "containerInstanceArn": self.container_instance_arn,
                "ec2InstanceId": self.ec2_instance_id,
                "version": self.version,
                "versionInfo": {
                    "agentVersion": "1.99.0",
                    "agentHash": "0000000",
                    "dockerVersion": "DockerVersion: 25.0.8",
                },
                "registeredResources": _resources(self.cpu, self.memory, RESERVED_PORTS),
                "remainingResources": _resources(self.remaining_cpu, self.remaining_memory, self.used_ports),
                "status": self.status,
                "agentConnected": self.agent_connected,
                "runningTasksCount": sum(task.last_status == "RUNNING" for task in self.tasks),
                "pendingTasksCount": sum(task.last_status in ("PROVISIONING", "PENDING") for task in self.tasks),
                "attributes": [without_none({"name": name, "value": value}) for name, value in self.attributes.items()],
                "registeredAt": self.registered_at,
                "attachments": [],
                "tags": self.tags if tags else [],
            }
        )


def _resources(cpu: int, memory: int, ports: Sequence[str]) -> list[dict[str, Any]]:
    numbers = [
        {"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value}
        for name, value in (("CPU", cpu), ("MEMORY", memory))
    ]
    sets = [
        {
            "name": name,
            "type": "STRINGSET",
            "doubleValue": 0.0,
            "longValue": 0,
            "integerValue": 0,
            "stringSetValue": list(value),
        }
        for name, value in (("PORTS", ports), ("PORTS_UDP", ()))
    ]
    return numbers + sets
