"""What RegisterTaskDefinition refuses."""

from __future__ import annotations

from typing import Any

from tests.unit.sandbox.limits.accepted import CONTAINER, LONG, TAGS, Row


def containers(*more: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{**CONTAINER, **settings}, *more]}


FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "512", "memory": "1024"}
SECRET = {"secrets": [{"name": "A", "valueFrom": "b"}]}
ROLE = {"executionRoleArn": "arn:aws:iam::123456789012:role/execution"}
MEMBER = {"type": "memberOf", "expression": "attribute:a == b"}

TASK_DEFINITIONS: list[Row] = [
    # a task definition: names, parts, size
    ("ecs.RegisterTaskDefinition", {"family": "a b"}, "ClientException", "family"),
    ("ecs.RegisterTaskDefinition", {"family": LONG}, "ClientException", "family"),
    ("ecs.RegisterTaskDefinition", {"containerDefinitions": []}, "ClientException", "containerDefinitions"),
    ("ecs.RegisterTaskDefinition", containers(name="a b"), "ClientException", "name"),
    ("ecs.RegisterTaskDefinition", containers(image=""), "ClientException", "Container.image should not be null"),
    ("ecs.RegisterTaskDefinition", containers(CONTAINER), "ClientException", "must be unique"),
    ("ecs.RegisterTaskDefinition", containers(essential=False), "ClientException", "essential"),
    (
        "ecs.RegisterTaskDefinition",
        containers(command=["x" * 65_536]),
        "ClientException",
        "Max allowed length is '65536'",
    ),
    ("ecs.RegisterTaskDefinition", {"networkMode": "bridged"}, "ClientException", "enum value set"),
    ("ecs.RegisterTaskDefinition", {"requiresCompatibilities": ["LAMBDA"]}, "ClientException", "enum value set"),
    ("ecs.RegisterTaskDefinition", {"tags": TAGS}, "ClientException", "less than or equal to 50"),
    ("ecs.RegisterTaskDefinition", {"tags": [{"key": "aws:a", "value": ""}]}, "ClientException", "aws:"),
    ("ecs.RegisterTaskDefinition", {"tags": [{"key": "x" * 129, "value": ""}]}, "ClientException", "equal to 128"),
    ("ecs.RegisterTaskDefinition", {"tags": [{"key": "a", "value": "x" * 257}]}, "ClientException", "equal to 256"),
    ("ecs.RegisterTaskDefinition", {"placementConstraints": [MEMBER] * 11}, "ClientException", "equal to 10"),
    (
        "ecs.RegisterTaskDefinition",
        {"placementConstraints": [{"type": "memberOf", "expression": "instance-type = t2"}]},
        "ClientException",
        "Invalid placement constraint",
    ),
    # memory and CPU
    ("ecs.RegisterTaskDefinition", containers(memory=3), "ClientException", "greater than or equal to 4"),
    ("ecs.RegisterTaskDefinition", containers(memory=None), "ClientException", "At least one of 'memory'"),
    (
        "ecs.RegisterTaskDefinition",
        containers(memoryReservation=129),
        "ClientException",
        "greater than or equal to the",
    ),
    ("ecs.RegisterTaskDefinition", {"memory": "127"}, "ClientException", "is greater than for the task"),
    ("ecs.RegisterTaskDefinition", {"memory": "much"}, "ClientException", "Invalid 'memory' setting for task"),
    ("ecs.RegisterTaskDefinition", {"cpu": "0.5"}, "ClientException", "Invalid 'cpu' setting for task"),
    (
        "ecs.RegisterTaskDefinition",
        {**containers({**CONTAINER, "name": "b", "memoryReservation": 80}, memoryReservation=128), "memory": "0.2 GB"},
        "ClientException",
        "The sum of all container 'memoryReservation' values",
    ),
    ("ecs.RegisterTaskDefinition", {**containers(cpu=300), "cpu": "256"}, "ClientException", "'cpu' values"),
    # Fargate
    ("ecs.RegisterTaskDefinition", {**FARGATE, "cpu": None}, "ClientException", "requires that 'cpu' be defined"),
    ("ecs.RegisterTaskDefinition", {**FARGATE, "memory": None}, "ClientException", "requires that 'memory'"),
    ("ecs.RegisterTaskDefinition", {**FARGATE, "networkMode": None}, "ClientException", "only supports network mode"),
    ("ecs.RegisterTaskDefinition", {**FARGATE, "memory": "8192"}, "ClientException", "No Fargate configuration exists"),
    ("ecs.RegisterTaskDefinition", {**FARGATE, "memory": "1536"}, "ClientException", "No Fargate configuration exists"),
    ("ecs.RegisterTaskDefinition", {**FARGATE, "cpu": "300"}, "ClientException", "No Fargate configuration exists"),
    (
        "ecs.RegisterTaskDefinition",
        {**FARGATE, "requiresCompatibilities": ["EC2", "FARGATE"], "memory": "8 GB"},
        "ClientException",
        "No Fargate configuration exists for given values: 512 CPU, 8192 memory",
    ),
    ("ecs.RegisterTaskDefinition", {**FARGATE, "placementConstraints": [MEMBER]}, "ClientException", "FARGATE"),
    ("ecs.RegisterTaskDefinition", FARGATE | containers(privileged=True), "ClientException", "privileged"),
    (
        "ecs.RegisterTaskDefinition",
        FARGATE | containers(logConfiguration={"logDriver": "syslog"}),
        "ClientException",
        "do not support log driver 'syslog'",
    ),
    (
        "ecs.RegisterTaskDefinition",
        FARGATE | containers(image="1.dkr.ecr.us-east-1.amazonaws.com/app:1"),
        "ClientException",
        "execution role ARN to support ECR images",
    ),
    # what containers name
    (
        "ecs.RegisterTaskDefinition",
        {**ROLE, **containers(environment=[{"name": "A", "value": "b"}], **SECRET)},
        "ClientException",
        "not shared with any new or existing environment variables",
    ),
    ("ecs.RegisterTaskDefinition", containers(**SECRET), "ClientException", "executionRoleArn"),
    (
        "ecs.RegisterTaskDefinition",
        containers(mountPoints=[{"sourceVolume": "no"}]),
        "ClientException",
        "Unknown volume",
    ),
    (
        "ecs.RegisterTaskDefinition",
        containers(dependsOn=[{"containerName": "no", "condition": "START"}]),
        "ClientException",
        "unknown container 'no'",
    ),
    ("ecs.RegisterTaskDefinition", containers(links=["no:alias"]), "ClientException", "unknown container 'no'"),
    ("ecs.RegisterTaskDefinition", containers(portMappings=[{"containerPort": 65_536}]), "ClientException", "65535"),
    (
        "ecs.RegisterTaskDefinition",
        {"networkMode": "awsvpc", **containers(portMappings=[{"containerPort": 80, "hostPort": 8080}])},
        "ClientException",
        "must match",
    ),
    (
        "ecs.RegisterTaskDefinition",
        containers(logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "a"}}),
        "ClientException",
        "Log driver awslogs requires options",
    ),
    ("ecs.RegisterTaskDefinition", containers(logConfiguration={"logDriver": "loki"}), "ClientException", "'loki'"),
    (
        "ecs.RegisterTaskDefinition",
        containers(firelensConfiguration={"type": "fluentbit"}),
        "ClientException",
        "at least one container has to be configured with the awsfirelens log driver",
    ),
    (
        "ecs.RegisterTaskDefinition",
        containers(logConfiguration={"logDriver": "awsfirelens"}),
        "ClientException",
        "a firelens configuration object must be configured",
    ),
]
