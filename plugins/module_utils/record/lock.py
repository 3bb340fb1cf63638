# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One controller at a time: the claim on an environment.

A claim is an SSM parameter named after its number. SSM creates a name once only, so of two controllers that want the
next number one wins; whoever finds a higher number than its own has lost the environment. The highest one is never
deleted, so no number is given twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from ..core.holder import Holder, of_process
from ..core.operation import Operation
from ..core.result import Result
from . import store

# AWS refuses requests signed with a clock that is five minutes off, so clocks differ by less than half of this.
LIFETIME = timedelta(minutes=15)
RENEW_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Claim:
    """A controller's claim on an environment.

    Attributes:
        number: counts the claims of the environment.
        holder: who has it.
        since, renewed: ISO 8601 times.
        released: given back.
    """

    number: int
    holder: Holder
    since: str
    renewed: str
    released: bool = False

    @property
    def expires(self) -> datetime:
        """When it ends by itself."""
        return datetime.fromisoformat(self.renewed) + LIFETIME


def read(context: Context, environment: str) -> Claim | None:
    """Read the claim in force, or the last one."""
    found = store.read_below(context, store.name_of(environment, "claim"))
    if not found:
        return None
    number = max(found, key=int)
    document = found[number]
    return Claim(int(number), Holder(**document.pop("holder")), **document)


def is_held(context: Context, claim: Claim | None) -> bool:
    """Say whether somebody who may be alive has the environment."""
    return bool(claim and not claim.released and claim.expires > context.now() and not claim.holder.is_gone())


def check(context: Context, environment: str, take_over: str | None = None) -> Claim | None:
    """Make sure the environment is free, or this controller's; give the last claim.

    Args:
        take_over: number of another controller's claim that does not count.

    Raises:
        Refused: another controller has it.
    """
    claim = read(context, environment)
    if claim and is_held(context, claim) and claim.holder != context.holder and take_over != str(claim.number):
        raise _held(environment, claim)
    return claim


def take(context: Context, environment: str, take_over: str | None = None) -> None:
    """Claim the environment; a claim this controller has already is fine.

    Raises:
        Refused: another controller has it, or was quicker.
    """
    claim = check(context, environment, take_over)
    if claim and claim.holder == context.holder and not claim.released:
        return
    number = claim.number + 1 if claim else 1
    now = context.now().isoformat(timespec="seconds")
    mine = Claim(number, context.holder or of_process(0), now, now)
    created = store.create(context, _name(environment, number), _document(mine))
    latest = read(context, environment)
    if not created or latest is None or latest.number != number:
        if created:
            store.delete(context, [_name(environment, number)])
        raise _held(environment, latest or mine)
    if claim:
        store.delete(context, [_name(environment, claim.number)])


def guard(context: Context, environment: str, needed: bool) -> None:
    """Make sure no other controller has the environment, and renew the own claim when it is time.

    Args:
        needed: whether to go on without any claim is wrong, too: a run is open.

    Raises:
        Refused: another controller has it; or nobody, and the claim is needed.
    """
    if context.holder is None:
        return
    claim = check(context, environment)
    if claim and claim.holder == context.holder and not claim.released:
        _renew(context, environment, claim)
    elif needed:
        raise Refused(
            f"A run is open in environment {environment!r}, and this controller has not claimed it: go on with it by"
            " playbooks/populate.yml (or future.yml, historical.yml, command.yml)."
        )


def release(context: Context, environment: str) -> bool:
    """Give the claim back; False when this controller has none."""
    claim = read(context, environment)
    if claim is None or claim.released or claim.holder != (context.holder or claim.holder):
        return False
    if not context.check_mode:
        document = {**_document(claim), "released": True}
        store.write(context, _name(environment, claim.number), document)
    return True


def _renew(context: Context, environment: str, claim: Claim) -> None:
    now = context.now()
    if now - datetime.fromisoformat(claim.renewed) >= RENEW_AFTER:
        document = {**_document(claim), "renewed": now.isoformat(timespec="seconds")}
        store.write(context, _name(environment, claim.number), document)


def _name(environment: str, number: int) -> str:
    return store.name_of(environment, "claim", str(number))


def _document(claim: Claim) -> store.Document:
    return {name: value for name, value in asdict(claim).items() if name != "number"}


def _held(environment: str, claim: Claim) -> Refused:
    return Refused(
        f"Environment {environment!r} is in use by {claim.holder.text} since {claim.since}. One controller at a time:"
        f" wait until it has ended. If it is dead, its claim ends by itself at {claim.expires.isoformat()}; to take it"
        f" over at once, add -e ingest_take_over={claim.number}.",
        claim=claim.number,
        holder=claim.holder.text,
    )


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Take the claim or give it back; never a change to report, as it is gone at the end.

    Raises:
        Refused: another controller has the environment.
    """
    environment = params["environment"]
    store.check_environment(environment)
    if params["state"] == "absent":
        release(context, environment)
    elif context.check_mode:
        check(context, environment, params["take_over"])
    else:
        take(context, environment, params["take_over"])
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
