# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes an RDS instance for the ingest and puts it back; tags on it remember the class and parameter group it had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.context import Context
from ..core.errors import InvalidInput
from ..core.operation import Operation
from ..core.result import Result
from ..record.steps import STEP_SPEC
from . import checks, downtime, original, parameter_group, statuses, storage, users
from .change import Change
from .classes import orderable
from .modification import modify, reboot
from .original import Original
from .parameter_group import GROUP
from .state import DATABASE_CLASS, await_done, describe, is_done, is_reached, is_underway, settle


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Resize or restore the instance; the parameters are the module's."""
    return apply(
        context,
        Change(
            instance=params["instance"],
            cluster=params.get("cluster") or "",
            environment=params.get("environment") or "",
            instance_class=params.get("class") or "",
            allocated_storage=params.get("allocated_storage"),
            class_after=params.get("class_after") or "",
            parameter_group=params.get("parameter_group") or "",
            restore=params["state"] == "restored",
            services_minutes=params.get("services_minutes") or 0,
            wait=params["wait"],
            timeout=params["timeout"],
        ),
    )


def apply(context: Context, change: Change) -> Result:
    """Bring the instance to the desired class, storage and parameter group, or back to the class and group it had.

    Raises:
        NotFound: there is no such instance.
        InvalidInput: a size RDS does not have.
        Refused: RDS would refuse, or would change more than was requested.
        DeadlineExceeded: the change did not end in time.
    """
    database = describe(context, change.instance)
    result = _restore(context, change, database) if change.restore else _resize(context, change, database)
    if change.wait and not context.check_mode:
        result.facts |= downtime.await_back(context, change, result.warnings)
    return result


def _resize(context: Context, change: Change, database: dict[str, Any]) -> Result:
    """Bring the instance to what is desired; the class and group it had before the run are remembered on it."""
    known = Original.of(database)
    warnings: list[str] = []
    desired = _desired(change, database, warnings)
    before = _original(known, database, desired)
    result = _begin(database, desired, warnings)
    if _differs(database, desired) and desired.get("DBInstanceClass", before.target) != before.target:
        before = orderable.check_way_back(context, database, before, change.class_after)
    result.changed, database = _change(context, change, database, desired, before, warnings)
    _conclude(result, database, before, [before.name, result.after["DBInstanceClass"]])
    result.done = _changes(result.before, result.after) if result.changed else f"unchanged: {result.values['message']}"
    if before.after:
        way_back = f"; it goes back to {before.after}, {before.explanation}"
        result.values["message"] += way_back
        result.note += way_back
    if context.check_mode:
        _predict(context, result, before if known or result.changed else None)
    return result


def _restore(context: Context, change: Change, database: dict[str, Any]) -> Result:
    """Give the instance its remembered class and group back, then forget them; without them there is nothing to do."""
    remembered, present = Original.of(database), database["DBInstanceClass"]
    if remembered and present != remembered.target:
        remembered = orderable.check_way_back(context, database, remembered, change.class_after)
    target = remembered or Original(present)
    desired: dict[str, Any] = {**target.desired}
    result = _begin(database, desired, [])
    if remembered:
        result.changed, database = _change(context, change, database, desired, remembered, result.warnings)
        if context.check_mode or is_done(database, desired):
            original.forget(context, database)
            result.changed = True
    _conclude(result, database, target, [present, result.after["DBInstanceClass"]])
    if target.explanation:
        result.values["message"] += f", {target.explanation}"
    if not storage.is_aurora(database):
        result.values["message"] += "; the storage stays, as RDS cannot shrink it"
    if context.check_mode:
        _predict(context, result, None)
    if result.changed and is_done(database, desired):
        context.progress.line(result.values["message"])
    return result


def _original(known: Original | None, database: Mapping[str, Any], desired: Mapping[str, Any]) -> Original:
    """Give what is to be remembered: what is known already, and the group the instance has where that changes."""
    before, group = known or Original(database["DBInstanceClass"]), parameter_group.name_of(database)
    leaves = desired.get(GROUP, group) != group
    return replace(before, group=group) if leaves and not before.group else before


def _begin(database: Mapping[str, Any], desired: Mapping[str, Any], warnings: list[str]) -> Result:
    """Make the result of a change; a group that is left alone may wait for a reboot, of which it warns."""
    before = _part(database, desired)
    warnings += [] if GROUP in desired else checks.reboot_warnings(database)
    return Result(before=before, after={**before, **desired}, warnings=warnings)


def _conclude(result: Result, database: Mapping[str, Any], before: Original, classes: list[str]) -> None:
    """Complete the result from the instance as it is now.

    Args:
        before: what the instance had before the run.
        classes: before and after the change, for the record.
    """
    name, after = database["DBInstanceIdentifier"], result.after
    if not result.changed:  # an earlier step requested the change, and this one only waited for it
        result.before = after
    result.facts = {DATABASE_CLASS: classes} if classes[0] != classes[1] else {}
    result.resource = f"database {name}"
    result.values = {
        "instance": name,
        "db_instance_class": after["DBInstanceClass"],
        "allocated_storage": after.get("AllocatedStorage"),
        "original_class": before.name,
        "parameter_group": after.get(GROUP),
        "original_parameter_group": before.group or after.get(GROUP),
        "status": database["DBInstanceStatus"],
        "message": f"{name}: {storage.size_text({**database, **after})}{_with_group(after.get(GROUP, ''))}",
    }
    result.note = f"{result.resource}: a {before.name}{_with_group(before.group)} before"


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Write what of class and storage a change makes another one."""
    units = {"DBInstanceClass": "", "AllocatedStorage": " GB"}
    changed = {name: unit for name, unit in units.items() if before.get(name) != after.get(name)}
    return ", ".join(f"{before.get(name)} → {after.get(name)}{unit}" for name, unit in changed.items())


def _with_group(name: str) -> str:
    return f", parameter group {name}" if name else ""


def _desired(change: Change, database: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Read what is desired; less storage than there is warns, as it may have grown in an earlier run."""
    desired: dict[str, Any] = {}
    if change.parameter_group:
        desired[GROUP] = change.parameter_group.lower()  # as RDS keeps it
    if change.instance_class:
        desired["DBInstanceClass"] = change.instance_class
    requested, present = change.allocated_storage, database["AllocatedStorage"]
    if requested is None:
        return desired
    if requested < 1:
        raise InvalidInput(f"allocated_storage is {requested}; allowed are whole numbers of GB from 1.")
    if storage.is_aurora(database):
        warnings.append(
            f"{database['DBInstanceIdentifier']} is an instance of Aurora, whose storage grows by itself: the"
            f" {requested} GB requested mean nothing to it."
        )
        return desired
    if requested < present:
        warnings.append(
            f"{database['DBInstanceIdentifier']} has {present} GB, more than the {requested} GB requested; "
            "it stays, as RDS cannot shrink storage."
        )
    return {**desired, "AllocatedStorage": max(requested, present)}


def _differs(database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Say whether a modification is to be requested."""
    return not is_reached(database, desired) and not is_underway(database, desired)


def _change(
    context: Context,
    change: Change,
    database: dict[str, Any],
    desired: dict[str, Any],
    before: Original,
    warnings: list[str],
) -> tuple[bool, dict[str, Any]]:
    """Modify the instance where it differs; where ``wait`` is set, wait, and reboot it where its group waits for that.

    Args:
        before: what is remembered on the instance before it is modified.

    Returns:
        Whether it was (in check mode: would be) modified or rebooted, and the instance as it is then.
    """
    differs, reboots = _differs(database, desired), change.wait and _only_reboots(database, desired)
    if differs:
        warnings += checks.replica_warnings(database, desired)
    if context.check_mode:
        if differs or reboots:
            _check(context, database, desired)
            users.predict(context, change, database)
            downtime.predict(context, change)
        return differs or reboots, database
    if differs:
        database = settle(context, database, change.timeout)
        differs = not is_reached(database, desired)
    if differs:
        _check(context, database, desired)
        users.await_end(context, change, database)
        downtime.remember(context, change, warnings)
        original.remember(context, database, before)
        modify(context, database, desired, change.timeout)
    if change.wait and (differs or _is_busy(database, desired)):
        database = await_done(context, change.instance, desired, change.timeout, warnings)
        if parameter_group.needs_reboot(database, desired):
            downtime.remember(context, change, warnings)
            database = reboot(context, change, database, desired, warnings)
    return differs or reboots, database


def _only_reboots(database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Say whether a group that no run has changed waits for a reboot: one of a run's is part of its change."""
    known = Original.of(database)
    return parameter_group.needs_reboot(database, desired) and not (known and known.group)


def _is_busy(database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Say whether an earlier change is still to be waited for; a backup alone is not."""
    return not is_done(database, desired) or not statuses.is_usable(database["DBInstanceStatus"])


def _check(context: Context, database: Mapping[str, Any], desired: Mapping[str, Any]) -> None:
    """Refuse what RDS would refuse."""
    checks.check_member(database)
    checks.check_pending(database, desired)
    if desired.get("DBInstanceClass", database["DBInstanceClass"]) != database["DBInstanceClass"]:
        orderable.check_class(context, database, desired["DBInstanceClass"])
    if desired.get(GROUP, database[GROUP]) != database[GROUP]:
        parameter_group.check(context, database, desired[GROUP])
    if desired.get("AllocatedStorage", 0) > database["AllocatedStorage"]:
        storage.check_growth(context.client("rds"), database, desired["AllocatedStorage"])


def _predict(context: Context, result: Result, remembered: Original | None) -> None:
    """Predict the instance for the steps that follow: what it is, and what it would be given back."""
    tags = remembered.tags if remembered else {}
    context.preview.predict(f"database/{result.values['instance']}", {**result.after, "tags": tags})
    result.values["predicted"] = True


def _part(database: Mapping[str, Any], desired: Mapping[str, Any]) -> dict[str, Any]:
    names = ["DBInstanceClass", *([] if storage.is_aurora(database) else ["AllocatedStorage"])]
    names += [GROUP] if GROUP in desired else []
    return {name: database[name] for name in names}


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "state": {"type": "str", "choices": ["present", "restored"], "default": "present"},
        "instance": {"type": "str", "required": True},
        "cluster": {"type": "str"},
        "class": {"type": "str"},
        "class_after": {"type": "str"},
        "parameter_group": {"type": "str"},
        "allocated_storage": {"type": "int"},
        "wait": {"type": "bool", "default": True},
        "services_minutes": {"type": "int", "default": 0},
        "timeout": {"type": "int", "default": 7200},
    },
    constraints={"required_if": [["state", "present", ["class", "allocated_storage", "parameter_group"], True]]},
    recorded=True,
    services=("ecs", "rds", "ssm"),
)
