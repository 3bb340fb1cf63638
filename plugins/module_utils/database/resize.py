# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resizes an RDS instance for the ingest and restores its class; a tag on the instance remembers the class it had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.aws import ClientError, error_code, error_text, tag_dict, tag_list
from ..core.context import Context
from ..core.errors import InvalidInput, Refused
from ..core.operation import Operation
from ..core.result import Result
from ..record.steps import STEP_SPEC
from . import checks, users
from .change import Change
from .state import DATABASE_CLASS, ORIGINAL_CLASS_TAG, SETTLED, await_done, describe, is_reached, is_underway, settle


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
            restore=params["state"] == "restored",
            wait=params["wait"],
            timeout=params["timeout"],
        ),
    )


def apply(context: Context, change: Change) -> Result:
    """Bring the instance to the desired class and storage, or back to the class it had.

    Raises:
        NotFound: there is no such instance.
        InvalidInput: a size RDS does not have.
        Refused: RDS would refuse, or would change more than was requested.
        DeadlineExceeded: the change did not end in time.
    """
    database = describe(context, change.instance)
    return _restore(context, change, database) if change.restore else _resize(context, change, database)


def _resize(context: Context, change: Change, database: dict[str, Any]) -> Result:
    """Bring class and storage to what is desired; the class the instance had before the run is remembered on it."""
    remembered = _class_to_restore(database)
    original = remembered or database["DBInstanceClass"]
    warnings = checks.reboot_warnings(database)
    desired = _desired(change, database, warnings)
    result = Result(before=_part(database), after=_part(database) | desired, warnings=warnings)
    result.changed, database = _change(context, change, database, desired, warnings)
    _conclude(result, database, original, [original, result.after["DBInstanceClass"]])
    if context.check_mode:
        _predict(context, result, original if remembered or result.changed else None)
    return result


def _restore(context: Context, change: Change, database: dict[str, Any]) -> Result:
    """Give the instance its remembered class back, then forget it; without one there is nothing to do."""
    remembered, present = _class_to_restore(database), database["DBInstanceClass"]
    warnings = checks.reboot_warnings(database)
    desired = {"DBInstanceClass": remembered or present}
    result = Result(before=_part(database), after=_part(database) | desired, warnings=warnings)
    if remembered:
        result.changed, database = _change(context, change, database, desired, warnings)
        if context.check_mode or is_reached(database, desired):
            _forget(context, database)
            result.changed = True
    _conclude(result, database, remembered or present, [present, result.after["DBInstanceClass"]])
    result.values["message"] += "; the storage stays, as RDS cannot shrink it"
    if context.check_mode:
        _predict(context, result, None)
    if result.changed and is_reached(database, desired):
        context.progress.line(result.values["message"])
    return result


def _conclude(result: Result, database: Mapping[str, Any], original: str, classes: list[str]) -> None:
    """Complete the result from the instance as it is now.

    Args:
        original: the class before the run.
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
        "allocated_storage": after["AllocatedStorage"],
        "original_class": original,
        "status": database["DBInstanceStatus"],
        "message": f"{name}: {after['DBInstanceClass']} with {after['AllocatedStorage']} GB",
    }
    result.note = f"{result.resource}: a {original} before"


def _desired(change: Change, database: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Read the desired class and storage; less storage than there is warns, as it may have grown in an earlier run."""
    desired: dict[str, Any] = {}
    if change.instance_class:
        desired["DBInstanceClass"] = change.instance_class
    requested, present = change.allocated_storage, database["AllocatedStorage"]
    if requested is None:
        return desired
    if requested < 1:
        raise InvalidInput(f"allocated_storage is {requested}; allowed are whole numbers of GB from 1.")
    if requested < present:
        warnings.append(
            f"{database['DBInstanceIdentifier']} has {present} GB, more than the {requested} GB requested; "
            "it stays, as RDS cannot shrink storage."
        )
    return {**desired, "AllocatedStorage": max(requested, present)}


def _change(
    context: Context, change: Change, database: dict[str, Any], desired: dict[str, Any], warnings: list[str]
) -> tuple[bool, dict[str, Any]]:
    """Modify the instance where it differs and wait where ``wait`` is set.

    Returns:
        Whether it was (in check mode: would be) modified, and the instance as it is then.
    """
    differs = not is_reached(database, desired) and not is_underway(database, desired)
    if context.check_mode:
        if differs:
            _check(context, database, desired, warnings)
            users.predict(context, change, database)
        return differs, database
    if differs:
        database = settle(context, database, change.timeout)
        differs = not is_reached(database, desired)
    if differs:
        _check(context, database, desired, warnings)
        users.await_end(context, change, database)
        if not change.restore:
            _remember(context, database)
        _modify(context, database, desired)
    if change.wait and (differs or _is_busy(database, desired)):
        database = await_done(context, change.instance, desired, change.timeout)
    return differs, database


def _is_busy(database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Say whether an earlier change is still to be waited for; a backup alone is not."""
    return not is_reached(database, desired) or database["DBInstanceStatus"] not in (*SETTLED, "backing-up")


def _check(context: Context, database: Mapping[str, Any], desired: Mapping[str, Any], warnings: list[str]) -> None:
    """Refuse what RDS would refuse; warn of a class that could not be restored."""
    rds = context.client("rds")
    checks.check_pending(database, desired)
    present = database["DBInstanceClass"]
    if desired.get("DBInstanceClass", present) != present:
        checks.check_class(context, database, desired["DBInstanceClass"])
        if not _class_to_restore(database) and not checks.is_orderable(context, database, present):
            warnings.append(f"{present} can no longer be ordered: the instance could not go back to it afterwards.")
    if desired.get("AllocatedStorage", 0) > database["AllocatedStorage"]:
        checks.check_growth(rds, database, desired["AllocatedStorage"])


def _class_to_restore(database: Mapping[str, Any]) -> str | None:
    """Give the class that a run of ours is to give back; None where none has changed it."""
    return tag_dict(database.get("TagList")).get(ORIGINAL_CLASS_TAG)


def _remember(context: Context, database: Mapping[str, Any]) -> None:
    """Write the class the instance has into a tag on it, before anything changes; never over an earlier one."""
    if not _class_to_restore(database):
        tags = tag_list({ORIGINAL_CLASS_TAG: database["DBInstanceClass"]})
        context.client("rds").add_tags_to_resource(ResourceName=database["DBInstanceArn"], Tags=tags)


def _forget(context: Context, database: Mapping[str, Any]) -> None:
    if not context.check_mode:
        rds = context.client("rds")
        rds.remove_tags_from_resource(ResourceName=database["DBInstanceArn"], TagKeys=[ORIGINAL_CLASS_TAG])


def _modify(context: Context, database: Mapping[str, Any], desired: Mapping[str, Any]) -> None:
    """Send only what differs, to be applied at once.

    Raises:
        Refused: the storage is in its cooldown, there is no capacity for the class, or the state has just changed.
    """
    name = database["DBInstanceIdentifier"]
    changes = {key: value for key, value in desired.items() if database[key] != value}
    if "AllocatedStorage" in changes:
        iops = checks.iops(database, changes["AllocatedStorage"])
        changes |= {"Iops": iops} if iops else {}

    def accepted() -> dict[str, Any] | None:
        current = describe(context, name)
        return {} if is_reached(current, desired) or is_underway(current, desired) else None

    try:
        rds = context.client("rds").unless(accepted)
        rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **changes)
    except ClientError as error:
        code, text = error_code(error), error_text(error)
        if "AllocatedStorage" in changes and checks.is_cooldown(code, text):
            raise Refused(checks.cooldown_text(database, f"RDS says {text!r}")) from error
        if code.startswith("InsufficientDBInstanceCapacity"):
            raise Refused(
                f"AWS has no capacity for {changes['DBInstanceClass']} in the zone of {name}: {text}"
            ) from error
        if code.startswith("InvalidDBInstanceState"):
            raise Refused(f"{name} cannot be modified now: {text} Run again when it is available.") from error
        raise


def _predict(context: Context, result: Result, remembered: str | None) -> None:
    """Predict the instance for the steps that follow: class, storage, and the class it would be given back."""
    tags = {ORIGINAL_CLASS_TAG: remembered} if remembered else {}
    context.preview.predict(f"database/{result.values['instance']}", {**result.after, "tags": tags})
    result.values["predicted"] = True


def _part(database: Mapping[str, Any]) -> dict[str, Any]:
    return {key: database[key] for key in ("DBInstanceClass", "AllocatedStorage")}


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "state": {"type": "str", "choices": ["present", "restored"], "default": "present"},
        "instance": {"type": "str", "required": True},
        "cluster": {"type": "str"},
        "class": {"type": "str"},
        "allocated_storage": {"type": "int"},
        "wait": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 7200},
    },
    constraints={"required_if": [["state", "present", ["class", "allocated_storage"], True]]},
    recorded=True,
    services=("rds",),
)
