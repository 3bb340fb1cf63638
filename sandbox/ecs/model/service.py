"""A service and its deployments."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.ecs.models import Cluster, TaskDefinition

from sandbox.ecs.model.names import arn, now
from sandbox.ecs.model.task import Task


@dataclass(eq=False)
class Deployment:
    """One deployment of a service: a definition and the number of tasks wanted of it."""

    definition: TaskDefinition
    desired_count: int
    status: str = "PRIMARY"
    failed_tasks: int = 0
    rollout_state: str = "IN_PROGRESS"
    rollout_reason: str = ""
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    id: str = field(default_factory=lambda: f"ecs-svc/{uuid.uuid4().int % 10**19:019d}")
    tasks: list[Task] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rollout_reason = f"ECS deployment {self.id} in progress."

    @property
    def running(self) -> int:
        return sum(task.last_status == "RUNNING" and task.desired_status == "RUNNING" for task in self.tasks)

    @property
    def pending(self) -> int:
        return sum(task.last_status in ("PROVISIONING", "PENDING") for task in self.tasks)


@dataclass(eq=False)
class Service:
    """A service and where its scheduler stands.

    Attributes:
        parameters: what CreateService and UpdateService set, by their names in the API.
        deployments: the PRIMARY one first.
        retry_at: ``time.monotonic()`` before which the scheduler starts nothing.
        failed_starts: tasks in a row that stopped before they ran.
    """

    cluster: Cluster
    name: str
    parameters: dict[str, Any]
    deployments: list[Deployment]
    tags: list[dict[str, str]] = field(default_factory=list)
    status: str = "ACTIVE"
    events: list[dict[str, Any]] = field(default_factory=list)
    created_at: datetime = field(default_factory=now)
    retry_at: float = 0.0
    failed_starts: int = 0
    steady: bool = False
    drained_at: float | None = None

    @property
    def arn(self) -> str:
        return arn("service", self.cluster.name, self.name)

    # moto's tagging asks for these names.
    physical_resource_id = arn

    @property
    def cluster_name(self) -> str:
        return str(self.cluster.name)

    @property
    def task_sets(self) -> list[Any]:
        return []

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def desired_count(self) -> int:
        return int(self.parameters["desiredCount"])

    @property
    def tasks(self) -> list[Task]:
        return [task for deployment in self.deployments for task in deployment.tasks]

    def event(self, message: str) -> None:
        """Add an event; ECS keeps the newest hundred, newest first."""
        self.events.insert(
            0, {"id": str(uuid.uuid4()), "createdAt": now(), "message": f"(service {self.name}) {message}"}
        )
        del self.events[100:]

    def describe(self, tags: bool = True) -> dict[str, Any]:
        """Give it as DescribeServices does."""
        settings = ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration")
        launch = {name: self.parameters[name] for name in settings if name in self.parameters}
        return {
            **self.parameters,
            "serviceArn": self.arn,
            "serviceName": self.name,
            "clusterArn": self.cluster.arn,
            "status": self.status,
            "taskDefinition": self.primary.definition.arn,
            "runningCount": sum(deployment.running for deployment in self.deployments),
            "pendingCount": sum(deployment.pending for deployment in self.deployments),
            "deployments": [self._describe_deployment(deployment, launch) for deployment in self.deployments],
            "events": list(self.events),
            "createdAt": self.created_at,
            "tags": self.tags if tags else [],
        }

    def _describe_deployment(self, deployment: Deployment, launch: dict[str, Any]) -> dict[str, Any]:
        return {
            **launch,
            "id": deployment.id,
            "status": deployment.status,
            "taskDefinition": deployment.definition.arn,
            "desiredCount": deployment.desired_count,
            "runningCount": deployment.running,
            "pendingCount": deployment.pending,
            "failedTasks": deployment.failed_tasks,
            "createdAt": deployment.created_at,
            "updatedAt": deployment.updated_at,
            "rolloutState": deployment.rollout_state,
            "rolloutStateReason": deployment.rollout_reason,
        }
