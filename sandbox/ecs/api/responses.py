"""ECS's operations on the data plane; clusters, tags, attributes and capacity providers stay moto's."""

from __future__ import annotations

from typing import Any, ClassVar

from moto.core.responses import TYPE_RESPONSE, ActionResult
from moto.ecs.exceptions import ClusterNotFoundException, EcsClientException
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.ecs.api import container_instances, lookup, services, tasks
from sandbox.ecs.model import definitions
from sandbox.ecs.model.backend import Backend
from sandbox.ecs.plane import Plane


class EcsResponse(EC2ContainerServiceResponse):
    """Answers ECS requests, one at a time.

    Attributes:
        plane: the data plane of the sandbox that is up.
    """

    plane: ClassVar[Plane]
    # moto's would reshape attributes, which are in ECS's shape here already.
    RESPONSE_KEY_PATH_TO_TRANSFORMER: ClassVar[dict[str, Any]] = {}

    def call_action(self) -> TYPE_RESPONSE:
        with self.plane.lock:
            return super().call_action()

    @property
    def _backend(self) -> Backend:
        """The backend with a data plane; other regions and accounts have none."""
        if self.ecs_backend is not self.plane.backend:
            raise ClusterNotFoundException
        return self.plane.backend

    @property
    def _params(self) -> dict[str, Any]:
        return dict(self._get_params())

    # Clusters

    def describe_clusters(self) -> ActionResult:
        if self.ecs_backend is self.plane.backend:
            for cluster in list(self.ecs_backend.clusters.values()):
                self.plane.backend.count(cluster)
                cluster.capacity_providers = cluster.capacity_providers or []
                cluster.default_capacity_provider_strategy = cluster.default_capacity_provider_strategy or []
        return super().describe_clusters()

    # Task definitions

    def register_task_definition(self) -> ActionResult:
        definition = definitions.register(self._backend, self._params)
        return ActionResult({"taskDefinition": definition, "tags": definition.tags})

    def describe_task_definition(self) -> ActionResult:
        definition = definitions.find(self._backend, self._params["taskDefinition"])
        tags = {"tags": definition.tags} if "TAGS" in self._params.get("include", []) else {}
        return ActionResult({"taskDefinition": definition, **tags})

    def deregister_task_definition(self) -> ActionResult:
        definition = definitions.deregister(self._backend, self._params["taskDefinition"])
        return ActionResult({"taskDefinition": definition})

    def delete_task_definitions(self) -> ActionResult:
        deleted, failures = definitions.delete(self._backend, self._params["taskDefinitions"])
        return ActionResult({"taskDefinitions": deleted, "failures": failures})

    def list_task_definitions(self) -> ActionResult:
        arns = definitions.arns(self._backend, self._params)
        return ActionResult(lookup.page("taskDefinitionArns", arns, self._params))

    def list_task_definition_families(self) -> ActionResult:
        families = definitions.families(self._backend, self._params)
        return ActionResult(lookup.page("families", families, self._params))

    # Tasks

    def run_task(self) -> ActionResult:
        return ActionResult(tasks.run(self._backend, self.plane.runtime.timing, self._params))

    def start_task(self) -> ActionResult:
        return ActionResult(tasks.start(self._backend, self.plane.runtime.timing, self._params))

    def stop_task(self) -> ActionResult:
        return ActionResult(tasks.stop(self._backend, self._params))

    def describe_tasks(self) -> ActionResult:
        return ActionResult(tasks.describe(self._backend, self._params))

    def list_tasks(self) -> ActionResult:
        return ActionResult(lookup.page("taskArns", tasks.list_arns(self._backend, self._params), self._params))

    # Container instances

    def register_container_instance(self) -> ActionResult:
        raise EcsClientException("In the sandbox, instances are registered by their user data only.")

    def list_container_instances(self) -> ActionResult:
        arns = container_instances.list_arns(self._backend, self._params)
        return ActionResult(lookup.page("containerInstanceArns", arns, self._params))

    def describe_container_instances(self) -> ActionResult:
        return ActionResult(container_instances.describe(self._backend, self._params))

    def update_container_instances_state(self) -> ActionResult:
        return ActionResult(container_instances.update_state(self._backend, self._params))

    def deregister_container_instance(self) -> ActionResult:
        return ActionResult(container_instances.deregister(self._backend, self._params))

    # Services

    def create_service(self) -> ActionResult:
        return ActionResult({"service": services.create(self._backend, self._params).describe()})

    def update_service(self) -> ActionResult:
        return ActionResult({"service": services.update(self._backend, self._params).describe()})

    def delete_service(self) -> ActionResult:
        return ActionResult({"service": services.delete(self._backend, self._params).describe()})

    def describe_services(self) -> ActionResult:
        return ActionResult(services.describe(self._backend, self._params))

    def list_services(self) -> ActionResult:
        arns = services.list_arns(self._backend, self._params)
        return ActionResult(lookup.page("serviceArns", arns, self._params, default=10))
