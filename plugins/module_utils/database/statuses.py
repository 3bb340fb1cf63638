# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the status of a DB instance says ("Viewing Amazon RDS DB instance status", RDS user guide).

AWS adds statuses from time to time, so a status that is not in these tables is unknown: neither good nor bad.
"""

from __future__ import annotations

MODIFIABLE = frozenset(("available", "storage-optimization", "storage-initialization", "storage-config-upgrade"))
# Clients are served, and RDS is busy with something that ends by itself.
BUSY = frozenset(("backing-up",))
PASSING = frozenset(
    (
        "backtracking",
        "converting-to-vpc",
        "creating",
        "maintenance",
        "modifying",
        "moving-to-vpc",
        "rebooting",
        "renaming",
        "resetting-master-credentials",
        "starting",
        "upgrading",
    )
)
# These do not lead back to available by themselves.
STUCK = frozenset(
    (
        "delete-precheck",
        "deleting",
        "failed",
        "insufficient-capacity",
        "restore-error",
        "stopped",
        "stopping",
        "storage-full",
    )
)
STUCK_PREFIXES = ("inaccessible-encryption-credentials", "incompatible-")


def is_usable(status: str) -> bool:
    """Say whether clients are served in this status."""
    return status in MODIFIABLE or status in BUSY or status.startswith("configuring-")


def is_stuck(status: str) -> bool:
    """Say whether somebody must do something before the instance serves clients again."""
    return status in STUCK or status.startswith(STUCK_PREFIXES)


def is_known(status: str) -> bool:
    """Say whether the tables have this status."""
    return is_usable(status) or is_stuck(status) or status in PASSING


def may_be_modified(status: str) -> bool:
    """Say whether it is worth trying to modify the instance: of an unknown status, only RDS can tell."""
    return status in MODIFIABLE or not is_known(status)
