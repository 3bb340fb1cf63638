# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resizes an RDS instance for the ingest and gives it its class back; the class it had is remembered in a tag on it."""

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
    """Change the instance to the wanted class and storage, or back to the class it had.

    Raises:
        NotFound: there is no such instance.
        InvalidInput: a size RDS does not have.
        Refused: RDS would refuse, or would do more than asked.
        DeadlineExceeded: the change did not end in time.
    """
    database = describe(context, change.instance)
    original = tag_dict(database.get("TagList")).get(ORIGINAL_CLASS_TAG)
    former, restoring = database["DBInstanceClass"], change.restore
    warnings = checks.reboot_warnings(database)
    if restoring:
        wanted: dict[str, Any] = {"DBInstanceClass": original or database["DBInstanceClass"]}
        nothing = original is None
    else:
        wanted = _wanted(change, database, warnings)
        nothing = False
    result = Result(before=_part(database), after=_part(database) | wanted, warnings=warnings)
    if not nothing:
        result.changed, database = _bring(context, change, database, wanted, warnings)
    if restoring and original and (context.check_mode or is_reached(database, wanted)):
        _forget(context, database)
        result.changed = True
    if not result.changed:  # asked for by an earlier step, and waited for by this one
        result.before = result.after
    first, last = (former if restoring else original or former), result.after["DBInstanceClass"]
    result.facts = {DATABASE_CLASS: [first, last]} if first != last else {}
    result.resource = f"database {change.instance}"
    result.values = _values(database, result.after, original or former, restoring)
    result.note = f"{result.resource}: a {original or former} before"
    if context.check_mode:
        _predict(context, database, result, remembers=not restoring and bool(original or result.changed))
        result.values["predicted"] = True
    if restoring and result.changed and is_reached(database, wanted):
        context.progress.line(result.values["message"])
    return result


def _wanted(change: Change, database: Mapping[str, Any], warnings: list[str]) -> dict[str, Any]:
    """Read what is asked; storage below what is there is no error, as it may have grown in an earlier run."""
    wanted: dict[str, Any] = {}
    if change.instance_class:
        wanted["DBInstanceClass"] = change.instance_class
    requested, present = change.allocated_storage, database["AllocatedStorage"]
    if requested is not None and requested < 1:
        raise InvalidInput(f"allocated_storage is {requested}; allowed are whole numbers of GB from 1.")
    if requested is not None:
        wanted["AllocatedStorage"] = max(requested, present)
        if requested < present:
            warnings.append(
                f"{database['DBInstanceIdentifier']} has {present} GB, more than the {requested} GB asked for; "
                "it stays, as RDS cannot shrink storage."
            )
    return wanted


def _bring(
    context: Context, change: Change, database: dict[str, Any], wanted: dict[str, Any], warnings: list[str]
) -> tuple[bool, dict[str, Any]]:
    """Modify where needed and wait where asked; give whether it modified, and the instance as it is then."""
    modify = not is_reached(database, wanted) and not is_underway(database, wanted)
    if context.check_mode:
        if modify:
            _check(context, database, wanted, warnings)
            users.predict(context, change, database)
        return modify, database
    if modify:
        database = settle(context, database, change.timeout)
        modify = not is_reached(database, wanted)
    if modify:
        _check(context, database, wanted, warnings)
        users.await_end(context, change, database)
        if not change.restore:
            _remember(context, database)
        _modify(context, database, wanted)
    busy = modify or not is_reached(database, wanted) or database["DBInstanceStatus"] not in (*SETTLED, "backing-up")
    if change.wait and busy:
        database = await_done(context, change.instance, wanted, change.timeout)
    return modify, database


def _check(context: Context, database: Mapping[str, Any], wanted: Mapping[str, Any], warnings: list[str]) -> None:
    rds = context.client("rds")
    checks.check_pending(database, wanted)
    present = database["DBInstanceClass"]
    if wanted.get("DBInstanceClass", present) != present:
        checks.check_class(rds, database, wanted["DBInstanceClass"])
        is_original = ORIGINAL_CLASS_TAG not in tag_dict(database.get("TagList"))
        if is_original and not checks.is_orderable(rds, database, present):
            warnings.append(f"{present} can no longer be ordered: the instance could not go back to it afterwards.")
    if wanted.get("AllocatedStorage", 0) > database["AllocatedStorage"]:
        checks.check_growth(rds, database, wanted["AllocatedStorage"])


def _remember(context: Context, database: Mapping[str, Any]) -> None:
    """Write the class the instance has into a tag on it, before anything changes; never over an earlier one."""
    if ORIGINAL_CLASS_TAG not in tag_dict(database.get("TagList")):
        tags = tag_list({ORIGINAL_CLASS_TAG: database["DBInstanceClass"]})
        context.client("rds").add_tags_to_resource(ResourceName=database["DBInstanceArn"], Tags=tags)


def _forget(context: Context, database: Mapping[str, Any]) -> None:
    if not context.check_mode:
        rds = context.client("rds")
        rds.remove_tags_from_resource(ResourceName=database["DBInstanceArn"], TagKeys=[ORIGINAL_CLASS_TAG])


def _modify(context: Context, database: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Send only what differs, to be applied at once.

    Raises:
        Refused: the storage is in its cooldown, there is no capacity for the class, or the state has just changed.
    """
    name = database["DBInstanceIdentifier"]
    changes = {key: value for key, value in wanted.items() if database[key] != value}
    if "AllocatedStorage" in changes:
        iops = checks.iops(database, changes["AllocatedStorage"])
        changes |= {"Iops": iops} if iops else {}
    try:
        context.client("rds").modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **changes)
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


def _predict(context: Context, database: Mapping[str, Any], result: Result, remembers: bool) -> None:
    """Predict the instance for the steps that follow: class, storage, and whether it remembers its original class."""
    original = tag_dict(database.get("TagList")).get(ORIGINAL_CLASS_TAG) or database["DBInstanceClass"]
    tags = {ORIGINAL_CLASS_TAG: original} if remembers else {}
    context.preview.predict(f"database/{database['DBInstanceIdentifier']}", {**result.after, "tags": tags})


def _part(database: Mapping[str, Any]) -> dict[str, Any]:
    return {key: database[key] for key in ("DBInstanceClass", "AllocatedStorage")}


def _values(database: Mapping[str, Any], after: Mapping[str, Any], original: str, restoring: bool) -> dict[str, Any]:
    name, size = database["DBInstanceIdentifier"], after["AllocatedStorage"]
    message = f"{name}: {after['DBInstanceClass']} with {size} GB"
    if restoring:
        message += "; the storage stays, as RDS cannot shrink it"
    return {
        "instance": name,
        "db_instance_class": after["DBInstanceClass"],
        "allocated_storage": size,
        "original_class": original,
        "status": database["DBInstanceStatus"],
        "message": message,
    }


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
