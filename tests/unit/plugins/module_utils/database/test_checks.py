"""What RDS would refuse is found first, with a message that says what it would take."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.database import checks
from tests.fakes.aws import FakeAws
from tests.fakes.rds import Rds, resize


def test_a_class_that_can_be_ordered_passes(aws: FakeAws, rds: Rds) -> None:
    checks.check_class(aws.context(), rds.state, "db.m4.xlarge")
    assert aws.sent("DescribeOrderableDBInstanceOptions") == [
        {
            "Engine": "postgres",
            "EngineVersion": "9.6.22",
            "LicenseModel": "postgresql-license",
            "DBInstanceClass": "db.m4.xlarge",
        }
    ]


def test_an_engine_without_a_licence_model_is_not_asked_for_one(aws: FakeAws, rds: Rds) -> None:
    del rds.state["LicenseModel"]
    checks.check_class(aws.context(), rds.state, "db.m4.xlarge")
    assert "LicenseModel" not in aws.sent("DescribeOrderableDBInstanceOptions")[0]


@pytest.mark.parametrize(
    ("orderable", "message"),
    [
        ({"db.t2.medium": "gp2"}, "db.m4.xlarge cannot be ordered for postgres 9.6.22; .* db.t2.medium"),
        ({}, "RDS offers no class in this region"),
        ({"db.m4.xlarge": "io1"}, "with gp2 storage; it supports io1"),
    ],
)
def test_a_class_that_cannot_be_ordered_is_refused_with_what_can(
    aws: FakeAws, rds: Rds, orderable: dict[str, str], message: str
) -> None:
    rds.orderable = orderable
    with pytest.raises(Refused, match=message):
        checks.check_class(aws.context(), rds.state, "db.m4.xlarge")


@pytest.mark.parametrize(("orderable", "expected"), [({"db.t2.medium": "gp2"}, True), ({}, False)])
def test_whether_a_class_can_still_be_ordered(
    aws: FakeAws, rds: Rds, orderable: dict[str, str], expected: bool
) -> None:
    rds.orderable = orderable
    assert checks.is_orderable(aws.context(), rds.state, "db.t2.medium") is expected


@pytest.mark.parametrize("size", [22, 65536])
def test_storage_may_grow_by_a_tenth_and_up_to_the_types_limit(aws: FakeAws, rds: Rds, size: int) -> None:
    checks.check_growth(aws.client("rds"), rds.state, size)


def test_a_tenth_is_counted_without_the_errors_of_floating_point(aws: FakeAws, rds: Rds) -> None:
    rds.state["AllocatedStorage"] = 100
    checks.check_growth(aws.client("rds"), rds.state, 110)  # 100 * 1.1 is 110.00000000000001


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        (21, r"20 GB.* at least 10 %: .* 20 .unchanged. or at least 22"),
        (70000, "can have 20 to 65536 GB"),
        (0, "allocated_storage is 0"),
    ],
)
def test_sizes_rds_does_not_take(aws: FakeAws, rds: Rds, requested: int, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        resize(aws, **{"class": None, "allocated_storage": requested})
    assert aws.changes() == []


def test_a_storage_type_that_cannot_change_has_no_other_size(aws: FakeAws, rds: Rds) -> None:
    rds.state["StorageType"] = "standard"
    with pytest.raises(InvalidInput, match="with standard storage can have no other size"):
        checks.check_growth(aws.client("rds"), rds.state, 240)


def test_storage_in_optimization_is_refused_and_a_class_alone_is_not(aws: FakeAws, rds: Rds) -> None:
    rds.state["DBInstanceStatus"] = "storage-optimization"
    with pytest.raises(Refused, match="still being optimized.*class alone can change"):
        resize(aws, **{"class": "db.m4.xlarge", "allocated_storage": 240})
    assert resize(aws, **{"class": "db.m4.xlarge"}).changed


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("InvalidParameterCombination", "You can't currently modify the storage of this DB instance", True),
        ("InvalidParameterCombination", "The storage was changed less than 6 hours ago", True),
        ("InvalidDBInstanceState", "Storage optimization is in progress", True),
        ("InvalidParameterCombination", "Cannot modify the engine version", False),
        ("InvalidParameterValue", "Invalid storage size", False),
        ("StorageQuotaExceeded", "storage quota exceeded, try in some hours", False),
    ],
)
def test_the_cooldown_of_storage_is_recognized_by_its_words(code: str, text: str, expected: bool) -> None:
    assert checks.is_cooldown(code, text) is expected


@pytest.mark.parametrize(
    ("state", "requested", "iops"),
    [
        ({"StorageType": "gp2"}, 240, None),
        ({"StorageType": "io1", "Iops": 1000}, 240, 1000),
        ({"StorageType": "io2", "Iops": 5000}, 240, 5000),
        ({"StorageType": "gp3", "Iops": 3000}, 240, None),
        ({"StorageType": "gp3", "Iops": 3000}, 399, None),
        ({"StorageType": "gp3", "Iops": 3000}, 400, 12000),
        ({"StorageType": "gp3"}, 400, 12000),
        ({"StorageType": "gp3", "Iops": 16000, "AllocatedStorage": 500}, 600, 16000),
        ({"StorageType": "gp3", "Iops": 3000, "Engine": "oracle-ee"}, 240, 12000),
        ({"StorageType": "gp3", "Iops": 3000, "Engine": "sqlserver-ex"}, 240, 3000),
    ],
)
def test_the_iops_that_go_along_with_growth(rds: Rds, state: dict[str, Any], requested: int, iops: int | None) -> None:
    assert checks.iops({**rds.state, **state}, requested) == iops


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
