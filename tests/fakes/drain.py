"""A queue that is drained by a service, for tests that move both over time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.workers.queue_drain import OPERATION
from tests.fakes.aws import FakeAws

LOGGING = {"logDriver": "awslogs", "options": {"awslogs-group": "logs", "awslogs-stream-prefix": "ecs"}}


VARIABLES = [{"name": "RDS_PASSWORD", "value": "geheim"}]


UNPLACED = (
    "(service ingest-staging-run-jobs) was unable to place a task because no container instance met all of its"
    " requirements. The closest matching (container-instance {number}) has insufficient memory available. For more"
    " information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)


class DrainAccount:
    """A queue whose counts, and a service whose workers, are functions of the time that passed."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.counts: Callable[[float], tuple[int, int, int]] = lambda now: (max(0, 100 - int(now / 6)), 0, 0)
        self.running: Callable[[float], int] = lambda now: 10
        self.stopped_at: float | None = None
        self.stopping = 30.0
        self.service: dict[str, Any] | None = {
            "status": "ACTIVE",
            "desiredCount": 10,
            "pendingCount": 0,
            "taskDefinition": "StagingManagement:14",
            "createdAt": datetime.now(UTC),
            "events": [],
        }
        self.container: dict[str, Any] = {
            "name": "management",
            "logConfiguration": LOGGING,
            "environment": VARIABLES,
        }
        self.tasks: dict[str, dict[str, Any]] = {}
        self.lines: list[dict[str, Any]] = []
        aws.on("GetQueueUrl", {"QueueUrl": "https://queue"})
        aws.on("GetQueueAttributes", self.attributes)
        aws.on("DescribeServices", self.describe)
        aws.on("UpdateService", self.update)
        aws.on("DescribeTaskDefinition", self.definition)
        aws.on("ListTasks", lambda params: {"taskArns": list(self.tasks)})
        aws.on("DescribeTasks", lambda params: {"tasks": [self.tasks[arn] for arn in params["tasks"]]})
        aws.on("ListContainerInstances", {"containerInstanceArns": []})
        aws.on("FilterLogEvents", lambda params: {"events": self.lines})
        aws.on("GetLogEvents", self.last_lines)

    def attributes(self, params: dict[str, Any]) -> dict[str, Any]:
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        found = {name: str(count) for name, count in zip(names, self.counts(self.aws.now), strict=True)}
        return {"Attributes": found | {"VisibilityTimeout": "14400"}}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.service is None:
            return {"services": []}
        stopping = self.stopped_at is not None and self.aws.now >= self.stopped_at + self.stopping
        running = 0 if stopping else self.running(self.aws.now)
        return {"services": [dict(self.service, runningCount=running)]}

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        """Take a new number of workers; after ``stopping`` seconds none runs if it is 0."""
        assert self.service is not None
        self.service["desiredCount"] = params["desiredCount"]
        self.stopped_at = None if params["desiredCount"] else self.aws.now
        return {"service": {}}

    def definition(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"taskDefinition": {"containerDefinitions": [self.container]}}

    def last_lines(self, params: dict[str, Any]) -> dict[str, Any]:
        lines = [] if "nextToken" in params else [{"message": "no memory for geheim", "timestamp": 1}]
        return {"events": lines, "nextBackwardToken": "b"}

    def crash(self, count: int, code: int = 1, **more: Any) -> None:
        for _ in range(count):
            arn = f"arn:aws:ecs:us-east-1:1:task/c/{len(self.tasks)}"
            self.tasks[arn] = {
                "taskArn": arn,
                "taskDefinitionArn": "d",
                "lastStatus": "STOPPED",
                "startedAt": self.service["createdAt"],
                "createdAt": self.service["createdAt"],
                "containers": [{"name": "management", "exitCode": code}],
            } | more

    def print(self, message: str, event_id: str) -> None:
        now = int(time.time() * 1000)
        self.lines.append(
            {"message": message, "eventId": event_id, "timestamp": now, "logStreamName": "ecs/management/1"}
        )

    def params(self, **changes: Any) -> dict[str, Any]:
        """Give the parameters of the operation."""
        defaults = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
        names = {"queue": "cc-api-staging", "cluster": "ecsStagingCluster", "service": "ingest-staging-run-jobs"}
        return defaults | names | changes

    def run(self, check_mode: bool = False, **changes: Any) -> Result:
        """Run the operation to its end."""
        return OPERATION.run(self.aws.context(check_mode), self.params(**changes))
