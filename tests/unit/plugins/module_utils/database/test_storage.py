"""What RDS would refuse of the storage is found first, with a message that says what it would take."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.database import storage
from tests.fakes.aws import FakeAws
from tests.fakes.rds import Rds, resize


@pytest.mark.parametrize("size", [22, 65536])
def test_storage_may_grow_by_a_tenth_and_up_to_the_types_limit(aws: FakeAws, rds: Rds, size: int) -> None:
    storage.check_growth(aws.client("rds"), rds.state, size)


def test_a_tenth_is_counted_without_the_errors_of_floating_point(aws: FakeAws, rds: Rds) -> None:
    rds.state["AllocatedStorage"] = 100
    storage.check_growth(aws.client("rds"), rds.state, 110)  # 100 * 1.1 is 110.00000000000001


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
        storage.check_growth(aws.client("rds"), rds.state, 240)


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
    assert storage.is_cooldown(code, text) is expected


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
    assert storage.iops({**rds.state, **state}, requested) == iops


@pytest.mark.parametrize(
    ("limit", "requested", "refused"),
    [(None, 240, False), (100, 240, True), (240, 240, True), (241, 240, False), (20, 240, False)],
)
def test_storage_stays_below_the_limit_of_autoscaling(
    aws: FakeAws, rds: Rds, limit: int | None, requested: int, refused: bool
) -> None:
    rds.state["MaxAllocatedStorage"] = limit
    if not refused:
        storage.check_growth(aws.client("rds"), rds.state, requested)
        return
    with pytest.raises(InvalidInput, match=f"a limit of {limit} GB.* MaxAllocatedStorage to at least 264"):
        storage.check_growth(aws.client("rds"), rds.state, requested)


def test_the_storage_of_aurora_has_no_size(rds: Rds) -> None:
    assert storage.size_text(rds.state) == "db.t2.medium with 20 GB"
    assert storage.size_text({**rds.state, "Engine": "aurora-postgresql"}) == "db.t2.medium"
