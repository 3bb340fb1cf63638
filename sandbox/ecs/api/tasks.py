"""RunTask, StartTask, StopTask, DescribeTasks and ListTasks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.models import Cluster, TaskDefinition

from sandbox.ecs.api import lookup
from sandbox.ecs.model import definitions
from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.task import Task
from sandbox.ecs.scheduler.launch import NO_INSTANCES, Blueprint, Launch, candidates
from sandbox.timing import Timing


class ConflictException(ECSException):
    """A clientToken used again with other parameters."""

    def __init__(self, arns: Sequence[str]) -> None:
        super().__init__("ConflictException", "The clientToken was already used with a different request.")
        self.resource_ids = list(arns)


def run(backend: Backend, timing: Timing, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer RunTask.

    Raises:
        InvalidParameterException: a request ECS refuses, an empty cluster among them.
        ConflictException: the clientToken belongs to another request.
    """
    cluster = lookup.cluster(backend, params)
    count = params.get("count", 1)
    if not 1 <= count <= 10:
        raise InvalidParameterException("Task count must be between 1 and 10.")
    definition = definitions.find_active(backend, params["taskDefinition"])
    again = _repeated(backend, params)
    if again is not None:
        return {"tasks": [task.describe() for task in again], "failures": []}
    blueprint = _blueprint(backend, cluster, definition, params)
    instances = candidates(backend, cluster, blueprint.launch)
    if not blueprint.launch.fargate and not instances:
        if blueprint.launch.provider:
            arn = cluster.arn
            return {"tasks": [], "failures": [{"arn": arn, "reason": "EMPTY CAPACITY PROVIDER"}]}
        raise InvalidParameterException(NO_INSTANCES)
    tasks: list[Task] = []
    failures: list[dict[str, str]] = []
    for _ in range(count):
        instance = blueprint.placement.choose(instances)
        if instance is None and not blueprint.launch.fargate:
            failures = [
                {"arn": one.container_instance_arn, "reason": reason}
                for one, reason in blueprint.placement.failures(instances)
            ]
            break
        tasks.append(blueprint.start(backend, timing, instance))
    if params.get("clientToken") and tasks:
        backend.client_tokens[params["clientToken"]] = (_fingerprint(params), [task.arn for task in tasks])
    return {"tasks": [task.describe() for task in tasks], "failures": failures}


def start(backend: Backend, timing: Timing, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer StartTask: tasks on the instances the request names."""
    cluster = lookup.cluster(backend, params)
    references = params.get("containerInstances", [])
    if not 1 <= len(references) <= 10:
        raise InvalidParameterException("Container instances must be between 1 and 10.")
    definition = definitions.find_active(backend, params["taskDefinition"])
    blueprint = _blueprint(backend, cluster, definition, params)
    tasks, failures = [], []
    for reference in references:
        instance = lookup.instance(backend, cluster, reference)
        if instance is None:
            failures.append(lookup.missing("container-instance", cluster, reference))
        elif (reason := blueprint.placement.refusal(instance)) is not None:
            failures.append({"arn": instance.container_instance_arn, "reason": reason})
        else:
            tasks.append(blueprint.start(backend, timing, instance))
    return {"tasks": [task.describe() for task in tasks], "failures": failures}


def _repeated(backend: Backend, params: Mapping[str, Any]) -> list[Task] | None:
    """Give the tasks an earlier request with the same clientToken started."""
    earlier = backend.client_tokens.get(params.get("clientToken", ""))
    if earlier is None:
        return None
    fingerprint, arns = earlier
    if fingerprint != _fingerprint(params):
        raise ConflictException(arns)
    known = {task.arn: task for task in backend.all_tasks()}
    return [known[arn] for arn in arns if arn in known]


def _fingerprint(params: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in params.items() if key != "clientToken"}


def _blueprint(backend: Backend, cluster: Cluster, definition: TaskDefinition, params: Mapping[str, Any]) -> Blueprint:
    overrides = params.get("overrides") or {}
    _check_overrides(definition, overrides)
    started_by = params.get("startedBy")
    if started_by is not None and not re.fullmatch(r"[\w/-]{1,128}", started_by, re.ASCII):
        raise InvalidParameterException(
            "startedBy must be at most 128 characters: letters, numbers, hyphens, forward slashes and underscores."
        )
    launch = Launch.make(backend, cluster, definition, params)
    group = params.get("group") or f"family:{definition.family}"
    placement = launch.placement(definition, group, params, overrides)
    tags = list(params.get("tags", []))
    if params.get("propagateTags") == "TASK_DEFINITION":
        tags = merge_tags(definition.tags, tags)
    if params.get("enableECSManagedTags"):
        tags = merge_tags(tags, [{"key": "aws:ecs:clusterName", "value": cluster.name}])
    return Blueprint(cluster, definition, launch, group, overrides, started_by, tags, placement)


def merge_tags(*lists: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Join tag lists; later ones win."""
    return list({tag["key"]: tag for tags in lists for tag in tags}.values())


def _check_overrides(definition: TaskDefinition, overrides: Mapping[str, Any]) -> None:
    if len(json.dumps(overrides, separators=(",", ":"))) > 8192:
        raise InvalidParameterException("Container Overrides length must be at most 8192")
    names = {container["name"] for container in definition.container_definitions}
    for override in overrides.get("containerOverrides", []):
        if override.get("name") not in names:
            raise InvalidParameterException(
                f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
            )


def stop(backend: Backend, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer StopTask."""
    cluster = lookup.cluster(backend, params)
    task = lookup.task(backend, cluster, params["task"])
    task.stop("UserInitiated", params.get("reason") or "Task stopped by user")
    return {"task": task.describe()}


def describe(backend: Backend, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer DescribeTasks, in the order asked."""
    cluster = lookup.cluster(backend, params)
    references = params.get("tasks", [])
    if not references:
        raise InvalidParameterException("Tasks cannot be empty.")
    if len(references) > 100:
        raise InvalidParameterException("Tasks cannot have more than 100 elements.")
    tasks, failures = [], []
    for reference in dict.fromkeys(references):
        try:
            tasks.append(lookup.task(backend, cluster, reference).describe("TAGS" in params.get("include", [])))
        except InvalidParameterException:
            failures.append(lookup.missing("task", cluster, reference))
    return {"tasks": tasks, "failures": failures}


def list_arns(backend: Backend, params: Mapping[str, Any]) -> list[str]:
    """List task ARNs as ListTasks does: RUNNING desired unless STOPPED is asked for.

    Raises:
        InvalidParameterException: ``startedBy`` together with another filter.
    """
    cluster = lookup.cluster(backend, params)
    names = ("startedBy", "family", "serviceName", "containerInstance", "launchType")
    filters = {name: params[name] for name in names if params.get(name)}
    if "startedBy" in filters and len(filters) > 1:
        raise InvalidParameterException("startedBy cannot be combined with other filters.")
    instance = lookup.instance(backend, cluster, filters.get("containerInstance", ""))
    if "containerInstance" in filters and instance is None:
        raise InvalidParameterException("The referenced container instance was not found.")
    wanted = {
        "startedBy": lambda task: task.started_by,
        "family": lambda task: task.definition.family,
        "serviceName": lambda task: task.group.removeprefix("service:") if task.group.startswith("service:") else None,
        "launchType": lambda task: task.launch_type,
    }
    chosen = []
    for task in backend.tasks.get(cluster.name, {}).values():
        if task.desired_status != params.get("desiredStatus", "RUNNING"):
            continue
        if instance is not None and task.instance is not instance:
            continue
        asked = {
            name: str(params[name]).rpartition("/")[2] if name == "serviceName" else params[name]
            for name in wanted
            if params.get(name)
        }
        if all(wanted[name](task) == value for name, value in asked.items()):
            chosen.append(task.arn)
    return chosen
