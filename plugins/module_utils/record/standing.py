# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run borrows: an Auto Scaling group and a service of somebody else's, and what they were before it.

They carry no tag of ours. What they were is kept in ``/climate.ingest/<environment>/standing/``, written before
anything is changed and deleted once all is as it was. Whose they are meanwhile is kept for all environments of the
account in ``/climate.ingest/standing/``: SSM creates a name only once, so one environment gets them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from . import go_on, store

GROUP, SERVICE = "group", "service"
VARIABLES = {GROUP: "ingest_fleet_group", SERVICE: "ingest_worker_service"}
NOUNS = {GROUP: "Auto Scaling group", SERVICE: "service"}
KIND = "standing"  # in memo and preview
SHARED = f"{store.ROOT}/standing"


@dataclass(frozen=True)
class Borrowed:
    """Something a run borrows.

    Attributes:
        kind: GROUP or SERVICE.
        name, cluster: its name, and the cluster it works in.
        original: what it was, as its own operations put it back.
        run: the id of the run that borrowed it.
    """

    kind: str
    name: str
    cluster: str
    original: dict[str, Any]
    run: str = ""

    @property
    def key(self) -> str:
        """Name its parameters: a group's name has characters that SSM does not take, a service's is its cluster's."""
        return key(self.kind, self.name, self.cluster)

    @property
    def title(self) -> str:
        """Name it for people."""
        return f"{NOUNS[self.kind]} {self.name}"


def key(kind: str, name: str, cluster: str) -> str:
    """Name the parameters of a group or service."""
    full = name if kind == GROUP else f"{cluster}.{name}"
    plain = re.sub(r"[^A-Za-z0-9_.-]", "-", full)
    digest = "" if plain == full else f".{hashlib.sha256(full.encode()).hexdigest()[:12]}"
    return f"{kind}.{plain}{digest}"


def held(context: Context, environment: str) -> list[Borrowed]:
    """List what runs of an environment have borrowed and not given back, services first."""
    known = context.memo.once(_memo(environment), lambda: _stored(context, environment))
    predicted = {name: state for name, state in context.preview.below(KIND) if name.startswith(f"{environment}/")}
    all_known = {**{f"{environment}/{name}": each for name, each in known.items()}, **predicted}
    found = [Borrowed(**each) for each in all_known.values() if each]
    return sorted(found, key=lambda each: (each.kind != SERVICE, each.name))


def find(context: Context, environment: str, kind: str, name: str, cluster: str) -> Borrowed | None:
    """Give what is kept of a group or service; None: this environment has not borrowed it."""
    wanted = key(kind, name, cluster)
    return next((each for each in held(context, environment) if each.key == wanted), None)


def names(context: Context, environment: str, kind: str) -> list[str]:
    """List the names of what is borrowed of a kind."""
    return [each.name for each in held(context, environment) if each.kind == kind]


def borrow(context: Context, environment: str, borrowed: Borrowed) -> None:
    """Remember what something was, and take it from all other environments; in check mode predict that.

    The environment's own memory comes first: whatever a crash leaves is found from it.

    Raises:
        Refused: another environment has it, or another of its kind is borrowed and not given back; or what it was does
            not fit into a parameter.
    """
    others = [each for each in held(context, environment) if each.kind == borrowed.kind and each.key != borrowed.key]
    if others:
        raise Refused(
            f"{VARIABLES[borrowed.kind]} is {borrowed.name!r}, and the {others[0].title} of an earlier run is not given"
            f" back. Run this first:\n  {go_on.playbook(context, go_on.TEARDOWN)}"
        )
    check_free(context, environment, borrowed.kind, borrowed.name, borrowed.cluster)
    document = asdict(borrowed)
    if store.size(document) > store.LARGEST:
        raise Refused(
            f"{VARIABLES[borrowed.kind]} is {borrowed.name!r}: what it is takes {store.size(document)} bytes, and a"
            f" parameter that remembers it holds {store.LARGEST}. Use a simpler one."
        )
    if context.check_mode:
        context.preview.predict(f"{KIND}/{environment}/{borrowed.key}", document)
        return
    context.memo.forget(_memo(environment))
    store.write(context, _name(environment, borrowed), document)
    if not store.create(context, _shared(borrowed), {"environment": environment}):
        owner = _owner(context, borrowed)
        if owner not in (None, environment):
            store.delete(context, [_name(environment, borrowed)])
            raise _taken(borrowed, str(owner))


def check_free(context: Context, environment: str, kind: str, name: str, cluster: str) -> None:
    """Make sure that no other environment of the account has borrowed it.

    Raises:
        Refused: one has.
    """
    wanted = Borrowed(kind, name, cluster, {})
    owner = _owner(context, wanted)
    if owner not in (None, environment):
        raise _taken(wanted, str(owner))


def is_ours(context: Context, environment: str, borrowed: Borrowed) -> bool:
    """Say whether what is kept still counts: no other environment has it by now."""
    return _owner(context, borrowed) in (None, environment)


def give_back(context: Context, environment: str, borrowed: Borrowed) -> None:
    """Forget what something was, now that it is so again; in check mode predict that."""
    if context.check_mode:
        context.preview.predict(f"{KIND}/{environment}/{borrowed.key}", None)
        return
    shared = [_shared(borrowed)] if is_ours(context, environment, borrowed) else []
    # the environment's own memory goes last: whatever a crash leaves is found from it
    store.delete(context, shared)
    store.delete(context, [_name(environment, borrowed)])
    context.memo.forget(_memo(environment))


def _stored(context: Context, environment: str) -> Mapping[str, Any]:
    return store.read_below(context, store.name_of(environment, "standing"))


def _owner(context: Context, borrowed: Borrowed) -> str | None:
    found = store.read(context, [_shared(borrowed)]).get(_shared(borrowed))
    return str(found["environment"]) if found else None


def _taken(borrowed: Borrowed, owner: str) -> Refused:
    return Refused(
        f"{VARIABLES[borrowed.kind]} is {borrowed.name!r}, which the environment {owner} is using. Wait until its run"
        " has ended, or run the playbook teardown there."
    )


def _memo(environment: str) -> str:
    return f"{KIND}/{environment}"


def _name(environment: str, borrowed: Borrowed) -> str:
    return store.name_of(environment, "standing", borrowed.key)


def _shared(borrowed: Borrowed) -> str:
    return f"{SHARED}/{borrowed.key}"
