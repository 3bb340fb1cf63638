# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reboots an instance whose parameter group waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from . import parameter_group, users
from .change import Change
from .modification import AVAILABLE
from .state import await_done, describe, settle


def reboot(
    context: Context, change: Change, database: dict[str, Any], desired: Mapping[str, Any], warnings: list[str]
) -> dict[str, Any]:
    """Reboot the instance once nothing of ours uses it, and wait until its parameters are in effect.

    Returns:
        The instance as it is then.

    Raises:
        Refused: a worker or a command of ours may be using it, or RDS refuses the reboot.
        DeadlineExceeded: it took too long.
    """
    name, deadline = database["DBInstanceIdentifier"], context.clock() + change.timeout

    def left() -> float:
        return max(deadline - context.clock(), 0)

    def has_begun() -> bool:
        current = describe(context, name)
        return current["DBInstanceStatus"] == "rebooting" or parameter_group.is_in_effect(current, desired)

    users.await_end(context, change, database, stays="is not rebooted for its parameter group")
    while not parameter_group.reboot(context, name, has_begun):
        if database["DBInstanceStatus"] == AVAILABLE:
            raise Refused(f"{name} cannot be rebooted now. Run again when nothing else goes on with it.")
        database = settle(context, database, left(), refused=database["DBInstanceStatus"])
    return await_done(context, name, desired, left(), warnings, rebooted=True)
