"""Every status of RDS's user guide is known for what it is."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.database import statuses

USABLE = (
    "available",
    "backing-up",
    "configuring-enhanced-monitoring",
    "configuring-iam-database-auth",
    "configuring-log-exports",
    "storage-config-upgrade",
    "storage-initialization",
    "storage-optimization",
)
PASSING = (
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
    "backtracking",
)
STUCK = (
    "delete-precheck",
    "deleting",
    "failed",
    "inaccessible-encryption-credentials",
    "inaccessible-encryption-credentials-recoverable",
    "incompatible-create",
    "incompatible-network",
    "incompatible-option-group",
    "incompatible-parameters",
    "incompatible-restore",
    "insufficient-capacity",
    "restore-error",
    "stopped",
    "stopping",
    "storage-full",
)


@pytest.mark.parametrize("status", [*USABLE, *PASSING, *STUCK, "being-polished"])
def test_a_status_is_of_one_kind(status: str) -> None:
    assert statuses.is_usable(status) == (status in USABLE)
    assert statuses.is_stuck(status) == (status in STUCK)
    assert statuses.is_known(status) == (status != "being-polished")


def test_what_may_be_modified() -> None:
    may = {each for each in [*USABLE, *PASSING, *STUCK, "being-polished"] if statuses.may_be_modified(each)}
    storage = {"storage-config-upgrade", "storage-initialization", "storage-optimization"}
    assert may == {"available", "being-polished", *storage}
