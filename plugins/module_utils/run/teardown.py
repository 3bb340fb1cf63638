# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removes whatever runs left in an environment, in an order that strands nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from ..core.aws import AWS_ERRORS, why_unread
from ..core.context import Context
from ..core.errors import Foreign, NotFound
from ..core.names import Names
from ..core.operation import Operation
from ..core.result import Result
from ..core.text import count
from ..cost import fleet_usage
from ..database import resize
from ..database.change import Change
from ..database.downtime import SERVICES
from ..database.original import Original
from ..database.parameter_group import GROUP
from ..database.state import DATABASE_CLASS
from ..ecs import leftovers
from ..ecs.definitions import task_definition
from ..ecs.definitions.revisions import ENVIRONMENT_TAG
from ..fleet import spot_capacity
from ..record import standing
from ..record.steps import NOTHING_LEFT, STEP_SPEC
from ..workers import service
from .giving_back import GivingBack
from .removals import Removals, leftover

SERVICE, CAPACITY, DATABASE, DEFINITIONS = PARTS = ("service", "capacity", "database", "task_definitions")
CLASS = "the class of the database"
WORKERS_END = 120  # seconds; what runs longer does so on instances that bill


@dataclass(frozen=True)
class Target:
    """What a teardown removes.

    Attributes:
        environment, cluster: whose and where.
        family: of the task definitions.
        worker_family: of the workers' task definitions, if it is another one.
        database: the RDS instance that gets its class back.
        class_after: the class it gets where the one it had cannot be ordered any more; empty: none is named.
        services_minutes: for which the cluster's other services are waited for once the database is back.
        parts: of PARTS.
        wait, timeout: whether fleet and database are waited for, and how many seconds.
    """

    environment: str
    cluster: str
    family: str
    database: str
    class_after: str = ""
    worker_family: str = ""
    services_minutes: int = 0
    parts: Sequence[str] = PARTS
    wait: bool = True
    timeout: float = 7200

    @classmethod
    def of(cls, params: Mapping[str, Any], **more: Any) -> Target:
        """Read it from the parameters of a module that has these options or some of them."""
        given = {each.name: params[each.name] for each in fields(cls) if params.get(each.name) is not None}
        return cls(**{**given, **more})


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Remove what runs left behind; the parameters are the module's.

    Raises:
        Leftover: something is left; the message says what was removed, what is left, and why.
    """
    result = attempt(context, Target.of(params))
    if result.values["left"] and not context.check_mode:
        raise leftover(result.values)
    return result


def attempt(context: Context, target: Target) -> Result:
    """Remove what can be removed; the result says what was (``removed``), and what was not and why (``left``).

    Raises:
        Interrupted: the controller was asked to stop.
    """
    result = Teardown(context, target).carry_out()
    if context.step is not None and CAPACITY in target.parts:
        try:  # what the fleet ran is for the report
            fleet_usage.observe(context.briefly(), target.environment, context.step.run)
        except AWS_ERRORS as error:
            result.warnings.append(f"What the fleet ran last is missing from the cost of the run: {why_unread(error)}.")
    everything = set(target.parts) == set(PARTS) and target.wait and not context.check_mode
    if everything and not result.values["left"]:
        context.memo.put(NOTHING_LEFT, True)
    return result


class Teardown:
    """One teardown: a part that fails keeps no other from being removed.

    Workers go first: they must not run while the class of the database changes. The instances go even if the workers
    do not, since they bill by the hour; and workers end with their instances, so they are looked at again then.
    Instances and database are waited for together.
    """

    def __init__(self, context: Context, target: Target) -> None:
        self.context, self.target = context, target
        self.names = Names(target.environment)
        self._waits = target.wait and not context.check_mode
        self._removals = Removals(context)
        self._requested: dict[str, Result] = {}  # what was there when its removal was first requested
        self._known_services: dict[str, None] = {}
        self._found_fleets: list[str] = []
        self._standing = GivingBack(context, target.environment, self._removals)

    def carry_out(self) -> Result:
        """Remove the parts of the target."""
        capacity, limit = CAPACITY in self.target.parts, self.target.timeout
        workers_gone = self._services(min(limit, WORKERS_END) if capacity else limit)
        fleets = self._delete_fleets() if capacity else []
        again = capacity and not workers_gone and not self.context.check_mode
        if again:
            self._await_fleets(fleets)
            workers_gone = self._services(limit)
        restoring = DATABASE in self.target.parts and self._may_restore(workers_gone)
        if restoring and self._waits and (fleets or self._standing.has(standing.GROUP)):
            self._removals.attempt(CLASS, partial(self._restore, wait=False))
        if capacity and not again:
            self._await_fleets(fleets)
        if restoring:
            self._removals.attempt(CLASS, partial(self._restore, wait=True))
        if DEFINITIONS in self.target.parts:
            for family in dict.fromkeys([self.target.worker_family or self.target.family, self.target.family]):
                self._removals.attempt(f"the task definitions of {family}", partial(self._definitions, family))
        return self._removals.result()

    def _services(self, timeout: float) -> bool:
        """Remove the services; say whether all workers have ended."""
        if SERVICE not in self.target.parts:
            return True
        known = self._removals.attempt("the workers' services", self._list_services)
        known &= self._standing.request(standing.SERVICE)
        for name in self._known_services:  # all removals are requested before any is waited for
            self._removals.attempt(f"service {name}", partial(self._service, name, timeout=None))
        deadline = self.context.clock() + timeout
        ended = []
        for name in dict.fromkeys([*self._known_services, self.names.service]):
            seconds = max(deadline - self.context.clock(), 1)
            ended.append(self._removals.attempt(f"service {name}", partial(self._service, name, timeout=seconds)))
        ended.append(self._standing.finish(standing.SERVICE, max(deadline - self.context.clock(), 1)))
        return known and all(ended)

    def _list_services(self) -> None:
        """Add to the services known: one that drains is not listed again."""
        with suppress(NotFound):  # of a missing cluster the usual service tells
            names = leftovers.services(self.context, self.target.cluster, self.target.environment)
            self._known_services |= dict.fromkeys(names)

    def _service(self, name: str, timeout: float | None) -> None:
        """Delete a service; wait for its end if there is a timeout."""
        part = self._unless_foreign(
            partial(service.absent, self.context, self.target.cluster, name, self.target.environment, timeout)
        )
        what = f"service {name}"
        first = self._requested.setdefault(what, part) if part else None
        if first and first.changed and timeout is not None:
            self._removals.add([what], {what: first.before})

    def _delete_fleets(self) -> list[str]:
        """Delete the fleets that were found, and the usual one if nothing is waited for later; give the names."""
        names: list[str] = []
        environment = self.target.environment
        self._standing.request(standing.GROUP)
        known = self._removals.attempt(
            "the spot fleet", lambda: names.extend(leftovers.fleets(self.context, environment))
        )
        self._found_fleets = names
        if not known or not self._waits:
            names = list(dict.fromkeys([*names, self.names.fleet]))
        for name in names:
            self._removals.attempt(f"spot capacity {name}", partial(self._fleet, name, wait=False))
        self._removals.attempt("instances in no group", self._orphans)
        return names

    def _await_fleets(self, names: Sequence[str]) -> None:
        for name in dict.fromkeys([*names, self.names.fleet]) if self._waits else ():
            self._removals.attempt(f"spot capacity {name}", partial(self._fleet, name, wait=True))
        if self._waits:
            self._standing.finish(standing.GROUP, self.target.timeout)

    def _fleet(self, name: str, wait: bool) -> None:
        where = (self.target.cluster, name, self.target.environment)
        remove = partial(spot_capacity.absent, self.context, *where, wait=wait, timeout=self.target.timeout)
        part = self._unless_foreign(remove, found=name in self._found_fleets)
        if part is None:
            return
        what = f"Auto Scaling group {name}"
        first = self._requested.setdefault(what, part)
        shown = {"group": what, "launch_template": f"launch template {name}"}
        if first.changed and wait == self._waits:
            names = shown | {"group": f"{what} ({count(first.values['terminated'], 'instance')})"}
            before = {shown[key]: value for key, value in first.before.items()}
            self._removals.add([names[key] for key in shown if key in first.before], before)

    def _unless_foreign(self, remove: Callable[[], Result], found: bool = False) -> Result | None:
        """Leave alone what has our name and is not ours.

        Args:
            remove: removes what has the name.
            found: something of that name is ours, and would be left if the rest were ignored.

        Raises:
            Foreign: it was found.
        """
        try:
            return remove()
        except Foreign as error:
            if found:
                raise
            if error.message not in self._removals.warnings:
                self._removals.warnings.append(error.message)
            return None

    def _orphans(self) -> None:
        ids = leftovers.orphans(self.context, self.target.environment)
        if ids and not self.context.check_mode:
            self.context.client("ec2").terminate_instances(InstanceIds=ids)
        names = [f"instance {each}" for each in ids]
        self._removals.add(names, dict.fromkeys(names, "in no group"))

    def _may_restore(self, workers_gone: bool) -> bool:
        if not workers_gone:
            self._removals.left[CLASS] = f"{self.target.database} keeps its class: workers may still use it"
        return workers_gone

    def _restore(self, wait: bool) -> None:
        """Give the database its class back, unless something still uses it."""
        target = self.target
        change = Change(
            target.database,
            target.cluster,
            target.environment,
            class_after=target.class_after,
            restore=True,
            services_minutes=target.services_minutes,
            wait=wait,
            timeout=target.timeout,
        )
        part = resize.apply(self.context, change)
        what = f"database {target.database}"
        first = self._requested.setdefault(what, part)
        shown = first if first.changed else part
        before, after = (snapshot["DBInstanceClass"] for snapshot in (shown.before, shown.after))
        groups = [snapshot.get(GROUP, "") for snapshot in (shown.before, shown.after)]
        self._removals.changed |= part.changed
        original = shown.values["original_class"]
        why = f", {Original(original, after).explanation}" if original != after else ""
        back = [f"{before} back to {after}{why}"] if before != after else []
        back += [f"parameter group {groups[0]} back to {groups[1]}"] if groups[0] != groups[1] else []
        if wait and back:
            self._removals.add([f"{what}: {'; '.join(back)}"], {what: shown.before}, {what: shown.after})
        if wait and before != after:
            self._removals.facts[DATABASE_CLASS] = [before, after]
        if SERVICES in part.facts:
            self._removals.warnings += part.facts[SERVICES]
            self._removals.facts[SERVICES] = part.facts[SERVICES]

    def _definitions(self, family: str) -> None:
        part = task_definition.absent(self.context, family, {ENVIRONMENT_TAG: self.target.environment})
        removed = [f"task definition {arn.rsplit('/', 1)[1]}" for arn in part.values["removed"]]
        earlier = self._removals.before.get("revisions", {})
        self._removals.warnings += part.warnings
        self._removals.add(removed, {"revisions": earlier | part.before["revisions"]})


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "family": {"type": "str", "required": True},
        "worker_family": {"type": "str"},
        "services_minutes": {"type": "int", "default": 0},
        "database": {"type": "str", "required": True},
        "class_after": {"type": "str"},
        "parts": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
        "wait": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 7200},
    },
    recorded=True,
    guarded=True,
    services=("autoscaling", "ec2", "ecs", "rds", "ssm"),
)
