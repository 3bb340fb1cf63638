"""What RegisterTaskDefinition refuses, all with ClientException, and on which launch types a definition runs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from moto.ecs.exceptions import EcsClientException

from sandbox.ecs.model.expressions import InvalidExpression, parse

LARGEST = 65_536  # bytes of a definition
# CPU units -> MiB: the least, the most, and the step between
_FARGATE_SIZES = {
    256: (512, 2048, 512),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16_384, 1024),
    4096: (8192, 30_720, 1024),
    8192: (16_384, 61_440, 4096),
    16_384: (32_768, 122_880, 8192),
}
_NO_SIZES = {(256, 1536)}
_FARGATE_LOGS = ("awslogs", "splunk", "awsfirelens")
_LOG_DRIVERS = (*_FARGATE_LOGS, "fluentd", "gelf", "journald", "json-file", "logentries", "none", "syslog")
_AWSLOGS_NEEDS = ("awslogs-region", "awslogs-group")

Definition = Mapping[str, Any]


def check(definition: Definition) -> None:
    """Refuse a definition (in its normal form) as ECS does.

    Raises:
        EcsClientException: what is wrong with it.
    """
    for rule in (_parts, _memory_and_cpu, _references, _ports_and_logs, _firelens, _placement):
        for problem in rule(definition):
            raise EcsClientException(problem)
    if "FARGATE" in (definition.get("requiresCompatibilities") or []):
        for problem in fargate_problems(definition):
            raise EcsClientException(problem)


def compatibilities(definition: Definition) -> list[str]:
    """Give the launch types a definition was found to be valid for, which is more than those it requires."""
    found = ["EC2"]
    if next(fargate_problems(definition), None) is None:
        found.append("FARGATE")
    elif definition.get("networkMode") != "awsvpc":
        found.insert(0, "EXTERNAL")
    return found


def fargate_problems(definition: Definition) -> Iterator[str]:
    """Give what keeps a definition off Fargate."""
    for setting in ("cpu", "memory"):
        if not definition.get(setting):
            yield f"Fargate requires that '{setting}' be defined at the task level."
            return
    if definition.get("networkMode") != "awsvpc":
        yield "Fargate only supports network mode ‘awsvpc’."
    cpu, memory = int(definition["cpu"]), int(definition["memory"])
    least, most, step = _FARGATE_SIZES.get(cpu, (1, 0, 1))
    if not least <= memory <= most or (memory - least) % step or (cpu, memory) in _NO_SIZES:
        yield (
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS "
            "documentation for the valid values."
        )
    if definition.get("placementConstraints"):
        yield "Placement constraints are not supported with FARGATE launch type."
    if any((volume.get("host") or {}).get("sourcePath") for volume in definition["volumes"]):
        yield "Fargate compatible task definitions do not support sourcePath"
    for container in definition["containerDefinitions"]:
        yield from _fargate_container(definition, container)


def _fargate_container(definition: Definition, container: Definition) -> Iterator[str]:
    driver = (container.get("logConfiguration") or {}).get("logDriver", "awslogs")
    if driver not in _FARGATE_LOGS:
        yield f"Fargate compatible task definitions do not support log driver '{driver}'"
    if container.get("privileged"):
        yield "Fargate compatible task definitions do not support privileged"
    if container.get("links"):
        yield "Links are not supported when networkMode=awsvpc."
    if definition.get("executionRoleArn"):
        return
    if ".dkr.ecr." in container.get("image", ""):
        yield "Fargate requires task definition to have execution role ARN to support ECR images."
    if container.get("logConfiguration") and driver == "awslogs":
        yield "Fargate requires task definition to have execution role ARN to support log driver awslogs."


def _parts(definition: Definition) -> Iterator[str]:
    containers = definition["containerDefinitions"]
    for container in containers:
        for name in ("name", "image"):
            if not container.get(name):
                yield f"Container.{name} should not be null or empty."
    twice = [name for name, count in Counter(one["name"] for one in containers).items() if count > 1]
    if twice:
        yield f"Container names must be unique within a task definition: {twice[0]}"
    if not any(container["essential"] for container in containers):
        yield "At least one container must be marked as essential."
    size = len(json.dumps({name: value for name, value in definition.items() if name != "tags"}, separators=(",", ":")))
    if size > LARGEST:
        yield f"Actual length: '{size}'. Max allowed length is '{LARGEST}' bytes."


def _memory_and_cpu(definition: Definition) -> Iterator[str]:
    task_memory, task_cpu = int(definition.get("memory") or 0), int(definition.get("cpu") or 0)
    containers = definition["containerDefinitions"]
    if task_cpu and not 128 <= task_cpu <= 196_608:
        yield "Invalid 'cpu' setting for task."
    for container in containers:
        name, hard, soft = container["name"], container.get("memory"), container.get("memoryReservation")
        if not (hard or soft or task_memory):
            yield (
                f"Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be "
                "specified."
            )
        if hard and soft and soft > hard:
            yield (
                f"Invalid setting for container '{name}'. The value for 'memory' must be greater than or equal to the "
                "value for 'memoryReservation'."
            )
        if hard and task_memory and hard > task_memory:
            yield f"The 'memory' setting for container '{name}' is greater than for the task."
    # what a container reserves is its soft limit, else its hard one
    reserved = sum(each.get("memoryReservation") or each.get("memory") or 0 for each in containers)
    if task_memory and reserved > task_memory:
        yield (
            "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'."
        )
    if task_cpu and sum(each["cpu"] for each in containers) > task_cpu:
        yield "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."


def _references(definition: Definition) -> Iterator[str]:
    """Check what containers name: volumes, each other, secrets."""
    volumes = {volume.get("name") for volume in definition["volumes"]}
    names = {container["name"] for container in definition["containerDefinitions"]}
    for container in definition["containerDefinitions"]:
        for mount in container["mountPoints"]:
            if mount.get("sourceVolume") not in volumes:
                yield f"Unknown volume '{mount.get('sourceVolume')}'."
        others = [("dependsOn", each.get("containerName")) for each in container.get("dependsOn", [])]
        others += [("volumesFrom", each.get("sourceContainer")) for each in container["volumesFrom"]]
        others += [("links", each.partition(":")[0]) for each in container.get("links", [])]
        for setting, other in others:
            if other not in names:
                yield f"Invalid '{setting}' setting for container '{container['name']}': unknown container '{other}'."
            if other == container["name"]:
                yield f"Invalid '{setting}' setting: container '{other}' cannot depend on itself."
        yield from _secrets(definition, container)


def _secrets(definition: Definition, container: Definition) -> Iterator[str]:
    secrets = [each["name"] for each in container.get("secrets", [])]
    taken = Counter(secrets) + Counter({each.get("name") for each in container["environment"]})
    for name in secrets:
        if taken[name] > 1:
            yield (
                "The secret name must be unique and not shared with any new or existing environment variables set on "
                f"the container, such as '{name}'."
            )
    if secrets and not definition.get("executionRoleArn"):
        yield "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."


def _ports_and_logs(definition: Definition) -> Iterator[str]:
    mode = definition.get("networkMode")
    for container in definition["containerDefinitions"]:
        for port in container["portMappings"]:
            if mode in ("awsvpc", "host") and port["hostPort"] != port.get("containerPort"):
                yield f"When networkMode={mode}, the host ports and container ports in port mappings must match."
        logging = container.get("logConfiguration") or {}
        driver = logging.get("logDriver")
        if driver is not None and driver not in _LOG_DRIVERS:
            yield f"Log driver '{driver}' is not supported."
        if driver == "awslogs" and set(_AWSLOGS_NEEDS) - set(logging["options"]):
            yield f"Log driver awslogs requires options: {', '.join(_AWSLOGS_NEEDS)}"


def _firelens(definition: Definition) -> Iterator[str]:
    """Check that a log router has something to route, and the other way round."""
    containers = definition["containerDefinitions"]
    routed = any((each.get("logConfiguration") or {}).get("logDriver") == "awsfirelens" for each in containers)
    routers = [each for each in containers if each.get("firelensConfiguration")]
    if routers and not routed:
        yield (
            "When a firelensConfiguration object is specified, at least one container has to be configured with the "
            "awsfirelens log driver."
        )
    if routed and not routers:
        yield (
            "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be "
            "configured in one of the containers."
        )


def _placement(definition: Definition) -> Iterator[str]:
    for constraint in definition["placementConstraints"]:
        try:
            parse(constraint.get("expression", ""))
        except InvalidExpression as error:
            yield f"Invalid placement constraint: {error}"
