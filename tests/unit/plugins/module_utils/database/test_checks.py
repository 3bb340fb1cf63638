"""What a change would bring along is found first."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.database import checks
from tests.fakes.rds import Rds


@pytest.mark.parametrize(
    "pending", [{}, {"DBInstanceClass": "db.m4.xlarge"}, {"PendingCloudwatchLogsExports": {}, "LicenseModel": None}]
)
def test_nothing_pending_or_just_the_desired_change_passes(rds: Rds, pending: dict[str, Any]) -> None:
    rds.state["PendingModifiedValues"] = pending
    checks.check_pending(rds.state, {"DBInstanceClass": "db.m4.xlarge"})


@pytest.mark.parametrize("pending", [{"EngineVersion": "10.1"}, {"DBInstanceClass": "db.r5.large"}])
def test_another_pending_change_is_named(rds: Rds, pending: dict[str, Any]) -> None:
    rds.state["PendingModifiedValues"] = pending
    ((name, value),) = pending.items()
    with pytest.raises(Refused, match=f"dbstaging has .*pending.*: {name}={value}. Apply or cancel them first."):
        checks.check_pending(rds.state, {"DBInstanceClass": "db.m4.xlarge"})


@pytest.mark.parametrize(("status", "warnings"), [("in-sync", 0), ("pending-reboot", 1)])
def test_a_parameter_group_that_waits_for_a_reboot_is_named(rds: Rds, status: str, warnings: int) -> None:
    rds.state["DBParameterGroups"] = [{"DBParameterGroupName": "tuned", "ParameterApplyStatus": status}]
    found = checks.reboot_warnings(rds.state)
    assert len(found) == warnings
    assert all("tuned of dbstaging is pending-reboot" in each for each in found)


def test_a_database_without_parameter_groups_needs_no_reboot(rds: Rds) -> None:
    assert checks.reboot_warnings(rds.state) == []


CHANGES = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        ({"DBInstanceClass": "db.t2.medium", "AllocatedStorage": 20}, []),
        ({"DBInstanceClass": "db.m4.xlarge"}, ["less memory than db.m4.xlarge"]),
        ({"AllocatedStorage": 240}, ["less than 240 GB"]),
        (CHANGES, ["less memory than db.m4.xlarge", "less than 240 GB"]),
    ],
)
def test_replicas_that_a_change_may_stop_are_named(rds: Rds, desired: dict[str, Any], words: list[str]) -> None:
    rds.state["ReadReplicaDBInstanceIdentifiers"] = ["dbstaging-reports", "dbstaging-backup"]
    found = checks.replica_warnings(rds.state, desired)
    assert len(found) == len(words)
    for warning, word in zip(found, words, strict=True):
        assert warning.startswith("dbstaging has read replicas: dbstaging-reports, dbstaging-backup.")
        assert word in warning


def test_without_replicas_there_is_nothing_to_warn_of(rds: Rds) -> None:
    assert checks.replica_warnings(rds.state, CHANGES) == []


def test_a_member_of_a_cluster_that_is_not_auroras_has_no_class_of_its_own(rds: Rds) -> None:
    checks.check_member(rds.state)
    rds.state["DBClusterIdentifier"] = "climate"
    with pytest.raises(Refused, match="belongs to the Multi-AZ DB cluster climate.*--skip-tags database"):
        checks.check_member(rds.state)
    checks.check_member({**rds.state, "Engine": "aurora-postgresql"})
