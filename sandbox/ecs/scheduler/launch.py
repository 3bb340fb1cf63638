"""How and where tasks are launched, and what tasks of one request or service have in common."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import Cluster, TaskDefinition

from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.container_instance import ContainerInstance
from sandbox.ecs.model.names import new_id
from sandbox.ecs.model.task import Container, Task
from sandbox.ecs.scheduler.placement import Placement, requirements
from sandbox.runtime import ACCOUNT_ID, REGION
from sandbox.timing import Timing

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
NO_INSTANCES = "No Container Instances were found in your cluster."


@dataclass(frozen=True)
class Launch:
    """How tasks are launched: RunTask's and a service's ``launchType``, strategy and network.

    Attributes:
        type: EC2, FARGATE or None with a capacity provider.
        provider: name of the capacity provider, if any.
        network: ``awsvpcConfiguration``, if any.
    """

    type: str | None
    provider: str | None
    network: Mapping[str, Any] | None
    platform_version: str | None

    @property
    def fargate(self) -> bool:
        return self.type == "FARGATE" or self.provider in FARGATE_PROVIDERS

    @classmethod
    def make(cls, backend: Backend, cluster: Cluster, definition: TaskDefinition, params: Mapping[str, Any]) -> Launch:
        """Read and check the launch part of a request.

        Raises:
            InvalidParameterException: what ECS would refuse.
        """
        type_, strategy = params.get("launchType"), params.get("capacityProviderStrategy")
        if type_ and strategy:
            raise InvalidParameterException("Specify either Launch Type or Capacity Provider Strategy, but not both.")
        if not type_ and not strategy:
            strategy = cluster.default_capacity_provider_strategy
        provider = strategy[0]["capacityProvider"] if strategy else None
        if provider and provider not in (cluster.capacity_providers or []):
            raise InvalidParameterException(
                f"The specified capacity provider '{provider}' is not associated with the cluster."
            )
        network = (params.get("networkConfiguration") or {}).get("awsvpcConfiguration")
        launch = cls(None if provider else type_ or "EC2", provider, network, params.get("platformVersion"))
        launch.check(definition)
        for setting, name in (("placementConstraints", "constraints"), ("placementStrategy", "strategies")):
            if launch.fargate and params.get(setting):
                raise InvalidParameterException(f"Placement {name} are not supported with FARGATE launch type.")
        return launch

    def check(self, definition: TaskDefinition) -> None:
        """Refuse a launch that the definition does not allow."""
        if self.fargate and "FARGATE" not in definition.compatibilities:
            raise InvalidParameterException("Task definition does not support launch_type FARGATE.")
        awsvpc = definition.network_mode == "awsvpc"
        if awsvpc and not self.network:
            raise InvalidParameterException(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            )
        if self.network and not awsvpc:
            raise InvalidParameterException(
                "Network Configuration is not valid for the given networkMode of this task definition."
            )

    def placement(
        self,
        definition: TaskDefinition,
        group: str,
        params: Mapping[str, Any],
        overrides: Mapping[str, Any] = MappingProxyType({}),
    ) -> Placement:
        """Give the rules by which the tasks of a request or service are placed.

        Args:
            definition: its constraints apply, too.
            group: the task group.
            params: ``placementConstraints`` and ``placementStrategy``, as RunTask and CreateService take them.
            overrides: ``overrides`` of RunTask.

        Raises:
            InvalidParameterException: constraints or a strategy that ECS would refuse.
        """
        required = [] if self.fargate else [one["name"] for one in definition.requires_attributes]
        constraints = [*definition.placement_constraints, *params.get("placementConstraints", [])]
        needs = requirements(definition, overrides, required)
        return Placement.make(needs, group, constraints, params.get("placementStrategy", []))


def candidates(backend: Backend, cluster: Cluster, launch: Launch) -> list[ContainerInstance]:
    """Give the ACTIVE instances tasks may be placed on: the cluster's, or a capacity provider's part of them."""
    active = [one for one in backend.instances(cluster) if one.status == "ACTIVE"]
    provider = backend.capacity_providers.get(launch.provider) if launch.provider else None
    if provider is None:
        return active
    group = provider.auto_scaling_group_provider["autoScalingGroupArn"].rpartition("autoScalingGroupName/")[2]
    return [one for one in active if _group_of(one) == group]


def _group_of(instance: ContainerInstance) -> str | None:
    tags = ec2_backends[ACCOUNT_ID][REGION].get_instance(instance.ec2_instance_id).get_tags()
    return next((tag["value"] for tag in tags if tag["key"] == "aws:autoscaling:groupName"), None)


@dataclass(frozen=True)
class Blueprint:
    """Everything tasks started together have in common."""

    cluster: Cluster
    definition: TaskDefinition
    launch: Launch
    group: str
    overrides: Mapping[str, Any]
    started_by: str | None
    tags: Sequence[Mapping[str, str]]
    placement: Placement

    def start(self, backend: Backend, timing: Timing, instance: ContainerInstance | None) -> Task:
        """Create a task, on an instance or on Fargate; the agent does the rest."""
        by_name = {one["name"]: one for one in self.overrides.get("containerOverrides", [])}
        eni = self.definition.network_mode == "awsvpc"
        delay = timing.delay("task_start")
        task = Task(
            cluster_name=self.cluster.name,
            definition=self.definition,
            containers=[Container(one, by_name.get(one["name"], {})) for one in self.definition.container_definitions],
            requirements=self.placement.needs,
            group=self.group,
            instance=instance,
            launch_type="FARGATE" if self.launch.fargate else "EC2",
            capacity_provider=self.launch.provider,
            platform_version=self.launch.platform_version,
            overrides=dict(self.overrides),
            started_by=self.started_by,
            tags=[dict(tag) for tag in self.tags],
            attachments=[_interface(self.launch.network)] if eni and self.launch.network else [],
            last_status="PROVISIONING" if eni else "PENDING",
            due=time.monotonic() + (delay / 2 if eni else delay),
        )
        backend.tasks.setdefault(self.cluster.name, {})[task.arn] = task
        return task


def _interface(network: Mapping[str, Any]) -> dict[str, Any]:
    """Make the network interface of an awsvpc task, as its attachment."""
    ec2 = ec2_backends[ACCOUNT_ID][REGION]
    try:
        interface = ec2.create_network_interface(
            subnet=ec2.get_subnet(network["subnets"][0]),
            private_ip_address=None,
            group_ids=network.get("securityGroups", []),
            description="sandbox ECS task",
        )
    except Exception as error:
        raise InvalidParameterException(
            f"Error retrieving subnet information for {network['subnets']}: {error}"
        ) from error
    interface.status = "in-use"
    details = {
        "subnetId": network["subnets"][0],
        "networkInterfaceId": interface.id,
        "macAddress": interface.mac_address,
        "privateIPv4Address": interface.private_ip_address,
    }
    return {
        "id": new_id(),
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }
