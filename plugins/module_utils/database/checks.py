# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What RDS would refuse, or would change beyond the request, found before anything is modified."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.context import Context
from ..core.errors import InvalidInput, Refused

LEAST_GROWTH = 1.1  # "you must increase storage by at least 10 percent" (RDS user guide)
# RDS decides the IOPS of gp3 by itself below these sizes and refuses any that are sent; from there on it asks for at
# least 12,000 (user guide, "gp3 storage"; seen in hashicorp/terraform-provider-aws#28160 and #28382).
GP3_STRIPED_FROM = {"oracle": 200}
GP3_STRIPED_FROM_DEFAULT = 400
GP3_STRIPED_IOPS = 12000


def check_class(context: Context, database: Mapping[str, Any], wanted: str) -> None:
    """Make sure the class can be ordered for this engine, version, licence and storage type.

    Raises:
        Refused: it cannot; the message lists what can.
    """
    options = _orderable(context, database, DBInstanceClass=wanted)
    kinds = sorted({each.get("StorageType", "") for each in options})
    if options and database["StorageType"] in kinds:
        return
    what = f"{wanted} cannot be ordered for {database['Engine']} {database['EngineVersion']}"
    if options:
        raise Refused(f"{what} with {database['StorageType']} storage; it supports {', '.join(kinds)}.")
    others = sorted({each["DBInstanceClass"] for each in _orderable(context, database)})
    raise Refused(f"{what}; RDS offers {', '.join(others) or 'no class in this region'}.")


def is_orderable(context: Context, database: Mapping[str, Any], wanted: str) -> bool:
    """Say whether the class can (still) be ordered: old generations are retired class by class."""
    return bool(_orderable(context, database, DBInstanceClass=wanted))


def _orderable(context: Context, database: Mapping[str, Any], **query: str) -> list[dict[str, Any]]:
    query |= {"Engine": database["Engine"], "EngineVersion": database["EngineVersion"]}
    if database.get("LicenseModel"):
        query["LicenseModel"] = database["LicenseModel"]

    def read() -> list[dict[str, Any]]:
        pages = context.client("rds").get_paginator("describe_orderable_db_instance_options").paginate(**query)
        found = [each for page in pages for each in page["OrderableDBInstanceOptions"]]
        return [{key: each[key] for key in ("DBInstanceClass", "StorageType") if key in each} for each in found]

    return context.memo.once(f"orderable/{'/'.join(query[key] for key in sorted(query))}", read)


def check_growth(rds: Any, database: Mapping[str, Any], wanted: int) -> None:
    """Make sure the storage can grow to ``wanted`` GB now.

    Raises:
        InvalidInput: less than 10 % of growth, or a size the storage type does not have.
        Refused: the last storage change is still being optimized.
    """
    name, present = database["DBInstanceIdentifier"], database["AllocatedStorage"]
    least = math.ceil(round(present * LEAST_GROWTH, 6))
    if wanted < least:
        raise InvalidInput(
            f"allocated_storage is {wanted} GB; {name} has {present} GB, and RDS grows storage by at least 10 %: "
            f"give {present} (unchanged) or at least {least}."
        )
    if database["DBInstanceStatus"] == "storage-optimization":
        raise Refused(cooldown_text(database, "its last storage change is still being optimized"))
    answer = rds.describe_valid_db_instance_modifications(DBInstanceIdentifier=name)
    storage = answer["ValidDBInstanceModificationsMessage"].get("Storage", [])
    sizes = [
        each for option in storage if option["StorageType"] == database["StorageType"] for each in option["StorageSize"]
    ]
    if not any(each["From"] <= wanted <= each["To"] for each in sizes):
        allowed = ", ".join(f"{each['From']} to {each['To']}" for each in sizes) or "no other size"
        raise InvalidInput(
            f"allocated_storage is {wanted} GB; {name} with {database['StorageType']} storage can have {allowed} GB."
        )


def is_cooldown(code: str, text: str) -> bool:
    """Recognize RDS's refusal of a storage change that comes too early; it has no error code of its own."""
    words = text.lower()
    return (
        code.startswith("Invalid")
        and "storage" in words
        and any(hint in words for hint in ("optimiz", "hours", "currently modify"))
    )


def cooldown_text(database: Mapping[str, Any], why: str) -> str:
    """Say why the storage cannot change now, and what can be done instead."""
    return (
        f"The storage of {database['DBInstanceIdentifier']} cannot change now: {why}. The next change must wait six "
        "hours after the last, or until storage-optimization ends. The class alone can change: leave "
        f"allocated_storage at {database['AllocatedStorage']} GB, or wait."
    )


def iops(database: Mapping[str, Any], wanted: int) -> int | None:
    """Give the IOPS that must go along with a growth to ``wanted`` GB, None where none may be sent."""
    present = database.get("Iops")
    if database["StorageType"] in ("io1", "io2"):
        return present
    if database["StorageType"] != "gp3":
        return None
    family = database["Engine"].split("-")[0]
    if family == "sqlserver":
        return present
    if wanted < GP3_STRIPED_FROM.get(family, GP3_STRIPED_FROM_DEFAULT):
        return None
    return max(present or 0, GP3_STRIPED_IOPS)


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
