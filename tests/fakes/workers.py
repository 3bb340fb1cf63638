"""A cluster with the workers' service, for tests that move its running count over time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.workers.service import OPERATION
from tests.fakes.aws import FakeAws

NOW = datetime(2026, 1, 1, tzinfo=UTC)


FAMILY_ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement"


DEFINITION = {
    "taskDefinitionArn": f"{FAMILY_ARN}:14",
    "memory": "8192",
    "containerDefinitions": [{"name": "management"}, {"name": "statsd"}],
}


UNPLACED = "(service ingest-staging-run-jobs) was unable to place a task because no container instance met all."


def instance(number: int, memory: int = 31000) -> dict[str, Any]:
    return {
        "containerInstanceArn": f"arn:{number}",
        "ec2InstanceId": f"i-{number}",
        "attributes": [{"name": "ecs.instance-type", "value": "m4.2xlarge"}],
        "remainingResources": [{"name": "CPU", "integerValue": 8192}, {"name": "MEMORY", "integerValue": memory}],
    }


class Ecs:
    """A cluster of 20 free instances and at most one service, whose running count the test moves over time."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.service: dict[str, Any] | None = None
        self.running = {0.0: 0, 5.0: 30, 20.0: 60}  # seconds after the change: workers
        self.events: list[dict[str, Any]] = []
        self.instances = [instance(number) for number in range(20)]
        self.tasks: dict[str, dict[str, Any]] = {}
        aws.on("GetParameters", {"Parameters": []})
        aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION})
        aws.on("DescribeServices", self.describe)
        aws.on("CreateService", self.create)
        aws.on("UpdateService", self.update)
        aws.on("DeleteService", self.delete)
        aws.on("ListContainerInstances", self.list_instances)
        aws.on("DescribeContainerInstances", lambda params: {"containerInstances": self.instances})
        aws.on("ListTasks", lambda params: {"taskArns": list(self.tasks)})
        aws.on("DescribeTasks", lambda params: {"tasks": [self.tasks[arn] for arn in params["tasks"]]})
        aws.on("GetLogEvents", {"events": [{"message": "MemoryError"}], "nextBackwardToken": "b"})

    def list_instances(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"containerInstanceArns": [each["containerInstanceArn"] for each in self.instances]}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["include"] == ["TAGS"]
        if self.service is None:
            return {"services": [], "failures": [{"reason": "MISSING"}]}
        if self.service["status"] == "DRAINING" and self.aws.now > 10:
            self.service["status"] = "INACTIVE"
        moments = [count for moment, count in self.running.items() if moment <= self.aws.now]
        self.service["runningCount"] = moments[-1]
        return {"services": [dict(self.service, events=self.events)]}

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in params.items() if key not in ("cluster", "propagateTags")}
        self.service = {"status": "ACTIVE", "runningCount": 0, "pendingCount": 0, "createdAt": NOW} | kept
        return {"service": self.service}

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        assert self.service
        self.service |= {key: value for key, value in params.items() if key not in ("cluster", "service")}
        return {"service": self.service}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        assert self.service
        self.service["status"] = "DRAINING"
        return {"service": self.service}

    def stop(self, number: int, code: int, **more: Any) -> None:
        arn = f"arn:aws:ecs:us-east-1:123456789012:task/ecsStagingCluster/{number}"
        self.tasks[arn] = {
            "taskArn": arn,
            "taskDefinitionArn": DEFINITION["taskDefinitionArn"],
            "lastStatus": "STOPPED",
            "createdAt": NOW,
            "startedAt": NOW,
            "stopCode": "EssentialContainerExited",
            "containers": [{"name": "management", "exitCode": code}, {"name": "statsd", "exitCode": 137}],
        } | more

    def run(self, check_mode: bool = False, preview: Preview | None = None, **params: Any) -> Result:
        """Run the operation with the runbook's values, unless ``params`` say otherwise."""
        defaults = {
            "state": "present",
            "name": "ingest-staging-run-jobs",
            "cluster": "ecsStagingCluster",
            "environment": "staging",
            "task_definition": "StagingManagement:14",
            "purpose": "run_jobs",
            "container": "management",
            "count": 200,
            "instance_types": ["m4.2xlarge"],
            "placement_strategy": [{"type": "spread", "field": "attribute:ecs.instance-type"}],
            "wait": True,
            "timeout": 900,
        }
        return OPERATION.run(self.aws.context(check_mode, preview), defaults | params)
