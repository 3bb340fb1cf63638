"""ListContainerInstances, DescribeContainerInstances and the calls that drain or deregister one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ecs.exceptions import EcsClientException, InvalidParameterException

from sandbox.ecs.api import lookup
from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.expressions import InvalidExpression, parse


def list_arns(backend: Backend, params: Mapping[str, Any]) -> list[str]:
    """List ARNs as ListContainerInstances does, by ``status`` and ``filter`` (cluster query language)."""
    cluster = lookup.cluster(backend, params)
    try:
        test = parse(params["filter"]) if params.get("filter") else lambda instance: True
    except InvalidExpression as error:
        raise InvalidParameterException(f"Invalid filter: {error}") from error
    status = params.get("status")
    return [
        one.container_instance_arn for one in backend.instances(cluster) if status in (None, one.status) and test(one)
    ]


def describe(backend: Backend, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DescribeContainerInstances."""
    cluster = lookup.cluster(backend, params)
    references = params.get("containerInstances", [])
    if not references:
        raise EcsClientException("Container Instances cannot be empty.")
    if len(references) > 100:
        raise InvalidParameterException("Container Instances cannot have more than 100 elements.")
    tags = "TAGS" in params.get("include", [])
    found, failures = [], []
    for reference in dict.fromkeys(references):
        instance = lookup.instance(backend, cluster, reference)
        if instance is None:
            failures.append(lookup.missing("container-instance", cluster, reference))
        else:
            found.append(instance.describe(tags))
    return {"containerInstances": found, "failures": failures}


def update_state(backend: Backend, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer UpdateContainerInstancesState (at most 10 instances); standalone tasks of a DRAINING one go on."""
    cluster = lookup.cluster(backend, params)
    references, status = params.get("containerInstances", []), params["status"]
    if status not in ("ACTIVE", "DRAINING"):
        raise InvalidParameterException("Container instance status should be one of [ACTIVE,DRAINING]")
    if not 1 <= len(references) <= 10:
        raise InvalidParameterException("Container Instances must be between 1 and 10.")
    updated, failures = [], []
    for reference in references:
        instance = lookup.instance(backend, cluster, reference)
        if instance is None:
            failures.append(lookup.missing("container-instance", cluster, reference))
        else:
            instance.status = status
            updated.append(instance.describe())
    return {"containerInstances": updated, "failures": failures}


def deregister(backend: Backend, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DeregisterContainerInstance: with ``force`` its tasks are orphaned, which ends them here."""
    cluster = lookup.cluster(backend, params)
    instance = lookup.instance(backend, cluster, params["containerInstance"])
    if instance is None:
        raise InvalidParameterException("The referenced container instance was not found.")
    if instance.tasks and not params.get("force"):
        raise InvalidParameterException("Found running tasks on the instance.")
    for task in backend.tasks_on(instance):
        task.stop("TerminationNotice", "Container instance deregistration forced by user.")
    del backend.container_instances[cluster.name][instance.id]
    backend.deregistered.add(instance.ec2_instance_id)
    instance.status = "INACTIVE"
    return {"containerInstance": instance.describe()}
