"""What the data plane places and runs: container instances, tasks and their containers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.ecs.models import TaskDefinition

from sandbox.ecs.containers import Process
from sandbox.runtime import ACCOUNT_ID, REGION

# Ports the agent, Docker and sshd hold on every container instance.
RESERVED_PORTS = ("22", "2375", "2376", "51678", "51679")


def now() -> datetime:
    """Give this moment, to the millisecond as ECS does."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def new_id() -> str:
    return uuid.uuid4().hex


def arn(kind: str, *path: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:{kind}/{'/'.join(path)}"


def without_none(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value is not None}


@dataclass(frozen=True)
class Requirements:
    """What a task takes from its container instance: CPU units, memory in MiB, host ports, attributes."""

    cpu: int
    memory: int
    ports: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


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
    tasks: list[Task] = field(default_factory=list)

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


@dataclass(eq=False)
class Container:
    """One container of a task.

    Attributes:
        definition: its container definition.
        override: its entry of ``containerOverrides``, empty without one.
    """

    definition: dict[str, Any]
    override: dict[str, Any]
    last_status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    process: Process | None = None
    id: str = field(default_factory=new_id)
    runtime_id: str = field(default_factory=new_id)

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def essential(self) -> bool:
        return bool(self.definition.get("essential", True))

    def setting(self, name: str) -> Any:
        """Give a setting (``memory``, ``command``, ...) as the override changes it."""
        value = self.override.get(name)
        return self.definition.get(name) if value is None else value

    def environment(self) -> dict[str, str]:
        pairs = [*self.definition.get("environment", []), *self.override.get("environment", [])]
        return {pair["name"]: pair.get("value", "") for pair in pairs}

    def describe(self, task: Task) -> dict[str, Any]:
        started = self.last_status not in ("PENDING", "PROVISIONING") and self.process is not None
        return without_none(
            {
                "containerArn": arn("container", task.cluster_name, task.id, self.id),
                "taskArn": task.arn,
                "name": self.name,
                "image": self.definition["image"],
                "lastStatus": self.last_status,
                "exitCode": self.exit_code,
                "reason": self.reason,
                "runtimeId": self.runtime_id if started else None,
                "networkBindings": [],
                "networkInterfaces": [],
                "healthStatus": "UNKNOWN",
                "cpu": str(self.setting("cpu") or 0),
                "memory": _string(self.setting("memory")),
                "memoryReservation": _string(self.setting("memoryReservation")),
            }
        )


def _string(value: object) -> str | None:
    return None if value is None else str(value)


@dataclass(eq=False)
class Task:
    """A task, from RunTask to an hour after it stopped.

    Attributes:
        instance: where it was placed; None on Fargate.
        due: ``time.monotonic()`` of its next step while it is PROVISIONING or PENDING.
        host_lost: its container instance is gone, so nobody knows how its containers ended.
    """

    cluster_name: str
    definition: TaskDefinition
    containers: list[Container]
    requirements: Requirements
    group: str
    instance: ContainerInstance | None = None
    launch_type: str | None = "EC2"
    capacity_provider: str | None = None
    platform_version: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    started_by: str | None = None
    tags: list[dict[str, str]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    last_status: str = "PENDING"
    desired_status: str = "RUNNING"
    due: float = 0.0
    created_at: datetime = field(default_factory=now)
    times: dict[str, datetime] = field(default_factory=dict)
    stop_code: str | None = None
    stopped_reason: str | None = None
    host_lost: bool = False
    forget_at: float | None = None
    version: int = 1
    id: str = field(default_factory=new_id)

    def __post_init__(self) -> None:
        if self.instance is not None:
            self.instance.tasks.append(self)

    @property
    def arn(self) -> str:
        return arn("task", self.cluster_name, self.id)

    # moto's tagging asks for this name.
    task_arn = arn

    @property
    def fargate(self) -> bool:
        return self.instance is None

    @property
    def started(self) -> bool:
        return "startedAt" in self.times

    def stop(self, code: str, reason: str) -> None:
        """Ask for its end; the first reason stays."""
        if self.desired_status != "STOPPED":
            self.desired_status = "STOPPED"
            self.stop_code = code
            self.stopped_reason = reason
            self.times["stoppingAt"] = now()
            self.version += 1

    def become(self, status: str) -> None:
        """Go to a state."""
        self.last_status = status
        self.version += 1
        if status == "RUNNING":
            self.times["startedAt"] = now()
        if status == "STOPPED":
            self.times["stoppedAt"] = now()
            if self.instance is not None and self in self.instance.tasks:
                self.instance.tasks.remove(self)

    def describe(self, tags: bool = True) -> dict[str, Any]:
        """Give it as DescribeTasks does."""
        zone = self.instance.attributes.get("ecs.availability-zone") if self.instance else f"{REGION}a"
        fargate = (
            {"platformVersion": self.platform_version or "1.4.0", "platformFamily": "Linux"} if self.fargate else {}
        )
        return without_none(
            {
                "taskArn": self.arn,
                "clusterArn": arn("cluster", self.cluster_name),
                "taskDefinitionArn": self.definition.arn,
                "containerInstanceArn": self.instance.container_instance_arn if self.instance else None,
                "availabilityZone": zone,
                "attachments": self.attachments,
                "attributes": [],
                "capacityProviderName": self.capacity_provider,
                "connectivity": "CONNECTED" if self.started else None,
                "containers": [container.describe(self) for container in self.containers],
                "cpu": str(self.requirements.cpu),
                "memory": str(self.requirements.memory),
                "createdAt": self.created_at,
                "desiredStatus": self.desired_status,
                "enableExecuteCommand": False,
                "group": self.group,
                "healthStatus": "UNKNOWN",
                "lastStatus": self.last_status,
                "launchType": self.launch_type,
                "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": [], **self.overrides},
                "startedBy": self.started_by,
                "stopCode": self.stop_code,
                "stoppedReason": self.stopped_reason,
                "tags": self.tags if tags else [],
                "version": self.version,
                **self.times,
                **fargate,
            }
        )
