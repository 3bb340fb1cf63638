"""CreateService, UpdateService, DeleteService, DescribeServices and ListServices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.ecs.exceptions import ECSException, InvalidParameterException, ServiceNotFoundException
from moto.ecs.models import Cluster, TaskDefinition

from sandbox.ecs.api import lookup
from sandbox.ecs.model import definitions
from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.names import now
from sandbox.ecs.model.service import Deployment, Service
from sandbox.ecs.scheduler.launch import Launch

# What CreateService may set and DescribeServices shows again, with ECS's defaults.
DEFAULTS: dict[str, Any] = {
    "desiredCount": 0,
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "deploymentConfiguration": {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    },
    "placementConstraints": [],
    "placementStrategy": [],
    "loadBalancers": [],
    "serviceRegistries": [],
    "propagateTags": "NONE",
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "availabilityZoneRebalancing": "DISABLED",
}
KEPT = (
    *DEFAULTS,
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
)
# An update with one of these starts a deployment, also where nothing changes ("UpdateService", API reference).
DEPLOYED = ("capacityProviderStrategy", "networkConfiguration", "platformVersion")
_NETWORK = {"securityGroups": [], "assignPublicIp": "DISABLED"}


class ServiceNotActiveException(ECSException):
    """An update of a service that is DRAINING or INACTIVE."""

    def __init__(self) -> None:
        super().__init__("ServiceNotActiveException", "Service was not ACTIVE.")


def create(backend: Backend, params: Mapping[str, Any]) -> Service:
    """Create a service; its scheduler starts the tasks.

    Raises:
        InvalidParameterException: a request ECS refuses, a name in use or still draining among them.
    """
    cluster = lookup.cluster(backend, params)
    name = params["serviceName"]
    if not re.fullmatch(r"[\w-]{1,255}", name, re.ASCII):
        raise InvalidParameterException("Service name must be up to 255 letters, numbers, underscores and hyphens.")
    if params.get("schedulingStrategy", "REPLICA") != "REPLICA" or _controller(params) != "ECS":
        raise InvalidParameterException("The sandbox models REPLICA services with the ECS deployment controller only.")
    if not params.get("taskDefinition"):
        raise InvalidParameterException("Task definition can not be blank.")
    existing = backend.services.get(_key(cluster, name))
    if existing is not None:
        raise InvalidParameterException(
            "Unable to Start a service that is still Draining."
            if existing.status == "DRAINING"
            else "Creation of service was not idempotent."
        )
    definition = definitions.find_active(backend, params["taskDefinition"])
    kept = {**DEFAULTS, **_given(params)}
    kept["deploymentConfiguration"] = {**DEFAULTS["deploymentConfiguration"], **kept["deploymentConfiguration"]}
    launch = _check(backend, cluster, definition, kept)
    if launch.type:
        kept["launchType"] = launch.type
    deployment = Deployment(definition, kept["desiredCount"])
    service = Service(cluster, name, kept, [deployment], [dict(tag) for tag in params.get("tags", [])])
    backend.services[_key(cluster, name)] = service
    backend.inactive_services.pop(_key(cluster, name), None)
    return service


def update(backend: Backend, params: Mapping[str, Any]) -> Service:
    """Change a service; a new definition, launch or ``forceNewDeployment`` starts a deployment.

    Raises:
        ServiceNotFoundException, ServiceNotActiveException, InvalidParameterException: as ECS.
    """
    cluster = lookup.cluster(backend, params)
    service = find(backend, cluster, params["service"])
    if service.status != "ACTIVE":
        raise ServiceNotActiveException
    definition = service.primary.definition
    if params.get("taskDefinition"):
        definition = definitions.find_active(backend, params["taskDefinition"])
    changed = _given(params)
    if "deploymentConfiguration" in changed:
        changed["deploymentConfiguration"] = {
            **service.parameters["deploymentConfiguration"],
            **changed["deploymentConfiguration"],
        }
    kept = {**service.parameters, **changed}
    if changed.get("capacityProviderStrategy"):
        kept.pop("launchType", None)
    _check(backend, cluster, definition, kept)
    deployed = any(key in changed for key in DEPLOYED)
    if deployed or definition is not service.primary.definition or params.get("forceNewDeployment"):
        _deploy(service, definition)
    service.parameters = kept
    service.primary.desired_count = kept["desiredCount"]
    service.primary.updated_at = now()
    service.steady = False
    service.retry_at = 0.0
    return service


def delete(backend: Backend, params: Mapping[str, Any]) -> Service:
    """Delete a service: DRAINING until its tasks have stopped, then INACTIVE.

    Raises:
        InvalidParameterException: it is scaled above 0 and ``force`` is not set.
    """
    cluster = lookup.cluster(backend, params)
    service = find(backend, cluster, params["service"])
    if service.status != "ACTIVE":
        raise ServiceNotActiveException
    if service.desired_count > 0 and not params.get("force"):
        raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
    service.parameters["desiredCount"] = 0
    for deployment in service.deployments:
        deployment.desired_count = 0
    service.status = "DRAINING"
    return service


def find(backend: Backend, cluster: Cluster, reference: str) -> Service:
    """Find a service that is ACTIVE or DRAINING by name or ARN."""
    service = backend.services.get(_key(cluster, reference.rpartition("/")[2]))
    if service is None:
        raise ServiceNotFoundException
    return service


def describe(backend: Backend, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DescribeServices (at most 10), INACTIVE ones included."""
    cluster = lookup.cluster(backend, params)
    references = params.get("services", [])
    if not 1 <= len(references) <= 10:
        raise InvalidParameterException("Services must be between 1 and 10.")
    found, failures = [], []
    known = {**backend.inactive_services, **backend.services}
    for reference in dict.fromkeys(references):
        service = known.get(_key(cluster, reference.rpartition("/")[2]))
        if service is None:
            failures.append(lookup.missing("service", cluster, reference))
        else:
            found.append(service.describe("TAGS" in params.get("include", [])))
    return {"services": found, "failures": failures}


def list_arns(backend: Backend, params: Mapping[str, Any]) -> list[str]:
    """List ARNs as ListServices does, by launch type and scheduling strategy."""
    cluster = lookup.cluster(backend, params)
    filters = {key: params[key] for key in ("launchType", "schedulingStrategy") if params.get(key)}
    return [
        service.arn
        for service in backend.services.values()
        if service.cluster_name == cluster.name
        and all(service.parameters.get(key) == value for key, value in filters.items())
    ]


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    """Give a request's settings as DescribeServices shows them."""
    given = {key: params[key] for key in KEPT if params.get(key) is not None}
    if "placementStrategy" in given:
        given["placementStrategy"] = [_as_shown(step) for step in given["placementStrategy"]]
    if network := given.get("networkConfiguration", {}).get("awsvpcConfiguration"):
        given["networkConfiguration"] = {"awsvpcConfiguration": {**_NETWORK, **network}}
    return given


def _as_shown(step: Mapping[str, str]) -> dict[str, str]:
    """Write a placement strategy as ECS shows it: MEMORY and CPU in upper case, ``host`` as the other name it has."""
    field = step.get("field", "")
    if field.lower() in ("cpu", "memory"):
        field = field.upper()
    return {**step, **({"field": "instanceId" if field == "host" else field} if field else {})}


def _check(backend: Backend, cluster: Cluster, definition: TaskDefinition, kept: Mapping[str, Any]) -> Launch:
    launch = Launch.make(backend, cluster, definition, kept)
    launch.placement(definition, "check", kept)
    return launch


def _controller(params: Mapping[str, Any]) -> str:
    return str((params.get("deploymentController") or {}).get("type", "ECS"))


def _deploy(service: Service, definition: TaskDefinition) -> None:
    for deployment in service.deployments:
        deployment.status = "ACTIVE"
        deployment.desired_count = 0
        deployment.updated_at = now()
    service.deployments.insert(0, Deployment(definition, service.desired_count))
    service.failed_starts = 0


def _key(cluster: Cluster, name: str) -> str:
    return f"{cluster.name}:{name}"
