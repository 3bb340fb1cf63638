# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The DB parameter group of an instance: which fits, and whether it is in effect or needs a reboot.

RDS changes the group's name at once and its values only with a reboot; the status is ``applying``, then
``pending-reboot``, and ``in-sync`` after the reboot (DBParameterGroupStatus, API reference). The restart of a class
change may bring them into effect as well, and does not always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from ..core.text import alternatives

GROUP = "DBParameterGroupName"  # of an instance as describe_now gives it, and of ModifyDBInstance
IN_SYNC, PENDING_REBOOT = "in-sync", "pending-reboot"
# these do not lead to in-sync by themselves, nor by a reboot
STUCK = {
    "failed-to-apply": "correct the values of its parameters",
    "pending-database-upgrade": "upgrade the engine of the instance first",
}


def name_of(database: Mapping[str, Any]) -> str:
    """Give the name of the group an instance has; empty where it has none."""
    return str(_first(database).get(GROUP, ""))


def status_of(database: Mapping[str, Any]) -> str:
    """Give how far its values are in effect; ``in-sync`` where nothing is known of a group."""
    return str(_first(database).get("ParameterApplyStatus", IN_SYNC))


def _first(database: Mapping[str, Any]) -> Mapping[str, Any]:
    groups: Sequence[Mapping[str, Any]] = database.get("DBParameterGroups") or [{}]
    return groups[0]


def needs_reboot(database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Say whether the group that is desired, if one is, waits for a reboot of the instance."""
    return _is_desired(database, desired) and status_of(database) == PENDING_REBOOT


def is_in_effect(database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    """Say whether the values of the group that is desired, if one is, are in effect."""
    return GROUP not in desired or (_is_desired(database, desired) and status_of(database) == IN_SYNC)


def _is_desired(database: Mapping[str, Any], desired: Mapping[str, Any]) -> bool:
    return desired.get(GROUP) == name_of(database)


def refuse_stuck(database: Mapping[str, Any], desired: Mapping[str, Any]) -> None:
    """Make sure that the values of a desired group can come into effect.

    Raises:
        Refused: they cannot; the message says what to do.
    """
    remedy = STUCK.get(status_of(database))
    if remedy and _is_desired(database, desired):
        raise Refused(
            f"Parameter group {name_of(database)} of {database['DBInstanceIdentifier']} is {status_of(database)}:"
            f" {remedy}."
        )


def check(context: Context, database: Mapping[str, Any], wanted: str) -> None:
    """Make sure the group is there and of the family that the instance takes, which is that of the group it has.

    Raises:
        Refused: it is not; the message names those that fit.
    """
    families = _families(context)
    family = families.get(name_of(database), "")
    it = f"{database['DBInstanceIdentifier']} ({database['Engine']} {database['EngineVersion']})"
    fitting = sorted(name for name, each in families.items() if each == family)
    proposal = f"Create one, or name {alternatives(fitting)}." if fitting else "Create one."
    if wanted not in families:
        raise Refused(
            f"There is no DB parameter group {wanted} in {context.client('rds').meta.region_name}."
            f" {it} takes those of family {family}. {proposal}"
        )
    if families[wanted] != family:
        raise Refused(
            f"DB parameter group {wanted} is of family {families[wanted]}; {it} takes those of family {family}."
            f" {proposal}"
        )


def _families(context: Context) -> dict[str, str]:
    """Give the family of each group."""
    pages = context.client("rds").get_paginator("describe_db_parameter_groups").paginate()
    groups = [each for page in pages for each in page["DBParameterGroups"]]
    return {each[GROUP]: each["DBParameterGroupFamily"] for each in groups}
