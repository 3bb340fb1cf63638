"""Where a task goes: what it needs, which container instances have it, and which of those a strategy prefers.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import TaskDefinition

from sandbox.ecs.model.container_instance import ContainerInstance, Requirements
from sandbox.ecs.model.expressions import InvalidExpression, Predicate, parse

MEMBER_OF = "MemberOf placement constraint unsatisfied."
DISTINCT = "DistinctInstance placement constraint unsatisfied."

# Services without a strategy are spread over zones (the guide on CreateService).
SERVICE_DEFAULT = ({"type": "spread", "field": "attribute:ecs.availability-zone"},)


def requirements(
    definition: TaskDefinition, overrides: Mapping[str, Any], required: Sequence[str] = ()
) -> Requirements:
    """Compute what a task reserves on its instance.

    Task-level CPU and memory count where they are set, else the containers' sums; of a container's two memory limits
    the soft one (``memoryReservation``) is what is reserved.

    Args:
        definition: the task definition.
        overrides: ``overrides`` of RunTask.
        required: names of the attributes the instance must have.
    """
    by_name = {override["name"]: override for override in overrides.get("containerOverrides", [])}
    cpu = memory = 0
    ports = set()
    for container in definition.container_definitions:
        settings = {**container, **{key: value for key, value in by_name.get(container["name"], {}).items() if value}}
        cpu += int(settings.get("cpu") or 0)
        memory += int(settings.get("memoryReservation") or settings.get("memory") or 0)
        if definition.network_mode in ("bridge", "host", None):
            ports |= {
                str(mapping["hostPort"]) for mapping in settings.get("portMappings", []) if mapping.get("hostPort")
            }
    return Requirements(
        cpu=int(overrides.get("cpu") or definition.cpu or cpu),
        memory=int(overrides.get("memory") or definition.memory or memory),
        ports=frozenset(ports),
        attributes=frozenset(required),
    )


@dataclass(frozen=True)
class Placement:
    """The rules a task is placed by.

    Args:
        needs: what the task reserves.
        group: the group ``distinctInstance`` and ``spread`` look at.
        member_of: predicates every instance must satisfy.
        distinct: whether no two tasks of the group may share an instance.
        strategy: ``placementStrategy``, most important first; empty: anywhere.
    """

    needs: Requirements
    group: str
    member_of: tuple[Predicate, ...] = ()
    distinct: bool = False
    strategy: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def make(
        cls,
        needs: Requirements,
        group: str,
        constraints: Sequence[Mapping[str, str]],
        strategy: Sequence[Mapping[str, str]],
    ) -> Placement:
        """Read constraints and strategy as the API takes them.

        Raises:
            InvalidParameterException: an expression or a strategy that ECS would refuse.
        """
        if len(constraints) > 10 or len(strategy) > 5:
            raise InvalidParameterException(
                "At most 10 placement constraints and 5 placement strategies can be specified."
            )
        for step in strategy:
            _check(step)
        try:
            member_of = tuple(parse(one.get("expression", "")) for one in constraints if one["type"] == "memberOf")
        except InvalidExpression as error:
            raise InvalidParameterException(f"Invalid placement constraint: {error}") from error
        distinct = any(one["type"] == "distinctInstance" for one in constraints)
        return cls(needs, group, member_of, distinct, tuple(strategy))

    def refusal(self, instance: ContainerInstance) -> str | None:
        """Give the reason ECS reports when an instance cannot take the task, None if it can."""
        checks: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("AGENT", lambda: instance.agent_connected),
            ("ATTRIBUTE", lambda: self.needs.attributes <= instance.attributes.keys()),
            (MEMBER_OF, lambda: all(test(instance) for test in self.member_of)),
            (DISTINCT, lambda: not self.distinct or all(task.group != self.group for task in instance.tasks)),
            ("RESOURCE:PORTS", lambda: not self.needs.ports.intersection(instance.used_ports)),
            ("RESOURCE:CPU", lambda: self.needs.cpu <= instance.remaining_cpu),
            ("RESOURCE:MEMORY", lambda: self.needs.memory <= instance.remaining_memory),
        )
        return next((reason for reason, holds in checks if not holds()), None)

    def choose(self, instances: Sequence[ContainerInstance]) -> ContainerInstance | None:
        """Choose an instance for one more task, None when none can take it."""
        candidates = [instance for instance in instances if self.refusal(instance) is None]
        if not candidates:
            return None
        for step in self.strategy:
            score = self._score(step, instances)
            best = min(map(score, candidates))
            candidates = [one for one in candidates if score(one) == best]
        return random.choice(candidates)

    def failures(self, instances: Sequence[ContainerInstance]) -> list[tuple[ContainerInstance, str]]:
        """Give every instance with its refusal."""
        return [(one, reason) for one in instances if (reason := self.refusal(one)) is not None]

    def _score(
        self, step: Mapping[str, str], instances: Sequence[ContainerInstance]
    ) -> Callable[[ContainerInstance], int]:
        """Give a function that says how little a strategy likes an instance."""
        if step["type"] == "random":
            return lambda instance: 0
        field = step["field"]
        if step["type"] == "binpack":
            return lambda instance: instance.remaining_cpu if field.lower() == "cpu" else instance.remaining_memory
        # What counts is the group's tasks on all instances with the same value of the field.
        tasks: Counter[str] = Counter()
        for one in instances:
            tasks[_spread_value(field, one)] += sum(task.group == self.group for task in one.tasks)
        return lambda instance: tasks[_spread_value(field, instance)]


def _spread_value(field: str, instance: ContainerInstance) -> str:
    if field in ("instanceId", "host"):
        return instance.ec2_instance_id
    return "".join(instance.query(field))


def _check(step: Mapping[str, str]) -> None:
    kind, field = step.get("type"), step.get("field", "")
    if kind == "random":
        return
    if kind == "binpack" and field.lower() in ("cpu", "memory"):
        return
    if kind == "spread" and (field in ("instanceId", "host") or field.startswith("attribute:")):
        return
    raise InvalidParameterException(f"Invalid placement strategy: type {kind}, field {field or 'none'}.")
