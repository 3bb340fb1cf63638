"""A moto server with the data plane of ECS, and a cluster to play with."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.core.base_backend import BackendDict
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from sandbox import ecs
from sandbox.runtime import REGION, Runtime
from sandbox.timing import Timing

USER_DATA = base64.b64encode(b"#!/bin/sh\necho ECS_CLUSTER=workers >> /etc/ecs/ecs.config\n").decode()
IMAGES = {"images": {"shell": {"environment": {"FROM_IMAGE": "yes"}}, "app": {"directory": "app"}}}


class World:
    """Clients of one sandboxed account and short ways to fill it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
        self.client: Callable[[str], Any] = lambda name: boto3.client(
            name, endpoint_url=runtime.endpoint_url, **credentials
        )
        self.ecs = self.client("ecs")
        self.autoscaling = self.client("autoscaling")
        self.ec2 = self.client("ec2")
        self.logs = self.client("logs")

    def until(self, condition: Callable[[], Any], timeout: float = 15.0) -> Any:
        """Wait until a condition gives something true, and give that."""
        deadline = time.monotonic() + timeout
        while not (found := condition()):
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.02)
        return found

    def group(self, name: str = "own", count: int = 1, type_: str = "t2.large", **settings: Any) -> None:
        """Make a launch template and a group of instances that join the cluster ``workers``."""
        data = {"ImageId": "ami-12345678", "InstanceType": type_, "UserData": USER_DATA}
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

    def define(self, *command: str, family: str = "job", **settings: Any) -> str:
        """Register a definition with one container that runs a shell script (or what ``settings`` say)."""
        container = {
            "name": "main",
            "image": "registry.example.com/shell:latest",
            "memory": 128,
            "entryPoint": ["sh", "-c"],
            "command": list(command),
        }
        task = {key: settings.pop(key) for key in ("memory_of_task", "sidecars", "task") if key in settings}
        extra = dict(task.get("task", {}))
        if "memory_of_task" in task:
            extra["memory"] = task["memory_of_task"]
        definition = self.ecs.register_task_definition(
            family=family, containerDefinitions=[{**container, **settings}, *task.get("sidecars", [])], **extra
        )
        return str(definition["taskDefinition"]["taskDefinitionArn"])

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

    def service(self, name: str = "jobs") -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster="workers", services=[name])["services"][0])


@pytest.fixture
def factors() -> dict[str, float]:
    """Delays of the quick profile, scaled; tests override it."""
    return {"all": 0.2}


@pytest.fixture
def runtime(tmp_path: Path, factors: dict[str, float]) -> Iterator[Runtime]:
    (tmp_path / "app").mkdir()
    images = tmp_path / "images.yml"
    images.write_text(yaml.safe_dump(IMAGES))
    BackendDict.reset()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    runtime = Runtime(Timing("quick", factors), tmp_path, tmp_path, "", images)
    ecs.install(runtime)
    server.start()
    _host, port = server.get_host_and_port()
    runtime.endpoint_url = f"http://127.0.0.1:{port}"
    yield runtime
    runtime.stopping.set()
    server.stop()
    BackendDict.reset()


@pytest.fixture
def world(runtime: Runtime) -> World:
    world = World(runtime)
    world.ecs.create_cluster(clusterName="workers")
    return world


@pytest.fixture
def workers(world: World) -> World:
    """An account whose cluster has one t2.large."""
    world.group()
    world.instances(1)
    return world
