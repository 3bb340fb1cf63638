# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removes whatever runs left in an environment, in an order that strands nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils import (
    database,
    leftovers,
    processing_service,
    spot_capacity,
    task_definition,
)
from ansible_collections.climate.ingest.plugins.module_utils.aws import AWS_ERRORS, explain
from ansible_collections.climate.ingest.plugins.module_utils.errors import (
    Foreign,
    IngestError,
    Interrupted,
    Leftover,
)
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context, Operation, Result
from ansible_collections.climate.ingest.plugins.module_utils.steps import STEP_SPEC

SERVICE, CAPACITY, DATABASE, DEFINITIONS = PARTS = ("service", "capacity", "database", "task_definitions")


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Remove what runs left; the parameters are the module's.

    Raises:
        Leftover: something still stands; the message says what was removed, what stands, and why.
    """
    result = attempt(context, params)
    left = result.values["left"]
    if left and not context.check_mode:
        removed = result.values["removed"]
        text = "\n".join(["Still there:", *(f"  - {each}" for each in left), "Mend that and tear down again."])
        text += f"\nRemoved: {', '.join(removed) or 'nothing'}."
        raise Leftover(text, removed=removed, left=left)
    return result


def attempt(context: Context, params: Mapping[str, Any]) -> Result:
    """Remove what can be removed; the result's ``removed`` and ``left`` say what was and what was not, and why.

    Raises:
        Interrupted: the controller was asked to stop.
    """
    return Teardown(context, params).carry_out()


class Teardown:
    """One teardown: a part that fails keeps no other from being removed.

    Workers go first: they must not run while the class of the database changes. The instances go even if the workers
    cannot be removed, since they bill by the hour. Instances and database are waited for together.

    Attributes:
        removed: what is gone (in check mode: would be).
        left: what stands, with the reason.
    """

    def __init__(self, context: Context, params: Mapping[str, Any]) -> None:
        self.context, self.params = context, params
        self.parts: Sequence[str] = params.get("parts") or PARTS
        self.removed: list[str] = []
        self.left: list[str] = []
        self._result = Result()

    def carry_out(self) -> Result:
        """Remove the parts asked for."""
        workers_gone = SERVICE not in self.parts or self._try("the workers' services", self._services)
        capacity = CAPACITY in self.parts
        fleets = self._fleets() if capacity else []
        if capacity:
            self._each_fleet(fleets, wait=False)
            self._try("instances in no group", self._strays)
        restoring = DATABASE in self.parts and self._database(workers_gone)
        if capacity and self.params.get("wait", True) and not self.context.check_mode:
            self._each_fleet(fleets, wait=True)
        if restoring:
            self._try("the class of the database", partial(self._restore, wait=True))
        if DEFINITIONS in self.parts:
            self._try("the task definitions", self._definitions)
        return self._summed_up()

    def _summed_up(self) -> Result:
        for item in self.left:
            self.context.progress.line(f"still there: {item}")
        message = f"removed: {', '.join(self.removed)}" if self.removed else "nothing was left behind"
        self._result.values = {"removed": self.removed, "left": self.left, "message": message, "note": message}
        return self._result

    def _try(self, what: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except Interrupted:
            raise
        except IngestError as error:
            self.left.append(f"{what}: {error.message}")
        except AWS_ERRORS as error:
            self.left.append(f"{what}: {explain(error).message}")
        else:
            return True
        return False

    def _name(self, what: str) -> str:
        return f"ingest-{self.params['environment']}-{what}"

    def _gone(self, names: Sequence[str], part: Result) -> None:
        """Take down that a part is removed; what was seen before is not told again."""
        if not part.changed:
            return
        for name in names:
            if name not in self.removed:
                self.removed.append(name)
                self.context.progress.line(f"{'would remove' if self.context.check_mode else 'removed'} {name}")
                if self.context.check_mode:
                    self.context.preview.note("changed" if name.startswith("database") else "removed", name)
        self._result.changed = True
        self._result.before |= part.before
        self._result.after |= part.after

    def _services(self) -> None:
        cluster, environment = self.params["cluster"], self.params["environment"]
        usual = self._name("run-jobs")
        names = leftovers.services(self.context, cluster, environment)
        for name in dict.fromkeys([*names, usual]):
            params = {**_defaults(processing_service.OPERATION), **self._common(), "name": name}
            part = self._unless_foreign(name, partial(processing_service.absent, self.context, params))
            if part:
                part.before = {f"service {name}": part.before}
                self._gone([f"service {name}"], part)

    def _fleets(self) -> list[str]:
        names: list[str] = []
        self._try("the spot fleet", lambda: names.extend(leftovers.fleets(self.context, self.params["environment"])))
        return list(dict.fromkeys([*names, self._name("spot")]))

    def _each_fleet(self, names: Sequence[str], wait: bool) -> None:
        for name in names:
            self._try(f"spot capacity {name}", partial(self._fleet, name, wait))

    def _fleet(self, name: str, wait: bool) -> None:
        params = {**_defaults(spot_capacity.OPERATION), **self._common(), "name": name, "wait": wait}
        part = self._unless_foreign(name, partial(spot_capacity.absent, self.context, params))
        if part:
            kinds = {"group": f"Auto Scaling group {name}", "launch_template": f"launch template {name}"}
            gone = [text for key, text in kinds.items() if key in part.before]
            part.changed = part.changed and bool(gone)
            part.before = {kinds[key]: value for key, value in part.before.items() if key in kinds}
            self._gone(gone, part)

    def _unless_foreign(self, name: str, remove: Callable[[], Result]) -> Result | None:
        """Leave alone what has our name and is not ours."""
        try:
            return remove()
        except Foreign as error:
            self._result.warnings.append(error.message)
            return None

    def _strays(self) -> None:
        ids = leftovers.strays(self.context, self.params["environment"])
        if ids and not self.context.check_mode:
            self.context.client("ec2").terminate_instances(InstanceIds=ids)
        names = [f"instance {each}" for each in ids]
        self._gone(names, Result(bool(ids), before=dict.fromkeys(names, "in no group")))

    def _database(self, workers_gone: bool) -> bool:
        """Ask for the class back, unless something still uses the database."""
        name = self.params["database"]
        if not workers_gone:
            self.left.append(f"database {name} keeps its class: workers may still use it")
            return False
        return self._try("the class of the database", partial(self._restore, wait=False))

    def _restore(self, wait: bool) -> None:
        params = {**_defaults(database.OPERATION), **self._common(), "state": "restored"}
        part = database.run(self.context, {**params, "instance": self.params["database"], "wait": wait})
        name = f"database {self.params['database']}"
        before, after = (shown["DBInstanceClass"] for shown in (part.before, part.after))
        part.before, part.after = {name: part.before}, {name: part.after}
        if before != after:
            self._gone([f"{name}: {before} back to {after}"], part)
        elif part.changed:
            self._result.changed = True

    def _definitions(self) -> None:
        params = {**_defaults(task_definition.OPERATION), **self._common(), "family": self.params["family"]}
        part = task_definition.run(self.context, {**params, "state": "absent"})
        self._result.warnings += part.warnings
        self._gone([f"task definition {arn.rsplit('/', 1)[1]}" for arn in part.values["removed"]], part)

    def _common(self) -> dict[str, Any]:
        return {name: self.params[name] for name in ("cluster", "environment", "timeout")}


def _defaults(operation: Operation) -> dict[str, Any]:
    """Give an operation's parameters as they are when nothing is said."""
    return {name: option.get("default") for name, option in operation.argument_spec.items()}


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "family": {"type": "str", "required": True},
        "database": {"type": "str", "required": True},
        "parts": {"type": "list", "elements": "str", "choices": list(PARTS), "default": list(PARTS)},
        "wait": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 7200},
    },
    recorded=True,
    services=(
        "autoscaling",
        "ec2",
        "ecs",
        "rds",
    ),
)
