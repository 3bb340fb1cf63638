# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far an RDS instance has come in a change, and the wait for its end.

RDS answers ``available`` for a while after ModifyDBInstance has been accepted, so the status alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.aws import AWS_ERRORS, ClientError, error_code, tag_dict, tag_list, why_unread
from ..core.context import Context
from ..core.errors import NotFound, Refused
from ..core.waiting import poll
from . import parameter_group, statuses
from .checks import pending_changes
from .original import TAGS, Original
from .parameter_group import GROUP, IN_SYNC

DATABASE_CLASS = "database_class"  # in the record: [before, after]
OURS = ("DBInstanceClass", "AllocatedStorage", GROUP)
# seconds for which an unknown status is watched before it is taken for one in which clients are served
UNKNOWN_LASTS = 300


def describe(context: Context, name: str) -> dict[str, Any]:
    """Describe the instance, in check mode as earlier steps would have left it; else like :func:`describe_now`."""
    return _predicted(context, describe_now(context, name))


def describe_now(context: Context, name: str) -> dict[str, Any]:
    """Describe the instance: an element of DescribeDBInstances, with the name of its parameter group as a member.

    Raises:
        NotFound: there is none of that name.
    """
    rds = context.client("rds")
    try:
        found: list[dict[str, Any]] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    except ClientError as error:
        if not error_code(error).startswith("DBInstanceNotFound"):
            raise
        raise NotFound(f"There is no RDS instance {name} in {rds.meta.region_name}.") from error
    return {**found[0], GROUP: parameter_group.name_of(found[0])}


def _predicted(context: Context, database: dict[str, Any]) -> dict[str, Any]:
    predicted = context.preview.get(f"database/{database['DBInstanceIdentifier']}")
    if not predicted:
        return database
    tags = {name: text for name, text in tag_dict(database.get("TagList")).items() if name not in TAGS}
    changes = {name: predicted[name] for name in OURS if name in predicted}
    if GROUP in changes:
        changes["DBParameterGroups"] = [{GROUP: changes[GROUP], "ParameterApplyStatus": IN_SYNC}]
    return {**database, **changes, "PendingModifiedValues": {}, "TagList": tag_list({**tags, **predicted["tags"]})}


def is_reached(database: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Say whether the instance is as wanted, and will stay so; its parameter group may wait for a reboot."""
    pending = pending_changes(database)
    return all(database[key] == value == pending.get(key, value) for key, value in wanted.items())


def is_done(database: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Say whether the instance is as wanted, with the values of its parameter group in effect."""
    return is_reached(database, wanted) and parameter_group.is_in_effect(database, wanted)


def is_underway(database: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Say whether just this change was requested to be applied at once: by a run (its tag), or it has begun."""
    pending = pending_changes(database)
    missing = {key: value for key, value in wanted.items() if database[key] != value or key in pending}
    begun = not statuses.may_be_modified(database["DBInstanceStatus"]) or Original.of(database) is not None
    return begun and bool(missing) and all(pending.get(key) == value for key, value in missing.items())


def settle(context: Context, database: dict[str, Any], timeout: float, refused: str = "") -> dict[str, Any]:
    """Wait out what goes on already, a backup or an earlier change of a run, so that the instance can be modified.

    Args:
        refused: a status in which RDS has refused the modification; empty: none.

    Raises:
        Refused: it is in a state it does not leave by itself.
        DeadlineExceeded: it took too long.
    """
    first: list[dict[str, Any]] = [database]

    def settled() -> dict[str, Any] | None:
        current = first.pop() if first else describe(context, database["DBInstanceIdentifier"])
        _refuse_stuck(current)
        status, ours = current["DBInstanceStatus"], Original.of(current) is not None
        free = statuses.may_be_modified(status) and status != refused
        if free and not (ours and set(pending_changes(current)) & set(OURS)):
            return current
        context.progress.status(f"database {database['DBInstanceIdentifier']}: {status}")
        return None

    what = f"{database['DBInstanceIdentifier']}, which is {database['DBInstanceStatus']}, to become available"
    return poll(context, settled, what=what, timeout=timeout, interval=0.5)


def await_done(
    context: Context,
    name: str,
    wanted: Mapping[str, Any],
    timeout: float,
    warnings: list[str],
    rebooted: bool = False,
) -> dict[str, Any]:
    """Wait until the instance is as wanted, nothing is pending, and it can be used; its parameters may need a reboot.

    Args:
        warnings: gets one where the instance ends in a status that is not known.
        rebooted: whether the reboot has been requested, and its end is waited for.

    Raises:
        Refused: RDS gave the change up, or the instance is in a state it does not leave by itself.
        DeadlineExceeded: it took too long.
    """
    left = False
    unknown_since: float | None = None

    def done() -> dict[str, Any] | None:
        nonlocal left, unknown_since
        current = describe(context, name)
        status = current["DBInstanceStatus"]
        context.progress.status(f"database {name}: {status}")
        _refuse_stuck(current)
        waits = not rebooted and parameter_group.needs_reboot(current, wanted)
        reached = is_reached(current, wanted) and (waits or parameter_group.is_in_effect(current, wanted))
        if statuses.is_known(status):
            unknown_since = None
        elif reached and not pending_changes(current):
            unknown_since = context.clock() if unknown_since is None else unknown_since
            if context.clock() - unknown_since >= UNKNOWN_LASTS:
                warnings.append(unknown_text(current))
                return current
        if not statuses.is_usable(status):
            left = True
        elif not pending_changes(current):
            if reached:
                return current
            if is_reached(current, wanted):
                parameter_group.refuse_stuck(current, wanted)
            elif left:
                raise Refused(f"RDS gave up changing {name} to {_text(wanted)}. {_events(context, name)}".rstrip())
        return None

    return poll(context, done, what=f"{name} to become {_text(wanted)}", timeout=timeout, interval=0.5)


def unknown_text(database: Mapping[str, Any]) -> str:
    """Say that nobody knows whether the instance can be used."""
    return (
        f"{database['DBInstanceIdentifier']} is {database['DBInstanceStatus']}, a status that this collection does not"
        " know: whether clients are served is for you to find out. The run goes on as if they were."
    )


def _text(wanted: Mapping[str, Any]) -> str:
    storage = wanted.get("AllocatedStorage")
    group = [f"parameter group {wanted[GROUP]} in effect"] if GROUP in wanted else []
    parts = [*filter(None, [wanted.get("DBInstanceClass")]), *([f"{storage} GB"] if storage else []), *group]
    return " with ".join([*parts[:1], *([" and ".join(parts[1:])] if parts[1:] else [])])


def _refuse_stuck(database: Mapping[str, Any]) -> None:
    state = database["DBInstanceStatus"]
    if statuses.is_stuck(state):
        raise Refused(
            f"{database['DBInstanceIdentifier']} is {state}: it cannot be modified or used until that is fixed."
        )


def _events(context: Context, name: str) -> str:
    """Give what RDS itself reported in the last hour; it explains another failure."""
    query = {"SourceIdentifier": name, "SourceType": "db-instance", "Duration": 60}
    try:
        events = context.briefly().client("rds").describe_events(**query)["Events"]
    except AWS_ERRORS as error:
        return f"What RDS reported could not be read: {why_unread(error)}."
    return " ".join(each["Message"] for each in events[-3:])
