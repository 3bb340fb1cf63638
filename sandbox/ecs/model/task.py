"""A task and its containers, as the API shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from moto.ecs.models import TaskDefinition

from sandbox.ecs.model.container_instance import ContainerInstance, Requirements
from sandbox.ecs.model.names import arn, new_id, now, without_none
from sandbox.runtime import REGION


@dataclass(eq=False)
class Container:
    """One container of a task.

    Attributes:
        definition: its container definition.
        override: its entry of ``containerOverrides``, empty without one.
        launched: whether a process was ever started for it.
    """

    definition: dict[str, Any]
    override: dict[str, Any]
    last_status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    launched: bool = False
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

    def _digest(self) -> str:
        """Give what stands for the digest of the image's manifest: known once it has been pulled."""
        image = str(self.definition["image"])
        return image.partition("@")[2] or f"sha256:{sha256(image.encode()).hexdigest()}"

    def describe(self, task: Task) -> dict[str, Any]:
        return without_none(
            {
                "containerArn": arn("container", task.cluster_name, task.id, self.id),
                "taskArn": task.arn,
                "name": self.name,
                "image": self.definition["image"],
                "imageDigest": self._digest() if self.launched else None,
                "lastStatus": self.last_status,
                "exitCode": self.exit_code,
                "reason": self.reason,
                "runtimeId": self.runtime_id if self.launched else None,
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
                "overrides": {
                    "inferenceAcceleratorOverrides": [],
                    **self.overrides,
                    "containerOverrides": [{"name": one.name, **one.override} for one in self.containers],
                },
                "startedBy": self.started_by,
                "stopCode": self.stop_code,
                "stoppedReason": self.stopped_reason,
                "tags": self.tags if tags else [],
                "version": self.version,
                **self.times,
                **fargate,
            }
        )
