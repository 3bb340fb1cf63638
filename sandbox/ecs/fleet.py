"""The container instances: EC2 instances that boot, register with the cluster their user data names, and go away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import Instance

from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.container_instance import ContainerInstance
from sandbox.ecs.model.definitions import CAPABILITIES, LOGGING_DRIVER
from sandbox.ecs.model.task import Task
from sandbox.runtime import ACCOUNT_ID, REGION
from sandbox.timing import Timing

UNKNOWN_TYPE = {"VCpuInfo": {"DefaultVCpus": 2}, "MemoryInfo": {"SizeInMiB": 8192}}


def usable_memory(nominal: int) -> int:
    """Give the MiB an instance registers: the nominal size less what kernel and agent keep.

    A line through what instances are seen to register (t2.medium about 3,950 of 4,096; t2.large 7,980 of 8,192;
    m4.xlarge 16,040 of 16,384; m4.2xlarge 32,150 of 32,768); up to a dozen MiB off.
    """
    return nominal - 74 - round(nominal * 0.0166)


def agent_settings(user_data: str) -> dict[str, str]:
    """Read the ECS_* settings of ``/etc/ecs/ecs.config`` out of user data, however it writes them there."""
    lines = [line for line in user_data.splitlines() if not line.lstrip().startswith("#")]
    return dict(re.findall(r"""(ECS_[A-Z_]+)=["']?([^\s"'>;|]*)""", "\n".join(lines)))


class Fleet:
    """Brings the clusters' container instances in line with EC2's instances.

    Args:
        timing: the delays in force.
        lose: called with each task whose instance is gone.
    """

    def __init__(self, timing: Timing, lose: Callable[[Task], None]) -> None:
        self._timing = timing
        self._lose = lose
        self._boots: dict[str, float] = {}
        self._losses: dict[str, float] = {}
        self._interruptions: dict[str, float] = {}

    def reconcile(self, backend: Backend) -> None:
        """Register what has booted, deregister what is gone; to be called often, under the lock."""
        now = time.monotonic()
        instances = {one.id: one for one in running_instances()}
        registered = {one.ec2_instance_id: one for one in backend.all_instances()}
        for instance_id in instances.keys() - registered.keys() - backend.deregistered:
            booted = self._boots.setdefault(instance_id, now + self._timing.delay("instance_boot"))
            if now >= booted:
                self._register(backend, instances[instance_id])
        for instance_id in registered.keys() - instances.keys():
            registered[instance_id].agent_connected = False
            gone = self._losses.setdefault(instance_id, now + self._timing.delay("instance_terminate"))
            if now >= gone:
                self._remove(backend, registered[instance_id])
        for instance_id, deadline in list(self._interruptions.items()):
            if now >= deadline:
                del self._interruptions[instance_id]
                _reclaim(instance_id)

    def interrupt(self, backend: Backend, instance_id: str) -> None:
        """Take a spot instance back after the notice; DRAINING meanwhile where its user data wants that.

        Args:
            instance_id: EC2's id of a running instance.

        Raises:
            ValueError: it does not run.
        """
        instances = {one.id: one for one in running_instances()}
        if instance_id not in instances:
            raise ValueError(f"no running instance {instance_id}")
        self._interruptions[instance_id] = time.monotonic() + self._timing.delay("spot_interruption")
        for one in backend.all_instances():
            if one.ec2_instance_id == instance_id and one.draining_enabled:
                one.status = "DRAINING"

    def _register(self, backend: Backend, instance: Instance) -> None:
        settings = agent_settings(instance.user_data.decode() if instance.user_data else "")
        cluster = backend.clusters.get(settings.get("ECS_CLUSTER", ""))
        if cluster is None or cluster.status != "ACTIVE":
            return
        data = INSTANCE_TYPES.get(instance.instance_type, UNKNOWN_TYPE)
        one = ContainerInstance(
            cluster_name=cluster.name,
            ec2_instance_id=instance.id,
            cpu=data["VCpuInfo"]["DefaultVCpus"] * 1024,
            memory=usable_memory(data["MemoryInfo"]["SizeInMiB"]),
            attributes=_attributes(instance, _logging_drivers(instance)),
            draining_enabled=settings.get("ECS_ENABLE_SPOT_INSTANCE_DRAINING", "").lower() == "true",
        )
        backend.container_instances.setdefault(cluster.name, {})[one.id] = one

    def _remove(self, backend: Backend, instance: ContainerInstance) -> None:
        for task in backend.tasks_on(instance):
            self._lose(task)
        backend.container_instances[instance.cluster_name].pop(instance.id, None)


def _logging_drivers(instance: Instance) -> set[str] | None:
    """Give the log drivers that the user data lets the agent use; None: those of the AMI."""
    text = instance.user_data.decode() if instance.user_data else ""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = re.findall(r"ECS_AVAILABLE_LOGGING_DRIVERS=.*?\[(.*?)\]", "\n".join(lines))
    return set(re.findall(r"[a-z-]+", found[-1])) if found else None


def _attributes(instance: Instance, drivers: set[str] | None = None) -> dict[str, str | None]:
    arm = instance.architecture == "arm64"
    attributes: dict[str, str | None] = {
        "ecs.ami-id": instance.image_id,
        "ecs.availability-zone": instance.availability_zone,
        "ecs.cpu-architecture": "arm64" if arm else "x86_64",
        "ecs.instance-type": instance.instance_type,
        "ecs.os-family": "LINUX",
        "ecs.os-type": "linux",
        "ecs.subnet-id": instance.subnet_id,
        "ecs.vpc-id": instance.vpc_id,
    }
    capabilities = [name for name in CAPABILITIES if drivers is None or not name.startswith(LOGGING_DRIVER)]
    capabilities += [f"{LOGGING_DRIVER}{each}" for each in sorted(drivers or ())]
    return {**{name: value for name, value in attributes.items() if value}, **dict.fromkeys(capabilities)}


def running_instances() -> list[Instance]:
    """Give EC2's running instances."""
    reservations = list(ec2_backends[ACCOUNT_ID][REGION].reservations.values())
    return [one for reservation in reservations for one in list(reservation.instances) if one.state == "running"]


def _reclaim(instance_id: str) -> None:
    """Terminate an instance as EC2 does when it takes spot capacity back; its group launches another."""
    if instance_id not in {one.id for one in running_instances()}:
        return
    [(instance, _state)] = ec2_backends[ACCOUNT_ID][REGION].terminate_instances([instance_id])
    instance._reason = f"Service initiated ({datetime.now(UTC):%Y-%m-%d %H:%M:%S} GMT)"
    instance.state_reason.code = "Server.SpotInstanceTermination"
    instance.state_reason.message = "Server.SpotInstanceTermination: Instance terminated by Spot service"
    autoscaling_backends[ACCOUNT_ID][REGION].notify_terminate_instances([instance_id])
