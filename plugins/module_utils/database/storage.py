# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What RDS allows of a change of an instance's storage, and what of it there is to change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..core.errors import InvalidInput, Refused

LEAST_GROWTH = 1.1  # "you must increase storage by at least 10 percent" (RDS user guide)
# RDS decides the IOPS of gp3 by itself below these sizes and refuses any that are sent; from there on it asks for at
# least 12,000 (user guide, "gp3 storage"; seen in hashicorp/terraform-provider-aws#28160 and #28382).
GP3_STRIPED_FROM = {"oracle": 200}
GP3_STRIPED_FROM_DEFAULT = 400
GP3_STRIPED_IOPS = 12000


def is_aurora(database: Mapping[str, Any]) -> bool:
    """Say whether the instance is one of Aurora's: its storage is the cluster's, and grows by itself.

    DescribeDBInstances gives an AllocatedStorage of 1 for it, which means nothing.
    """
    return str(database.get("Engine", "")).startswith("aurora")


def size_text(database: Mapping[str, Any]) -> str:
    """Write class and storage: ``db.t3.medium with 20 GB``, of Aurora ``db.r5.large``."""
    if is_aurora(database):
        return str(database["DBInstanceClass"])
    return f"{database['DBInstanceClass']} with {database['AllocatedStorage']} GB"


def check_growth(rds: Any, database: Mapping[str, Any], wanted: int) -> None:
    """Make sure the storage can grow to ``wanted`` GB now.

    Raises:
        InvalidInput: less than 10 % of growth, a size the storage type does not have, or one that storage autoscaling
            does not allow.
        Refused: the last storage change is still being optimized.
    """
    name, present = database["DBInstanceIdentifier"], database["AllocatedStorage"]
    least = least_growth(present)
    if wanted < least:
        raise InvalidInput(
            f"allocated_storage is {wanted} GB; {name} has {present} GB, and RDS grows storage by at least 10 %: "
            f"give {present} (unchanged) or at least {least}."
        )
    if database["DBInstanceStatus"] == "storage-optimization":
        raise Refused(cooldown_text(database, "its last storage change is still being optimized"))
    _check_autoscaling(database, wanted)
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


def least_growth(present: int) -> int:
    """Give the smallest size in GB that storage of a size in GB can grow to."""
    return math.ceil(round(present * LEAST_GROWTH, 6))


def _check_autoscaling(database: Mapping[str, Any], wanted: int) -> None:
    """Make sure the size stays below the limit of storage autoscaling.

    RDS refuses others: "Max storage size must be greater than storage size". A limit of what the instance has turns
    autoscaling off ("Managing capacity automatically with storage autoscaling", RDS user guide).

    Raises:
        InvalidInput: it does not.
    """
    name, limit = database["DBInstanceIdentifier"], database.get("MaxAllocatedStorage")
    if limit is None or limit <= database["AllocatedStorage"] or wanted < limit:
        return
    raise InvalidInput(
        f"allocated_storage is {wanted} GB; storage autoscaling of {name} has a limit of {limit} GB, and RDS takes only"
        f" sizes below it. Raise its MaxAllocatedStorage to at least {least_growth(wanted)}, or give less."
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
