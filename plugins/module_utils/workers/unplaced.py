# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why ECS cannot place workers: each reason is reported once, with the numbers that do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.context import Context
from ..core.errors import NotFound
from ..core.waiting import if_possible
from ..ecs import services
from ..ecs.capacity_fit import fit_registered, instance_type, need_of
from ..ecs.container_instances import list_instances


class Unplaced:
    """Reports why workers of a service cannot be placed.

    Args:
        context: clients, progress.
        cluster: of the service.
        types: instance types the workers run on; empty: any.
    """

    def __init__(self, context: Context, cluster: str, types: Sequence[str]) -> None:
        self.context, self.cluster, self.types = context, cluster, types
        self._reported: set[str] = set()

    def look(self, service: Mapping[str, Any], known: set[str] | None = None) -> str | None:
        """Report what is new of a service that has fewer workers than desired; give the last reason there is.

        Args:
            known: ids of events that do not count.
        """
        if service["runningCount"] >= service["desiredCount"]:
            return None
        found = [services.placement_problem(each) for each in services.events(service, known)]
        reasons = [each for each in found if each]
        for reason in reasons:
            if reason not in self._reported:
                self._reported.add(reason)
                self.context.progress.line(f"workers cannot be placed: {reason}. {self._numbers(service)}".rstrip())
        return reasons[0] if reasons else None

    def _numbers(self, service: Mapping[str, Any]) -> str:
        """Say what a worker takes and what the fleet holds; nothing where it cannot be had."""

        def read(context: Context) -> str:
            found = context.client("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])
            try:
                instances = list_instances(context, self.cluster, status="ACTIVE")
            except NotFound as error:
                return error.message
            fleet = [each for each in instances if not self.types or instance_type(each) in self.types]
            need = need_of(found["taskDefinition"])
            return fit_registered(service["desiredCount"], need, fleet, service["runningCount"]).sentence

        return if_possible(self.context, read, "", "What the fleet holds")
