# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The call that modifies an instance, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.aws import ClientError, error_code, error_text
from ..core.context import Context
from ..core.errors import Refused
from . import storage
from .state import describe, is_reached, is_underway, settle

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
