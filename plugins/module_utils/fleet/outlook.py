# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Until when the fleet of an environment lives without a controller, as the account has it now; reads only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.names import Names
from . import group as spot_group
from . import scheduled_action, unattended


@dataclass(frozen=True)
class Outlook:
    """The outlook of a fleet.

    Attributes:
        run: the id of the run that raised it last; empty: it is not known.
        group: its Auto Scaling group.
        is_up: whether the group is there and not at 0.
        due: when the account sets it to 0, ISO 8601; None: never.
        fired: when the dead man's switch set it to 0 in that run, oldest first.
        is_at_zero: whether it has done so, and no run has raised it since.
    """

    run: str
    group: str
    is_up: bool
    due: str | None = None
    fired: list[unattended.Fired] = field(default_factory=list)
    is_at_zero: bool = False


def read(context: Context, environment: str) -> Outlook:
    """Read it of the account."""
    switch = unattended.read(context, environment)
    name = switch.group if switch else Names(environment).fleet
    known = Outlook(switch.run if switch else "", name, False, fired=switch.fired if switch else [])
    group = spot_group.read(context, name)
    if group is None or spot_group.is_being_deleted(group) or (switch and not switch.count):  # 0: scaled back
        return known
    limit = switch.limit if switch else 0
    fired = unattended.look_fired(context, group, switch)
    if fired:
        return replace(known, fired=unattended.with_fired(known.fired, fired), is_at_zero=True)
    due = scheduled_action.read(context, name)
    return replace(known, is_up=not spot_group.is_at_zero(group, limit), due=due.isoformat() if due else None)


def sentence(outlook: Outlook, now: datetime) -> str:
    """Write it; empty where there is no fleet."""
    if outlook.is_up:
        return unattended.until_sentence(outlook.group, outlook.due, now)
    if outlook.is_at_zero:
        return f"{unattended.fired_sentence(outlook.group, outlook.fired[-1])} The next run raises it again."
    return ""


def sentence_or_why_not(context: Context, environment: str) -> str:
    """Write it for a message that must not fail."""
    try:
        return sentence(read(context, environment), context.now())
    except AWS_ERRORS as error:
        return f"Until when a fleet would live without a controller is not known: {explain(error).message}"
