# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a change of an instance would bring along, or could not change, found before anything is modified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import Refused
from .storage import is_aurora


def check_member(database: Mapping[str, Any]) -> None:
    """Make sure the instance has a class of its own: those of a Multi-AZ DB cluster change with the cluster.

    Raises:
        Refused: it has not.
    """
    cluster = database.get("DBClusterIdentifier")
    if cluster and not is_aurora(database):
        raise Refused(
            f"{database['DBInstanceIdentifier']} belongs to the Multi-AZ DB cluster {cluster}, whose class and storage"
            " change for all its instances together (ModifyDBCluster): change them there, and leave the resize out with"
            " --skip-tags database."
        )


def replica_warnings(database: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Name the read replicas that a change of class or storage may stop.

    PostgreSQL: a hot standby whose max_connections is lower than the primary's stops replaying, and RDS sets
    max_connections by the memory of the class ("Hot Standby: Administrator's Overview").
    """
    replicas = database.get("ReadReplicaDBInstanceIdentifiers") or []
    changes = [key for key, value in wanted.items() if database[key] != value]
    if not replicas or not changes:
        return []
    name, warnings = database["DBInstanceIdentifier"], []
    them = f"{name} has read replicas: {', '.join(replicas)}."
    if "DBInstanceClass" in changes:
        warnings.append(
            f"{them} A replica with less memory than {wanted['DBInstanceClass']} may have a lower max_connections, and"
            " then stops replicating. Resize it first, if it is to keep up."
        )
    if "AllocatedStorage" in changes:
        warnings.append(
            f"{them} A replica with less than {wanted['AllocatedStorage']} GB, or whose storage autoscaling ends below"
            " that, may fill up with what is imported, and then stops replicating. Give it as much storage first."
        )
    return warnings


def check_pending(database: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Make sure that nothing else is pending: ``ApplyImmediately`` would apply all of it, with its outage.

    Raises:
        Refused: the message names what is pending.
    """
    pending = pending_changes(database)
    foreign = [f"{name}={value}" for name, value in pending.items() if wanted.get(name) != value]
    if foreign:
        raise Refused(
            f"{database['DBInstanceIdentifier']} has pending modifications that would be applied, too: "
            f"{', '.join(foreign)}. Apply or cancel them first."
        )


def pending_changes(database: Mapping[str, Any]) -> dict[str, Any]:
    """Read PendingModifiedValues, without empty parts."""
    return {
        name: value for name, value in database.get("PendingModifiedValues", {}).items() if value not in (None, {}, [])
    }


def reboot_warnings(database: Mapping[str, Any]) -> list[str]:
    """Name parameter groups that only a reboot applies."""
    groups: Sequence[Mapping[str, Any]] = database.get("DBParameterGroups", [])
    return [
        f"Parameter group {each['DBParameterGroupName']} of {database['DBInstanceIdentifier']} is pending-reboot: "
        "its settings are not in effect until it reboots."
        for each in groups
        if each.get("ParameterApplyStatus") == "pending-reboot"
    ]
