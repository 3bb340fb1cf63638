# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who uses an RDS instance, so that its class is not changed under them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from ..core.waiting import poll
from ..ecs import leftovers
from .change import Change

STOPS = 120  # seconds; ECS kills a task 30 seconds after it asked it to stop


def predict(context: Context, change: Change, database: Mapping[str, Any]) -> None:
    """Make sure, in check mode, that no command of ours would keep the class the instance has.

    Workers are removed before, and a play that prepares the instance waits for its commands before it restores it.

    Raises:
        Refused: some would.
    """
    if change.restore and f"database/{change.instance}" not in context.preview:
        users = _users(context, change)
        _refuse_use(database, [each for each in users if not str(each.get("group", "")).startswith("service:")])


def await_end(context: Context, change: Change, database: Mapping[str, Any], stays: str = "") -> None:
    """Make sure no worker and no command of ours uses the instance: each would lose its work, or half of it.

    Tasks that are stopping are waited for.

    Args:
        stays: what becomes of the instance meanwhile, for the message; empty: it keeps its class.

    Raises:
        Refused: some do.
        DeadlineExceeded: they do not stop.
    """

    def unused() -> bool | None:
        users = _users(context, change)
        _refuse_use(database, users, stays)
        return None if users else True

    poll(context, unused, what=f"what uses {change.instance} to stop", timeout=STOPS, interval=1.0)


def _users(context: Context, change: Change) -> list[dict[str, Any]]:
    if not change.cluster or not change.environment:
        return []
    return leftovers.tasks(context, change.cluster, change.environment)


def _refuse_use(database: Mapping[str, Any], users: Sequence[dict[str, Any]], stays: str = "") -> None:
    running = [each for each in users if each.get("desiredStatus") != "STOPPED"]
    if running:
        names = ", ".join(leftovers.named(task) for task in running[:5])
        more = f" and {len(running) - 5} more" if len(running) > 5 else ""
        stays = stays or f"keeps {database['DBInstanceClass']}"
        raise Refused(
            f"{database['DBInstanceIdentifier']} {stays} while {names}{more} may be using it: wait until they have"
            " ended, or stop them, and try again."
        )
