"""Clients of a sandboxed account, and short ways to fill it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import boto3

from sandbox.runtime import REGION, Runtime
from tests import waiting

USER_DATA = base64.b64encode(b"#!/bin/sh\necho ECS_CLUSTER=workers >> /etc/ecs/ecs.config\n").decode()
IMAGE = "ami-03cf127a"  # one of moto's own, x86_64
LOG = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "jobs", "awslogs-region": REGION, "awslogs-stream-prefix": "p"},
}
IMAGES = {
    "images": {
        "shell": {"environment": {"FROM_IMAGE": "yes"}},
        "app": {"directory": "app"},
        "forked": {"directory": "app", "preload": ["csv"]},
    }
}


@cache
def _client(endpoint_url: str, name: str, region: str) -> Any:
    return boto3.client(
        name,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


class World:
    """One sandboxed account, with a cluster ``workers``."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.ecs = self.client("ecs")
        self.autoscaling = self.client("autoscaling")
        self.ec2 = self.client("ec2")
        self.logs = self.client("logs")

    def client(self, name: str, region: str = REGION) -> Any:
        return _client(self.runtime.endpoint_url, name, region)

    def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until a condition gives something true, and give that."""
        return waiting.until(condition)

    def group(self, name: str = "own", count: int = 1, type_: str = "t2.large", **settings: Any) -> None:
        """Make a launch template and a group of instances that join the cluster ``workers``."""
        data = {"ImageId": IMAGE, "InstanceType": type_, "UserData": USER_DATA}
        self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data | settings)
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            MinSize=0,
            MaxSize=50,
            DesiredCapacity=count,
            AvailabilityZones=[f"{REGION}a"],
        )

    def instances(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many container instances are registered and describe them."""

        def found() -> list[dict[str, Any]] | None:
            arns = self.ecs.list_container_instances(cluster="workers")["containerInstanceArns"]
            if len(arns) != count:
                return None
            if not arns:
                return [{}]
            answer = self.ecs.describe_container_instances(cluster="workers", containerInstances=arns)
            return list(answer["containerInstances"])

        return list(self.until(found))

    def define(
        self,
        *command: str,
        family: str = "job",
        sidecars: Sequence[dict[str, Any]] = (),
        task: dict[str, Any] | None = None,
        **settings: Any,
    ) -> str:
        """Register a definition and give its ARN.

        Args:
            command: arguments of ``sh -c`` in the container ``main``.
            sidecars: definitions of more containers.
            task: settings of the task.
            settings: settings of ``main``; None takes one away.
        """
        container = {
            "name": "main",
            "image": "registry.example.com/shell:latest",
            "memory": 128,
            "entryPoint": ["sh", "-c"],
            "command": list(command),
            **settings,
        }
        containers = [{key: value for key, value in container.items() if value is not None}, *sidecars]
        answer = self.ecs.register_task_definition(family=family, containerDefinitions=containers, **(task or {}))
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, **settings: Any) -> dict[str, Any]:
        """Run one task and give it."""
        answer = self.ecs.run_task(cluster="workers", taskDefinition=definition, **settings)
        assert answer["failures"] == []
        return dict(answer["tasks"][0])

    def task(self, arn: str) -> dict[str, Any]:
        return dict(self.ecs.describe_tasks(cluster="workers", tasks=[arn])["tasks"][0])

    def task_in(self, arn: str, status: str) -> dict[str, Any]:
        """Wait until a task is in a state and give it."""
        return dict(self.until(lambda: (task := self.task(arn))["lastStatus"] == status and task))

    def lines(self, task: dict[str, Any]) -> list[str]:
        """Give what a task's container ``main`` printed, as it was logged with ``LOG``."""
        stream = f"p/main/{task['taskArn'].rpartition('/')[2]}"
        found = self.logs.get_log_events(logGroupName="jobs", logStreamName=stream, startFromHead=True)
        return [event["message"] for event in found["events"]]

    def service(self, name: str = "jobs") -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster="workers", services=[name])["services"][0])
