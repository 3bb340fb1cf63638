# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ECS refuses of the memory and CPU of a task definition, known before it is registered.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html and, for Fargate,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

FARGATE = "FARGATE"
# CPU units of a Fargate task -> MiB it may have: the least, the most, and the step between
FARGATE_SIZES = {
    256: range(512, 2048 + 1, 512),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16_384 + 1, 1024),
    4096: range(8192, 30_720 + 1, 1024),
    8192: range(16_384, 61_440 + 1, 4096),
    16_384: range(32_768, 122_880 + 1, 8192),
}
NO_SIZE = {(256, 1536)}
LEAST_CPU, MOST_CPU = 128, 192 * 1024  # CPU units of a task on EC2 (API reference, RegisterTaskDefinition)
UNITS = {"gb": 1024, "vcpu": 1024}


def size(text: Any) -> int:
    """Read the memory or CPU of a task in MiB or units: ECS takes ``2048``, ``"2048"``, ``"2 GB"``, ``".5 vCPU"``.

    Nothing, and what is no size, is 0.
    """
    found = re.fullmatch(r"(\d*\.?\d+)\s*(gb|vcpu)?", str(text or "").strip(), re.IGNORECASE)
    return round(float(found[1]) * UNITS.get((found[2] or "").lower(), 1)) if found else 0


def problems(definition: Mapping[str, Any], fargate: bool = False) -> list[str]:
    """Give what is wrong with the sizes of a register input, each as a sentence for the operator.

    Args:
        definition: what RegisterTaskDefinition is to be given.
        fargate: tasks run on Fargate, whatever the definition requires.
    """
    found = [*_containers(definition), *_sums(definition)]
    if fargate or FARGATE in (definition.get("requiresCompatibilities") or []):
        found += _fargate(definition)
    return found


def _containers(definition: Mapping[str, Any]) -> Iterator[str]:
    task = size(definition.get("memory"))
    for container in definition.get("containerDefinitions", []):
        name, hard, soft = container["name"], container.get("memory") or 0, container.get("memoryReservation") or 0
        if hard and soft > hard:
            yield f"Container {name} reserves {soft} MiB (memoryReservation), more than its limit (memory) of {hard}."
        if task and hard > task:
            yield f"The memory of container {name}, {hard} MiB, is more than the task's {task} MiB."


def _sums(definition: Mapping[str, Any]) -> Iterator[str]:
    memory, cpu = size(definition.get("memory")), size(definition.get("cpu"))
    containers = definition.get("containerDefinitions", [])
    # what a container reserves is its soft limit, else its hard one
    reserved = sum(each.get("memoryReservation") or each.get("memory") or 0 for each in containers)
    over = [each for each in containers if (each.get("memory") or 0) > memory]  # said of the container itself
    shares = sum(each.get("cpu") or 0 for each in containers)
    if cpu and not LEAST_CPU <= cpu <= MOST_CPU:
        yield f"The task has {cpu} CPU units; ECS takes {LEAST_CPU} to {MOST_CPU}."
    if memory and reserved > memory and not over:
        yield f"The containers reserve {reserved} MiB, more than the task's memory of {memory} MiB."
    if cpu and shares > cpu:
        yield f"The containers take {shares} CPU units, more than the task's {cpu}."


def _fargate(definition: Mapping[str, Any]) -> Iterator[str]:
    memory, cpu = size(definition.get("memory")), size(definition.get("cpu"))
    if not memory or not cpu:
        missing = " and ".join(name for name, value in (("cpu", cpu), ("memory", memory)) if not value)
        yield f"Fargate needs {missing} of the task, and the definition has none."
    elif memory not in FARGATE_SIZES.get(cpu, ()) or (cpu, memory) in NO_SIZE:
        yield f"Fargate has no task of {cpu} CPU units with {memory} MiB: {_remedy(cpu, memory)}."


def _remedy(cpu: int, memory: int) -> str:
    """Say which CPU the memory needs, and which memory goes with the CPU."""
    takes = [str(units) for units, sizes in FARGATE_SIZES.items() if memory in sizes and (units, memory) not in NO_SIZE]
    parts = [f"{memory} MiB take {' or '.join(takes)} CPU units"] if takes else []
    if cpu in FARGATE_SIZES:
        sizes = FARGATE_SIZES[cpu]
        parts.append(f"{cpu} CPU units take {sizes[0]} to {sizes[-1]} MiB in steps of {sizes.step}")
    elif not takes:
        parts.append(f"CPU units are one of {', '.join(map(str, FARGATE_SIZES))}")
    return "; ".join(parts)
