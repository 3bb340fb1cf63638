# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The calls that modify and reboot an instance, and what their refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.aws import ClientError, error_code, error_text
from ..core.context import Context
from ..core.errors import Refused
from . import parameter_group, storage, users
from .change import Change
from .state import await_done, describe, is_reached, is_underway, settle

AVAILABLE = "available"


def modify(context: Context, database: dict[str, Any], desired: Mapping[str, Any], timeout: float) -> None:
    """Send only what differs, to be applied at once; in a status in which RDS refuses that, wait for the next.

    Raises:
        Refused: the storage is in its cooldown, there is no capacity for the class, or the instance is available and
            cannot be modified all the same.
        DeadlineExceeded: it did not leave the status in which RDS refuses.
    """
    deadline = context.clock() + timeout
    while not _is_accepted(context, database, desired):
        left = max(deadline - context.clock(), 0)
        database = settle(context, database, left, refused=database["DBInstanceStatus"])


def _is_accepted(context: Context, database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Send it; False where the status is to blame, and something else than available."""
    name = database["DBInstanceIdentifier"]
    changes = {key: value for key, value in desired.items() if database[key] != value}
    if "AllocatedStorage" in changes:
        iops = storage.iops(database, changes["AllocatedStorage"])
        changes |= {"Iops": iops} if iops else {}

    def accepted() -> dict[str, Any] | None:
        current = describe(context, name)
        return {} if is_reached(current, desired) or is_underway(current, desired) else None

    try:
        rds = context.client("rds").unless(accepted)
        rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **changes)
    except ClientError as error:
        code, text = error_code(error), error_text(error)
        if "AllocatedStorage" in changes and storage.is_cooldown(code, text):
            raise Refused(storage.cooldown_text(database, f"RDS says {text!r}")) from error
        if code.startswith("InsufficientDBInstanceCapacity"):
            raise Refused(
                f"AWS has no capacity for {changes['DBInstanceClass']} in the zone of {name}: {text}"
            ) from error
        if code.startswith("InvalidDBInstanceState"):
            if database["DBInstanceStatus"] != AVAILABLE:
                return False
            raise Refused(f"{name} cannot be modified now: {text} Run again when it is available.") from error
        raise
    return True


def reboot(
    context: Context, change: Change, database: dict[str, Any], desired: Mapping[str, Any], warnings: list[str]
) -> dict[str, Any]:
    """Reboot the instance for its parameter group once nothing of ours uses it, and wait until that is in effect.

    Returns:
        The instance as it is then.

    Raises:
        Refused: a worker or a command of ours may be using it, or it is available and cannot be rebooted all the same.
        DeadlineExceeded: it took too long.
    """
    name, deadline = database["DBInstanceIdentifier"], context.clock() + change.timeout

    def left() -> float:
        return max(deadline - context.clock(), 0)

    users.await_end(context, change, database, stays="is not rebooted for its parameter group")
    while not _is_rebooted(context, name, desired):
        if database["DBInstanceStatus"] == AVAILABLE:
            raise Refused(f"{name} cannot be rebooted now. Run again when nothing else goes on with it.")
        database = settle(context, database, left(), refused=database["DBInstanceStatus"])
    return await_done(context, name, desired, left(), warnings, rebooted=True)


def _is_rebooted(context: Context, name: str, desired: Mapping[str, Any]) -> bool:
    """Request it; False where the status of the instance is to blame."""

    def has_begun() -> dict[str, Any] | None:
        current = describe(context, name)
        begun = current["DBInstanceStatus"] == "rebooting" or parameter_group.is_in_effect(current, desired)
        return {} if begun else None

    rds = context.client("rds").unless(has_begun)
    try:
        rds.reboot_db_instance(DBInstanceIdentifier=name)
    except ClientError as error:
        if error_code(error).startswith("InvalidDBInstanceState"):
            return False
        raise
    return True
