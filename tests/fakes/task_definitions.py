"""Task definitions in moto: terraform's own, and what runs clone of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.task_definition import run

FAMILY = "StagingManagement"


TERRAFORM: dict[str, Any] = {
    "family": FAMILY,
    "taskRoleArn": "arn:aws:iam::123456789012:role/task",
    "networkMode": "bridge",
    "volumes": [{"name": "data", "host": {"sourcePath": "/data"}}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
    "containerDefinitions": [
        {
            "name": "management",
            "image": "cc-management:latest",
            "entryPoint": ["./manage.py"],
            "memory": 2048,
            "environment": [
                {"name": "RDS_PASSWORD", "value": "hunter2"},
                {"name": "DJANGO_LOG_LEVEL", "value": "INFO"},
            ],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
            "logConfiguration": {"logDriver": "json-file"},
            "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
        },
        {"name": "statsd", "image": "statsd", "memory": 64, "essential": True},
    ],
    "tags": [{"key": "Project", "value": "climate"}],
}


DEFAULTS = {
    "state": "present",
    "family": FAMILY,
    "container": "management",
    "purpose": "management",
    "environment": "staging",
    "task_memory": None,
    "memory": None,
    "memory_reservation": None,
    "env": None,
    "command": None,
    "log_group": "none",
}


SOFT = {"memory": 0, "memory_reservation": 2048}


BIG = {"purpose": "run_jobs", "task_memory": 8192, "memory": 8128, "command": "run_jobs"}  # 64 are statsd's


class DefinitionsAccount:
    """An account in moto with terraform's definition, its family's first revision."""

    def __init__(self) -> None:
        self.ecs = boto3.client("ecs", region_name="us-east-1")
        self.logs = boto3.client("logs", region_name="us-east-1")
        self.ecs.register_task_definition(**TERRAFORM)

    def context(self, check_mode: bool = False, preview: Preview | None = None) -> Context:
        clients = {"ecs": self.ecs, "logs": self.logs}
        return Context(connect=clients.__getitem__, check_mode=check_mode, preview=preview or Preview())

    def run(
        self, check_mode: bool = False, preview: Preview | None = None, run_id: str = "r1", **params: Any
    ) -> Result:
        return run(replace(self.context(check_mode, preview), run_id=run_id), {**DEFAULTS, **params})

    def register(self, **changes: Any) -> str:
        answer = self.ecs.register_task_definition(**{**TERRAFORM, **changes})
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def definition(self, revision: int) -> dict[str, Any]:
        answer = self.ecs.describe_task_definition(taskDefinition=f"{FAMILY}:{revision}", include=["TAGS"])
        return {**answer["taskDefinition"], "tags": {tag["key"]: tag["value"] for tag in answer["tags"]}}

    def container(self, revision: int, name: str = "management") -> dict[str, Any]:
        return next(each for each in self.definition(revision)["containerDefinitions"] if each["name"] == name)

    def active(self) -> list[int]:
        arns = self.ecs.list_task_definitions(familyPrefix=FAMILY)["taskDefinitionArns"]
        return sorted(int(arn.rsplit(":", 1)[1]) for arn in arns)
