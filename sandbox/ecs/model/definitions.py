"""Task definitions, where moto's differ from ECS's in a way a caller meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.ecs.exceptions import EcsClientException, RevisionNotFoundException, TaskDefinitionNotFoundException
from moto.ecs.models import TaskDefinition

from sandbox.ecs.model import definition_rules
from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.names import now
from sandbox.ecs.model.normal_form import normal_form
from sandbox.runtime import ACCOUNT_ID

# What instances of the ECS-optimized AMI can do (a selection; the agent registers some forty of these).
LOGGING_DRIVER = "com.amazonaws.ecs.capability.logging-driver."
FIRELENS = "ecs.capability.firelens.fluentbit"
CAPABILITIES = (
    "com.amazonaws.ecs.capability.docker-remote-api.1.17",
    "com.amazonaws.ecs.capability.docker-remote-api.1.18",
    "com.amazonaws.ecs.capability.docker-remote-api.1.19",
    "com.amazonaws.ecs.capability.docker-remote-api.1.21",
    "com.amazonaws.ecs.capability.docker-remote-api.1.29",
    "com.amazonaws.ecs.capability.ecr-auth",
    f"{LOGGING_DRIVER}awslogs",
    f"{LOGGING_DRIVER}fluentd",
    f"{LOGGING_DRIVER}json-file",
    f"{LOGGING_DRIVER}none",
    f"{LOGGING_DRIVER}syslog",
    "com.amazonaws.ecs.capability.task-iam-role",
    "com.amazonaws.ecs.capability.task-iam-role-network-host",
    "ecs.capability.env-files.s3",
    FIRELENS,
    "ecs.capability.execution-role-awslogs",
    "ecs.capability.execution-role-ecr-pull",
    "ecs.capability.secrets.ssm.environment-variables",
    "ecs.capability.task-eni",
)


def register(backend: Backend, params: Mapping[str, Any]) -> TaskDefinition:
    """Register a revision; unlike in moto its number is never one that was deleted.

    Raises:
        EcsClientException: settings that contradict each other.
    """
    given = normal_form(params)
    definition_rules.check(given)
    family = given["family"]
    definition = backend.register_task_definition(
        family,
        given["containerDefinitions"],
        volumes=given["volumes"],
        tags=given.get("tags"),
        placement_constraints=given["placementConstraints"],
        cpu=given.get("cpu"),
        memory=given.get("memory"),
        task_role_arn=given.get("taskRoleArn"),
        execution_role_arn=given.get("executionRoleArn"),
        proxy_configuration=given.get("proxyConfiguration"),
        inference_accelerators=given.get("inferenceAccelerators"),
        runtime_platform=given.get("runtimePlatform"),
        ipc_mode=given.get("ipcMode"),
        pid_mode=given.get("pidMode"),
        ephemeral_storage=given.get("ephemeralStorage"),
    )
    _renumber(backend, definition)
    # moto takes all that is not for EC2 alone for Fargate's, and puts it on awsvpc
    definition.requires_compatibilities = given.get("requiresCompatibilities")
    definition.network_mode = given.get("networkMode")
    definition.compatibilities = definition_rules.compatibilities(given)
    definition.enable_fault_injection = given["enableFaultInjection"]
    definition.requires_attributes = [{"name": name} for name in required_attributes(definition)]
    definition.registered_at = now()
    definition.registered_by = f"arn:aws:iam::{ACCOUNT_ID}:root"
    return definition


def _renumber(backend: Backend, definition: TaskDefinition) -> None:
    family = definition.family
    revision = max(definition.revision, backend.last_revisions.get(family, 0) + 1)
    backend.last_revisions[family] = revision
    if revision != definition.revision:
        del backend.task_definitions[family][definition.revision]
        backend.task_definitions[family][revision] = definition
        definition.arn = definition.arn.removesuffix(f":{definition.revision}") + f":{revision}"
        definition.revision = revision


def deregister(backend: Backend, reference: str) -> TaskDefinition:
    """Deregister a revision; what is INACTIVE already stays as it is.

    Raises:
        EcsClientException: it is being deleted, or does not exist.
    """
    if ":" not in reference.rpartition("/")[2]:
        raise RevisionNotFoundException
    definition = find(backend, reference)
    if definition.status == "DELETE_IN_PROGRESS":
        raise EcsClientException("The specified task definition is being deleted.")
    if definition.status == "ACTIVE":
        definition.status = "INACTIVE"
        definition.deregistered_at = now()
    return definition


def required_attributes(definition: TaskDefinition) -> list[str]:
    """Give the capabilities an instance must have to run a definition (``requiresAttributes``)."""
    names = {"com.amazonaws.ecs.capability.docker-remote-api.1.18"}
    for container in definition.container_definitions:
        driver = container.get("logConfiguration", {}).get("logDriver")
        if driver == "awsfirelens":
            names.add(FIRELENS)
        elif driver:
            names.add(f"{LOGGING_DRIVER}{driver}")
        if driver == "awslogs" and getattr(definition, "execution_role_arn", None):
            names.add("ecs.capability.execution-role-awslogs")
        if container.get("memoryReservation"):
            names.add("com.amazonaws.ecs.capability.docker-remote-api.1.21")
        if ".dkr.ecr." in container["image"]:
            names.add("com.amazonaws.ecs.capability.ecr-auth")
        if container.get("secrets"):
            names.add("ecs.capability.secrets.ssm.environment-variables")
    if getattr(definition, "task_role_arn", None):
        names.add("com.amazonaws.ecs.capability.task-iam-role")
    if definition.network_mode == "awsvpc":
        names.add("ecs.capability.task-eni")
    return sorted(names)


def find(backend: Backend, reference: str) -> TaskDefinition:
    """Find a definition by ARN, ``family:revision`` or family (its newest ACTIVE revision).

    Raises:
        TaskDefinitionNotFoundException: there is none.
    """
    family, _, revision = reference.rpartition("/")[2].partition(":")
    revisions = backend.task_definitions.get(family, {})
    if revision:
        numbers = [int(revision)] if revision.isdigit() else []
    else:
        numbers = sorted(number for number, one in revisions.items() if one.status == "ACTIVE")
    if not numbers or numbers[-1] not in revisions:
        raise TaskDefinitionNotFoundException
    return revisions[numbers[-1]]


def find_active(backend: Backend, reference: str) -> TaskDefinition:
    """Find a definition to run.

    Raises:
        EcsClientException: there is none, or it is not ACTIVE, as RunTask and CreateService say it.
    """
    try:
        definition = find(backend, reference)
    except TaskDefinitionNotFoundException as error:
        raise EcsClientException("TaskDefinition not found.") from error
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    return definition


def arns(backend: Backend, params: Mapping[str, Any]) -> list[str]:
    """List ARNs as ListTaskDefinitions does: by family and revision, ``sort`` DESC for newest first."""
    status, family = params.get("status", "ACTIVE"), params.get("familyPrefix")
    chosen = [one for one in backend.definitions() if one.status == status and family in (None, one.family)]
    chosen.sort(key=lambda one: (one.family, one.revision), reverse=params.get("sort") == "DESC")
    return [one.arn for one in chosen]


def families(backend: Backend, params: Mapping[str, Any]) -> list[str]:
    """List families as ListTaskDefinitionFamilies does (``status`` ACTIVE, INACTIVE or ALL)."""
    status, prefix = params.get("status", "ALL"), params.get("familyPrefix", "")
    chosen = []
    for family, revisions in sorted(backend.task_definitions.items()):
        active = any(one.status == "ACTIVE" for one in revisions.values())
        if family.startswith(prefix) and revisions and status in ("ALL", "ACTIVE" if active else "INACTIVE"):
            chosen.append(family)
    return chosen


def delete(backend: Backend, references: Sequence[str]) -> tuple[list[TaskDefinition], list[Any]]:
    """Delete INACTIVE revisions: DELETE_IN_PROGRESS until nothing runs on them (see ``purge``)."""
    kept = {family: dict(revisions) for family, revisions in backend.task_definitions.items()}
    deleted, failures = backend.delete_task_definitions(list(references))
    backend.task_definitions.update(kept)
    for definition in deleted:
        definition.delete_requested_at = now()
    return deleted, failures


def purge(backend: Backend) -> None:
    """Forget deleted revisions that no task and no service uses any more."""
    used = {task.definition.arn for task in backend.all_tasks() if task.last_status != "STOPPED"}
    used |= {deployment.definition.arn for one in list(backend.services.values()) for deployment in one.deployments}
    for definition in backend.definitions():
        if definition.status == "DELETE_IN_PROGRESS" and definition.arn not in used:
            del backend.task_definitions[definition.family][definition.revision]
