# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One controller at a time: the lock of an environment.

A lock is an SSM parameter named after its number. SSM creates a name only once, so of two controllers that want the
next number one wins; whoever finds a higher number than its own has lost the environment. The highest one is never
deleted, so no number is given twice. A lock is a lease: its holder renews it, and it expires when nobody does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from ..core.holder import Holder, of_process
from ..core.operation import Operation
from ..core.result import Result
from ..core.text import at
from . import go_on, record, store

# AWS refuses requests signed with a clock that is five minutes off, so clocks differ by less than half of this.
LEASE = timedelta(minutes=15)
RENEW_AFTER = timedelta(minutes=1)
CHECK_AFTER = timedelta(seconds=5)  # quick steps one after the other need no check each


@dataclass(frozen=True)
class Lock:
    """A controller's lock of an environment.

    Attributes:
        number: counts the locks of the environment.
        holder: the controller that has it.
        since, renewed: ISO 8601 times.
        released: whether the holder has released it.
        aside: whether it is for something beside the run, as a teardown: its end interrupts no run.
        lost: the first holder that did not release its lock since the run was last resumed: ``at``, its last sign,
            and ``holder``, as a person would name it; empty: there is none.
    """

    number: int
    holder: Holder
    since: str
    renewed: str
    released: bool = False
    aside: bool = False
    lost: dict[str, str] = field(default_factory=dict)

    @property
    def expires(self) -> datetime:
        """When it expires unless it is renewed."""
        return datetime.fromisoformat(self.renewed) + LEASE


def read(context: Context, environment: str) -> Lock | None:
    """Read the lock in force, or the last one."""
    return next(iter(_read_all(context, environment)), None)


def _read_all(context: Context, environment: str) -> list[Lock]:
    """Read all locks there are, the newest first: older ones are left by controllers that died as they locked."""
    found = store.read_below(context, store.name_of(environment, "lock"))
    return [_parse(number, found[str(number)]) for number in sorted(map(int, found), reverse=True)]


def _parse(number: int, document: store.Document) -> Lock:
    return Lock(number, **{**document, "holder": Holder(**document["holder"])})


def is_held(context: Context, lock: Lock | None) -> bool:
    """Say whether somebody who may be alive has the environment."""
    return bool(lock and not lock.released and lock.expires > context.now() and not lock.holder.has_ended())


def check_free(context: Context, environment: str, take_over: str | None = None) -> Lock | None:
    """Make sure the environment is free, or this controller's; give the last lock.

    Args:
        take_over: number of another controller's lock that does not count.

    Raises:
        Refused: another controller has it.
    """
    lock = read(context, environment)
    _check_free(context, environment, lock, take_over)
    return lock


def _check_free(context: Context, environment: str, lock: Lock | None, take_over: str | None) -> None:
    if lock and is_held(context, lock) and lock.holder != context.holder and take_over != str(lock.number):
        raise _held(environment, lock)


def acquire(context: Context, environment: str, take_over: str | None = None, aside: bool = False) -> None:
    """Lock the environment; a lock this controller has already is fine.

    Args:
        take_over: number of another controller's lock that does not count.
        aside: whether it is for something beside the run.

    Raises:
        Refused: another controller has it, or was quicker.
    """
    found = _read_all(context, environment)
    lock = next(iter(found), None)
    _check_free(context, environment, lock, take_over)
    if lock and lock.holder == context.holder and not lock.released:
        context.memo.put(_key(environment), lock.number)
        context.memo.put(_lost(environment), lock.lost)
        return
    number = lock.number + 1 if lock else 1
    now = context.now().isoformat(timespec="seconds")
    mine = Lock(number, context.holder or of_process(0), now, now, aside=aside, lost=_left_by(lock))
    created = store.create(context, _name(environment, number), _document(mine))
    latest = read(context, environment)
    if not created or latest is None or latest.number != number:
        if created:
            store.delete(context, [_name(environment, number)])
        raise _held(environment, latest or mine)
    for each in reversed(found):
        store.delete(context, [_name(environment, each.number)])
    context.memo.put(_key(environment), number)
    context.memo.put(_lost(environment), mine.lost)


def _left_by(lock: Lock | None) -> dict[str, str]:
    """Give what is lost with the last lock; a teardown between crash and resume hands on what it found."""
    if lock is None or lock.lost or lock.released or lock.aside:
        return lock.lost if lock else {}
    return {"at": lock.renewed, "holder": lock.holder.text}


def lost(context: Context, environment: str) -> dict[str, str]:
    """Give ``lost`` of the lock that this controller acquired."""
    return dict(context.memo.get(_lost(environment)) or {})


def settle(context: Context, environment: str) -> None:
    """Forget what was lost before the own lock: the run goes on, or there was none."""
    own = _own(context, environment) if lost(context, environment) else None
    if own is not None:
        store.write(context, _name(environment, own.number), _document(replace(own, lost={})))
        context.memo.put(_lost(environment), {})


def is_taken(context: Context, environment: str) -> bool:
    """Say whether this controller has locked the environment, and not released it since."""
    return bool(context.memo.get(_key(environment)))


def ensure_held(context: Context, environment: str, needed: bool, trust_recent: bool = False) -> None:
    """Make sure no other controller has the environment, and renew the own lock when it is time.

    Args:
        needed: whether this controller must have a lock: a run is open.
        trust_recent: whether a check of the last seconds is enough.

    Raises:
        Refused: another controller has it; or nobody, and the lock is needed.
    """
    if context.holder is None:
        return
    if trust_recent and _is_checked(context, environment):
        return
    lock = _own(context, environment)
    if lock is None:  # what was read under it may not be true any more
        _forget(context, environment)
        lock = check_free(context, environment)
    if lock and lock.holder == context.holder and not lock.released:
        _renew(context, environment, lock)
        context.memo.put(_checked(environment), context.now().isoformat())
    elif needed:
        raise Refused(
            f"A run is open in environment {environment!r}, and this controller has not locked it: resume it with"
            f"\n  {go_on.playbook(context, go_on.POPULATE)}\nor the playbook future, historical or command."
        )


def _is_checked(context: Context, environment: str) -> bool:
    """Say whether the lock was found to be this controller's in the last seconds."""
    checked = context.memo.get(_checked(environment))
    return bool(checked) and timedelta(0) <= context.now() - datetime.fromisoformat(checked) < CHECK_AFTER


def _forget(context: Context, environment: str) -> None:
    """Forget the lock, and the record, which is only known for sure while it is held."""
    context.memo.forget(f"lock/{environment}/")
    record.forget(context, environment)


def _own(context: Context, environment: str) -> Lock | None:
    """Give this controller's lock if it surely is the newest; None where all must be read to tell.

    A lock that is taken over is deleted, oldest first: the next number's is there, or the own one is not.
    """
    number = context.memo.get(_key(environment))
    if not number:
        return None
    own, following = (_name(environment, each) for each in (number, number + 1))
    found = store.read(context, [own, following])
    return _parse(number, found[own]) if own in found and following not in found else None


def release(context: Context, environment: str) -> bool:
    """Release the lock; False when this controller has none."""
    lock = _own(context, environment) or read(context, environment)
    if lock is None or lock.released or lock.holder != (context.holder or lock.holder):
        return False
    if not context.check_mode:
        document = {**_document(lock), "released": True}
        store.write(context, _name(environment, lock.number), document)
        _forget(context, environment)
    return True


def _renew(context: Context, environment: str, lock: Lock) -> None:
    now = context.now()
    if now - datetime.fromisoformat(lock.renewed) >= RENEW_AFTER:
        document = {**_document(lock), "renewed": now.isoformat(timespec="seconds")}
        store.write(context, _name(environment, lock.number), document)


def _key(environment: str) -> str:
    return f"lock/{environment}/number"


def _lost(environment: str) -> str:
    return f"lock/{environment}/lost"


def _checked(environment: str) -> str:
    return f"lock/{environment}/checked"


def _name(environment: str, number: int) -> str:
    return store.name_of(environment, "lock", str(number))


def _document(lock: Lock) -> store.Document:
    usual = {"aside": False, "lost": {}}
    return {name: value for name, value in asdict(lock).items() if name != "number" and usual.get(name) != value}


def _held(environment: str, lock: Lock) -> Refused:
    return Refused(
        f"Environment {environment!r} is in use by {lock.holder.text} since {at(lock.since)}. One controller at a time:"
        f" wait until it has ended. If it is dead, its lock expires at {at(lock.expires)}; to take it"
        f" over at once, add -e ingest_take_over={lock.number}.",
        lock=lock.number,
        holder=lock.holder.text,
    )


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Take the lock or release it; never reported as a change, as nothing of it is left at the end.

    Raises:
        Refused: another controller has the environment.
    """
    environment = params["environment"]
    store.check_environment(environment)
    if params["state"] == "absent":
        release(context, environment)
    elif context.check_mode:
        check_free(context, environment, params["take_over"])
    else:
        acquire(context, environment, params["take_over"], aside=True)
    return Result(values={"environment": environment})


OPERATION = Operation(
    run=run,
    argument_spec={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "environment": {"type": "str", "required": True},
        "take_over": {"type": "str"},
    },
    cleans_up=True,
    services=("ssm",),
)
