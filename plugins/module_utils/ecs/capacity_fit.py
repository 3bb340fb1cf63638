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
from .cluster_query import holds
from .definitions.task_size import size

# What the kernel and the agent leave of the nominal memory. ECS registers MemTotal: 97 to 98 % on Xen types, down to
# 95 % on small Nitro ones ("Reserving Amazon ECS Linux container instance memory", developer guide).
USABLE_MEMORY = 0.96
RESERVED_PORTS = {22, 2375, 2376, 51678, 51679, 51680}  # sshd, Docker and the agent ("PortMapping", API reference)
TYPE, ARCHITECTURE = "ecs.instance-type", "ecs.cpu-architecture"
CPU_UNITS = 1024  # ECS CPU units of a virtual CPU


@dataclass(frozen=True)
class Need:
    """What a task needs of a container instance: MiB, CPU units, to be alone on it, a network interface of its own."""

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
    """Read what a task needs: the task's own figure, else the sum of its containers (soft memory before hard)."""
    containers = definition.get("containerDefinitions", [])
    memory = sum(each.get("memoryReservation") or each.get("memory") or 0 for each in containers)
    cpu = sum(each.get("cpu") or 0 for each in containers)
    return Need(
        memory=size(definition.get("memory")) or memory,
        cpu=size(definition.get("cpu")) or cpu,
        alone=bool(_host_ports(definition)),  # a fixed host port is taken once
        interface=definition.get("networkMode") == "awsvpc",
    )


def _host_ports(definition: Mapping[str, Any]) -> set[int]:
    """Give the ports of the instance that a task takes: in host mode those of its containers."""
    mode = definition.get("networkMode")
    if mode == "awsvpc":
        return set()
    ports = [port for each in definition.get("containerDefinitions", []) for port in each.get("portMappings", [])]
    found = {port.get("hostPort") or (port.get("containerPort") if mode == "host" else 0) for port in ports}
    return {int(port) for port in found if port}


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
    return attributes_of(container_instance).get(TYPE, "unknown type")


def misfit(
    definition: Mapping[str, Any], attributes: Mapping[str, str], constraints: Sequence[Mapping[str, str]] = ()
) -> str | None:
    """Give why an instance takes no task of a definition, however much room it has; None if nothing is known.

    Args:
        definition: with its own placement constraints, ``runtimePlatform`` and ports.
        attributes: of the instance, as far as they are known.
        constraints: further placement constraints, of the service.
    """
    wanted = (definition.get("runtimePlatform") or {}).get("cpuArchitecture", "").lower()
    offered = attributes.get(ARCHITECTURE)
    if wanted and offered and wanted != offered:
        return f"the task definition is for {wanted} (runtimePlatform), and the instance is {offered}"
    own = definition.get("placementConstraints", [])
    for constraint in [*own, *constraints]:
        if constraint["type"] == "memberOf" and holds(constraint.get("expression", ""), attributes) is False:
            whose = " of the task definition" if constraint in own else ""
            return f"it does not satisfy the placement constraint {constraint['expression']}{whose}"
    taken = sorted(_host_ports(definition) & RESERVED_PORTS)
    return f"port {taken[0]} is taken on every container instance" if taken else None


def attributes_of_type(described: Mapping[str, Any]) -> dict[str, str]:
    """Give the attributes that are known of instances of a type (an element of DescribeInstanceTypes)."""
    supported = described.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    architecture = next((each for each in supported if each in ("x86_64", "arm64")), None)
    known = {TYPE: described.get("InstanceType"), ARCHITECTURE: architecture}
    return {name: str(value) for name, value in known.items() if value}


def attributes_of(container_instance: Mapping[str, Any]) -> dict[str, str]:
    """Give the attributes of a registered container instance."""
    return {each["name"]: each.get("value", "") for each in container_instance.get("attributes", [])}


@dataclass(frozen=True)
class Fit:
    """How many of the requested workers fit on the instances.

    Attributes:
        requested: workers.
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
        """Write it for the operator."""
        verb = "would hold" if self.predicted else "hold"
        head = f"{self.requested} workers requested ({self.memory} MiB each); {self.instances} {verb} {self.fits}"
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
