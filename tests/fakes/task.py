"""A management command as ECS and CloudWatch Logs tell of it, for tests that script their answers."""

from __future__ import annotations

from typing import Any

from tests.fakes.aws import Refusal

ARN = "arn:aws:ecs:us-east-1:1:task-definition/StagingManagement:7"
TASK = "arn:aws:ecs:us-east-1:1:task/ecsStagingCluster/abc"
PARAMS: dict[str, Any] = {
    "cluster": "ecsStagingCluster",
    "task_definition": "StagingManagement",
    "purpose": "management",
    "container": "management",
    "command": "loaddata,scenarios",
    "env": None,
    "environment": "staging",
    "started_by": None,
    "client_token": None,
    "timeout": None,
    "stop_on_timeout": False,
    "capacity_timeout": 60,
}
DEFINITION = {
    "taskDefinitionArn": ARN,
    "family": "StagingManagement",
    "containerDefinitions": [
        {
            "name": "management",
            "environment": [{"name": "RDS_PASSWORD", "value": "hunter2"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "g", "awslogs-stream-prefix": "p"},
            },
        },
        {"name": "statsd"},
    ],
}
GONE = Refusal("ResourceNotFoundException", "The specified log stream does not exist.")


def task(status: str, code: int | None = None, **more: Any) -> dict[str, Any]:
    container = {"name": "management"} | ({} if code is None else {"exitCode": code})
    containers = [container, {"name": "statsd", "exitCode": 137}]
    started = {} if status == "PENDING" else {"startedAt": 1}
    return {"taskArn": TASK, "lastStatus": status, "containers": containers, **started, **more}


def tasks(*found: dict[str, Any]) -> dict[str, Any]:
    return {"tasks": list(found), "failures": []}


def page(token: str, *lines: str) -> dict[str, Any]:
    events = [{"message": line, "timestamp": 1} for line in lines]
    return {"events": events, "nextForwardToken": token, "nextBackwardToken": "b"}
