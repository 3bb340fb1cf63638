# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database as status and report show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.context import Context
from . import parameter_group
from .original import Original
from .state import describe_now
from .storage import is_aurora

Facts = dict[str, Any]


def facts(context: Context, name: str) -> Facts:
    """Give class, storage, status and parameter group of an instance as they are now.

    Raises:
        NotFound: there is no such instance.
    """
    found = describe_now(context, name)
    return {
        "name": name,
        "class": found["DBInstanceClass"],
        "storage_gb": None if is_aurora(found) else found["AllocatedStorage"],
        "status": found["DBInstanceStatus"],
        "parameter_group": _parameter_group(found),
    }


def _parameter_group(database: Mapping[str, Any]) -> Facts | None:
    """Give the parameter group where it is worth telling: a run has changed it, or it is not in effect."""
    name, status, known = parameter_group.name_of(database), parameter_group.status_of(database), Original.of(database)
    original = known.group if known else ""
    told = original or status != parameter_group.IN_SYNC
    return {"name": name, "status": status, "original": original or None} if told else None


def text(database: Facts) -> str:
    """Write what ``database`` of the facts says; Aurora's storage has no size."""
    parts = [] if database["storage_gb"] is None else [f"{database['storage_gb']} GB"]
    parts += [database["status"]]
    if group := database.get("parameter_group"):
        before = f", {group['original']} before the run" if group["original"] else ""
        parts += [f"parameter group {group['name']} ({group['status']}{before})"]
    return f"{database['name']}: {', '.join([database['class'], *parts])}"
