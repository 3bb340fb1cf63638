# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The spot fleet that an earlier task of the play raised: one that is only waited for is not looked up anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.context import Context
from ..core.result import Result
from ..core.text import count
from . import group, predicted_fleet


def remember(context: Context, params: Mapping[str, Any], result: Result) -> None:
    """Remember what was raised, and from which of spot_capacity's parameters."""
    known = {
        "requested": predicted_fleet.requested(params),
        "snapshot": dict(result.after),
        "values": dict(result.values),
    }
    context.memo.put(_key(params["name"]), known)


def forget(context: Context, name: str) -> None:
    """Forget a fleet that is about to be removed."""
    context.memo.forget(_key(name))


def unchanged(context: Context, params: Mapping[str, Any]) -> Result | None:
    """Give the result where the very same fleet was raised before and its group is as it was left; else None.

    Source, AMI, instance types, subnets and prices are not read again then.
    """
    known = context.memo.get(_key(params["name"]))
    if not known or known["requested"] != predicted_fleet.requested(params):
        return None
    found = group.read(context, params["name"])
    if not found or group.is_being_deleted(found) or group.summary(found) != known["snapshot"]["group"]:
        return None
    values, done = dict(known["values"]), f"{count(params['count'], 'instance')} already requested"
    return Result(before=known["snapshot"], after=known["snapshot"], values=values, done=done)


def _key(name: str) -> str:
    return f"fleet/{name}"
