# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long the fleet of an environment lives without a controller: ``/climate.ingest/<environment>/unattended``.

The group carries a scheduled action that sets it to 0. A controller that lives moves it ahead of now, about once an
hour; if none comes back, the account ends the fleet by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypedDict

from ..core.aws import AWS_ERRORS
from ..core.context import Context
from ..core.errors import InvalidInput
from ..core.operation import Operation
from ..core.text import at, duration
from ..record import lock, store
from . import group as spot_group
from . import scheduled_action

HEARTBEAT = 60.0  # seconds between two looks while waiting
SELDOM = timedelta(hours=1)  # the action is moved no more often, unless a tenth of its time is less
LOOK_AGAIN = timedelta(hours=1)  # after which an environment without a fleet is looked at again
MOST_FIRED = 10  # of a run; its parameter stays small
MOST_HOURS = 168


class Fired(TypedDict, total=False):
    """That the action was carried out: when (None: not known), when it was last moved, and when the fleet was again."""

    at: str | None
    since: str
    raised: str


@dataclass(frozen=True)
class Switch:
    """What is known of the action that ends a fleet.

    Attributes:
        run: the id of the run that raised the fleet.
        group: its Auto Scaling group.
        hours: how many hours the fleet lives without a controller; 0: until somebody removes it.
        count: the instances it is raised to.
        moved: when a controller last moved the action, ISO 8601; written before it is moved.
        fired: when the fleet was set to 0 in this run, oldest first.
        limit: the group's maximum when it is at rest: 0 of a group of ours.
    """

    run: str
    group: str
    hours: int
    count: int
    moved: str
    fired: list[Fired] = field(default_factory=list)
    limit: int = 0

    @property
    def due(self) -> datetime:
        """When the fleet is set to 0."""
        return datetime.fromisoformat(self.moved) + timedelta(hours=self.hours)

    @property
    def moves_at(self) -> datetime:
        """When the action is to be moved."""
        return datetime.fromisoformat(self.moved) + min(SELDOM, timedelta(hours=self.hours) / 10)


def check_hours(hours: int) -> None:
    """Make sure that a fleet may live so long without a controller.

    Raises:
        InvalidInput: it may not.
    """
    if not 0 <= hours <= MOST_HOURS:
        raise InvalidInput(f"unattended_hours is {hours}; allowed are whole numbers of hours from 0 to {MOST_HOURS}.")


def read(context: Context, environment: str) -> Switch | None:
    """Read what is kept of an environment; None: no fleet was raised yet."""
    name = name_of(environment)
    document = store.read(context, [name]).get(name)
    return Switch(**document) if document else None


def begin(
    context: Context, params: Mapping[str, Any], known: Switch | None, fired: Fired | None, limit: int = 0
) -> None:
    """Arm the switch of a fleet that is about to be raised, and say until when it lives.

    Args:
        params: of spot_capacity.
        known: what was kept before.
        fired: that the fleet had been set to 0.
        limit: the group's maximum when it is at rest.
    """
    group, hours = params["name"], params["unattended_hours"]
    earlier = known.fired if known and known.run == context.run_id else []
    switch = Switch(context.run_id, group, hours, params["count"], "", earlier, limit)
    due = arm(context, params["environment"], switch, fired).due
    context.progress.line(until_sentence(group, due.isoformat() if hours else None, context.now()))


def arm(context: Context, environment: str, switch: Switch, fired: Fired | None = None) -> Switch:
    """Have the group end in ``switch.hours`` from now, or take the action off it where they are 0.

    The record is written first: a crash in between leaves it a little ahead of the action, never behind.

    Args:
        fired: that the fleet had been set to 0, for the record.
    """
    moved = context.now().isoformat(timespec="seconds")
    known = with_fired(switch.fired, {**fired, "raised": moved}) if fired else switch.fired
    switch = replace(switch, moved=moved, fired=known[-MOST_FIRED:])
    store.write(context, name_of(environment), asdict(switch))
    if switch.hours:
        scheduled_action.put(context, switch.group, switch.due, switch.limit)
    else:
        scheduled_action.remove(context, switch.group)
    _remember(context, environment, switch)
    return switch


def hours_in_force(context: Context, switch: Switch | None, group: str) -> int:
    """Give after how many hours without a controller an existing group ends; 0: never."""
    if switch is None or switch.group != group or not switch.hours:
        return 0
    return switch.hours if scheduled_action.read(context, group) else 0


def look_fired(context: Context, group: Mapping[str, Any] | None, switch: Switch | None) -> Fired | None:
    """Say when the group was set to 0 by its action; None if it was not.

    Only the action sets a group back to rest in the middle of a run, and it is not listed any more then.
    """
    if switch is None or not switch.hours or not group or spot_group.is_being_deleted(group):
        return None
    name = group["AutoScalingGroupName"]
    if switch.group != name or not spot_group.is_at_zero(group, switch.limit) or scheduled_action.read(context, name):
        return None
    moment = scheduled_action.fired(context, name)
    if moment is None and switch.due <= context.now():
        moment = switch.due
    return {"at": moment.isoformat(timespec="seconds") if moment else None, "since": switch.moved}


def with_fired(known: Sequence[Fired], fired: Fired) -> list[Fired]:
    """Add that the fleet was set to 0, once."""
    return [each for each in known if (each["at"], each["since"]) != (fired["at"], fired["since"])] + [fired]


def fired_sentence(group: str, fired: Fired) -> str:
    """Write that the fleet was set to 0, and why."""
    when = at(fired["at"]) if fired["at"] else "a time that is not known"
    return (
        f"The dead man's switch set the fleet {group} to 0 instances at {when}, as no controller had moved it since"
        f" {at(fired['since'])} (ingest_unattended_hours)."
    )


def until_sentence(group: str, due: str | None, now: datetime) -> str:
    """Write until when a fleet lives without a controller."""
    if due is None:
        return f"Nothing ends the fleet {group} if no controller comes back: it bills until somebody removes it."
    left = duration((datetime.fromisoformat(due) - now).total_seconds())
    return f"If no controller comes back, the account sets the fleet {group} to 0 instances at {at(due)} (in {left})."


def attended(operation: Operation) -> Operation:
    """Make a step of a run keep the environment's fleet alive: as it begins, and while it waits."""
    if not operation.recorded:
        return operation

    def run(context: Context, params: Mapping[str, Any]) -> Any:
        environment = params.get("environment")
        if not environment or context.check_mode:
            return operation.run(context, params)
        keep(context, environment)
        return operation.run(replace(context, sleep=_keeping(context, environment)), params)

    return replace(operation, run=run)


def keep(context: Context, environment: str) -> None:
    """Move the action ahead if it is time; trouble with that ends no step, and is met by the next try.

    A fleet that was set to 0 is left as it is: what needs it raises it.
    """
    context = context.briefly()
    with suppress(*AWS_ERRORS):
        switch = _known(context, environment)
        if switch is None or not switch.hours or context.now() < switch.moves_at:
            return
        group = spot_group.read(context, switch.group)
        if group is None or spot_group.is_being_deleted(group):
            _remember(context, environment, None)
        elif not spot_group.is_at_zero(group, switch.limit):
            arm(context, environment, switch)


def raise_again(context: Context, environment: str, idle: bool = False) -> bool:
    """Raise a fleet that was set to 0 while this controller slept; say whether it was.

    Args:
        idle: no worker runs: look even if the time, by this machine's clock, has not come.

    Raises:
        Refused: another controller has the environment by now.
    """
    switch = _known(context, environment)
    if switch is None or not switch.hours or (not idle and context.now() < switch.due):
        return False
    fired = look_fired(context, spot_group.read(context, switch.group), switch)
    if fired is None:
        return False
    lock.ensure_held(context, environment, needed=False)
    arm(context, environment, switch, fired)
    spot_group.resize(context, switch.group, switch.count, max(switch.count, switch.limit))
    context.progress.line(f"{fired_sentence(switch.group, fired)} It is raised again.")
    return True


def forget(context: Context, environment: str) -> None:
    """Forget the fleet, which is about to be removed; its action goes with the group (DeleteAutoScalingGroup)."""
    _remember(context, environment, None)


def stand_down(context: Context, environment: str, group: str) -> None:
    """Take the action off a group that is not ours and is about to be scaled back; another's fleet is left alone."""
    switch = read(context, environment)
    if switch and switch.group == group and (switch.hours or switch.count):
        arm(context, environment, replace(switch, hours=0, count=0))
    else:
        scheduled_action.remove(context, group)
    forget(context, environment)


def _keeping(context: Context, environment: str) -> Callable[[float], None]:
    """Give a sleeper that keeps the fleet alive."""
    last = context.clock()

    def sleep(seconds: float) -> None:
        nonlocal last
        context.sleep(seconds)
        if context.clock() - last >= HEARTBEAT:
            last = context.clock()
            keep(context, environment)

    return sleep


def _known(context: Context, environment: str) -> Switch | None:
    """Give what this play knows, or read it; that there is no fleet is believed for a while."""
    known = context.memo.get(_key(environment))
    if known is None or (
        not known["switch"] and context.now() - datetime.fromisoformat(known["read_at"]) >= LOOK_AGAIN
    ):
        switch = read(context, environment)
        _remember(context, environment, switch)
        return switch
    return Switch(**known["switch"]) if known["switch"] else None


def _remember(context: Context, environment: str, switch: Switch | None) -> None:
    known = {"read_at": context.now().isoformat(), "switch": asdict(switch) if switch else None}
    context.memo.put(_key(environment), known)


def _key(environment: str) -> str:
    return f"unattended/{environment}"


def name_of(environment: str) -> str:
    """Name the parameter that keeps it."""
    return store.name_of(environment, "unattended")
