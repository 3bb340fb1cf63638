# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many tasks of a definition fit on instances, by ECS's placement arithmetic (memory, CPU, ports, interfaces)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.aws import ClientError, error_code, error_text
from ..core.context import Context
from ..core.errors import InvalidInput

# What the kernel and the agent leave of the nominal memory. ECS registers MemTotal: 97 to 98 % on Xen types, down to
# 95 % on small Nitro ones ("Reserving Amazon ECS Linux container instance memory", developer guide).
USABLE_MEMORY = 0.96
CPU_UNITS = 1024  # ECS CPU units of a virtual CPU


@dataclass(frozen=True)
class Need:
    """What one task asks of a container instance: MiB, CPU units, to be the only one there, an interface of its own."""

    memory: int
    cpu: int
    alone: bool = False
    interface: bool = False


@dataclass(frozen=True)
class Room:
    """What an instance offers: MiB, CPU units, interfaces for awsvpc tasks (None: not known, not counted)."""

    memory: int
    cpu: int
    interfaces: int | None = None

    def holds(self, need: Need) -> int:
        """Count the tasks that fit."""
        limits = [self.memory // need.memory if need.memory else 1000]
        if need.cpu:
            limits.append(self.cpu // need.cpu)
        if need.alone:
            limits.append(1)
        if need.interface and self.interfaces is not None:
            limits.append(self.interfaces)
        return max(0, min(limits))


def need_of(definition: Mapping[str, Any]) -> Need:
    """Read what a task asks for: the task's own figure, else the sum of its containers (soft memory before hard)."""
    containers = definition.get("containerDefinitions", [])
    memory = sum(each.get("memoryReservation") or each.get("memory") or 0 for each in containers)
    cpu = sum(each.get("cpu") or 0 for each in containers)
    ports = [port for each in containers for port in each.get("portMappings", []) if port.get("hostPort")]
    awsvpc = definition.get("networkMode") == "awsvpc"
    return Need(
        memory=int(definition.get("memory") or memory),
        cpu=int(definition.get("cpu") or cpu),
        alone=bool(ports) and not awsvpc,  # a fixed host port is taken once
        interface=awsvpc,
    )


def describe_types(context: Context, types: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Give the elements of DescribeInstanceTypes by name.

    Raises:
        InvalidInput: the region does not have one of them.
    """
    ec2 = context.client("ec2")

    def read() -> dict[str, dict[str, Any]]:
        found = ec2.describe_instance_types(InstanceTypes=list(types))["InstanceTypes"]
        return {each["InstanceType"]: each for each in found}

    try:
        return context.memo.once(f"instance_types/{','.join(sorted(types))}", read)
    except ClientError as error:
        if error_code(error) != "InvalidInstanceType":
            raise
        region = ec2.meta.region_name
        raise InvalidInput(
            f"Not every instance type of {', '.join(types)} exists in {region}: {error_text(error)}"
        ) from error


def room_of_type(described: Mapping[str, Any]) -> Room:
    """Estimate what an instance of a type (an element of DescribeInstanceTypes) will offer to ECS."""
    interfaces = described.get("NetworkInfo", {}).get("MaximumNetworkInterfaces")
    return Room(
        memory=int(described["MemoryInfo"]["SizeInMiB"] * USABLE_MEMORY),
        cpu=described["VCpuInfo"]["DefaultVCpus"] * CPU_UNITS,
        interfaces=interfaces - 1 if interfaces else None,  # the instance itself needs one
    )


def room_left(container_instance: Mapping[str, Any]) -> Room:
    """Read what a registered container instance (DescribeContainerInstances) still offers."""
    left = {each["name"]: each.get("integerValue", 0) for each in container_instance.get("remainingResources", [])}
    return Room(memory=left.get("MEMORY", 0), cpu=left.get("CPU", 0))


def instance_type(container_instance: Mapping[str, Any]) -> str:
    """Read the EC2 type a container instance registered with."""
    found = [each.get("value", "") for each in container_instance["attributes"] if each["name"] == "ecs.instance-type"]
    return found[0] if found else "unknown type"


@dataclass(frozen=True)
class Fit:
    """How a wish and the instances meet.

    Attributes:
        requested: workers wanted.
        fits: how many of them fit (with several types not launched yet: on the smallest one).
        instances: what there is or will be, e.g. ``20 x m4.2xlarge``.
        memory: MiB a worker.
        predicted: computed from the types' nominal size, not from registered instances.
    """

    requested: int
    fits: int
    instances: str
    memory: int
    predicted: bool = False

    @property
    def sentence(self) -> str:
        """Say it to the operator."""
        verb = "would hold" if self.predicted else "hold"
        head = f"{self.requested} workers asked of {self.memory} MiB each; {self.instances} {verb} {self.fits}"
        if self.fits >= self.requested:
            return f"{head}: all run."
        return f"{head}: {self.fits} run, {self.requested - self.fits} wait."


def fit_registered(requested: int, need: Need, instances: Sequence[Mapping[str, Any]], running: int = 0) -> Fit:
    """Count on registered container instances; ``running`` workers of this service hold part of them already."""
    fits = running + sum(room_left(each).holds(need) for each in instances)
    kinds = Counter(instance_type(each) for each in instances)
    names = ", ".join(f"{count} x {name}" for name, count in sorted(kinds.items())) or "no instances"
    return Fit(requested, fits, names, need.memory)


def fit_types(requested: int, need: Need, types: Mapping[str, Mapping[str, Any]], count: int) -> Fit:
    """Predict for ``count`` instances of the described types; with several, for the one that holds least."""
    fits = min(room_of_type(each).holds(need) for each in types.values()) * count
    return Fit(requested, fits, f"{count} x {' or '.join(types)}", need.memory, predicted=True)
