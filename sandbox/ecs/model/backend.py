"""moto's ECS backend as the data plane uses it: the store of clusters, definitions, instances, tasks and services."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.ecs import urls
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, TaskDefinition, ecs_backends

from sandbox.ecs.model.container_instance import ContainerInstance
from sandbox.ecs.model.service import Service
from sandbox.ecs.model.task import Task
from sandbox.runtime import ACCOUNT_ID, REGION
from sandbox.services.moto_patches import replace_backend


class Backend(EC2ContainerServiceBackend):
    """moto's backend with the sandbox's tasks, services and container instances in its dictionaries.

    Because they are kept where moto keeps its own, moto's tagging and attribute operations work on them.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.tasks: dict[str, dict[str, Task]] = {}
        self.services: dict[str, Service] = {}
        self.container_instances: dict[str, dict[str, ContainerInstance]] = {}
        # EC2 ids of running instances that DeregisterContainerInstance took out of their cluster.
        self.deregistered: set[str] = set()
        # Services that are gone: DescribeServices still shows them as INACTIVE, everything else has forgotten them.
        self.inactive_services: dict[str, Service] = {}
        # Families keep counting when their revisions are deleted.
        self.last_revisions: dict[str, int] = {}
        # clientToken of RunTask -> (the rest of the request, ARNs of the tasks it started)
        self.client_tokens: dict[str, tuple[dict[str, Any], list[str]]] = {}

    @property
    def _url_module(self) -> ModuleType:
        return urls

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Give what the tagging API finds; stopped tasks and deleted definitions are not among it."""
        gone = {task.arn for task in self.all_tasks() if task.last_status == "STOPPED"}
        gone |= {definition.arn for definition in self.definitions() if definition.status == "DELETE_IN_PROGRESS"}
        for resource in super().iter_tagged_resources():
            if resource.arn not in gone:
                yield resource

    def all_tasks(self) -> list[Task]:
        return [task for tasks in list(self.tasks.values()) for task in list(tasks.values())]

    def tasks_on(self, instance: ContainerInstance) -> list[Task]:
        """Give the tasks that take up a container instance."""
        return [task for task in self.tasks.get(instance.cluster_name, {}).values() if task in instance.tasks]

    def forget(self, task: Task) -> None:
        """Know nothing of a task any more, nor of the client token that started it and others that are forgotten."""
        del self.tasks[task.cluster_name][task.arn]
        known = {one.arn for one in self.all_tasks()}
        for token, (_request, arns) in list(self.client_tokens.items()):
            if not known.intersection(arns):
                del self.client_tokens[token]

    def definitions(self) -> list[TaskDefinition]:
        return [revision for family in list(self.task_definitions.values()) for revision in list(family.values())]

    def instances(self, cluster: Cluster) -> list[ContainerInstance]:
        return list(self.container_instances.get(cluster.name, {}).values())

    def all_instances(self) -> list[ContainerInstance]:
        return [one for members in list(self.container_instances.values()) for one in list(members.values())]

    def count(self, cluster: Cluster) -> None:
        """Bring the counters that DescribeClusters shows up to date."""
        tasks = list(self.tasks.get(cluster.name, {}).values())
        cluster.running_tasks_count = sum(task.last_status == "RUNNING" for task in tasks)
        cluster.pending_tasks_count = sum(task.last_status in ("PROVISIONING", "PENDING") for task in tasks)
        cluster.registered_container_instances_count = len(self.instances(cluster))
        cluster.active_services_count = sum(
            service.cluster_name == cluster.name and service.status == "ACTIVE" for service in self.services.values()
        )


def use() -> None:
    """Make moto create this backend, with nothing in it, until the sandbox ends."""
    replace_backend(ecs_backends, Backend)


def current() -> Backend:
    """Give the backend of the sandbox's account and region, a new one after moto was reset."""
    backend = ecs_backends[ACCOUNT_ID][REGION]
    assert isinstance(backend, Backend)
    return backend
