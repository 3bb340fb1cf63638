"""Databases that RDS would not change as requested, or whose status is not `available`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from tests.fakes.aws import FakeAws
from tests.fakes.rds import Rds, resize
from tests.fakes.sound_account import check, database, orderable, problems

HERE = Path(__file__).parent
BIG = {"class": "db.m4.xlarge", "allocated_storage": 240}


def read(name: str) -> Any:
    return json.loads((HERE / name).read_text())


def described(**changes: Any) -> dict[str, Any]:
    return {"DescribeDBInstances": database(**changes)}


@pytest.fixture
def rds(aws: FakeAws) -> Rds:
    return Rds(aws)


def test_storage_above_the_limit_of_autoscaling_is_refused_before_anything_changes(aws: FakeAws) -> None:
    (problem,) = problems(aws, {}, described(**read("storage_autoscaling.json")))
    assert "ingest_database_storage_gb is 240 GB" in problem
    assert "a limit of 100 GB" in problem and "MaxAllocatedStorage to at least 264" in problem


def test_a_resize_above_the_limit_of_autoscaling_changes_nothing(aws: FakeAws, rds: Rds) -> None:
    rds.state |= read("storage_autoscaling.json")
    for check_mode in (True, False):
        with pytest.raises(InvalidInput, match="a limit of 100 GB"):
            resize(aws, check_mode=check_mode, **BIG)
    assert aws.changes() == []


def test_storage_below_the_limit_of_autoscaling_is_fine(aws: FakeAws) -> None:
    check(aws, {"ingest_database_storage_gb": 99}, described(**read("storage_autoscaling.json")))


@pytest.mark.parametrize("status", read("usable_statuses.json"))
def test_a_database_that_serves_its_clients_is_used_and_resized(aws: FakeAws, status: str) -> None:
    assert check(aws, {}, described(DBInstanceStatus=status)).warnings == []
    aws.forget()
    rds = Rds(aws)
    rds.state["DBInstanceStatus"] = status
    assert resize(aws, **BIG).changed
    assert aws.now < 1000


def test_read_replicas_are_named_with_what_may_stop_them(aws: FakeAws) -> None:
    warnings = check(aws, {}, described(**read("read_replica.json"))).warnings
    assert ["dbstaging-reports" in each for each in warnings] == [True, True]
    assert "max_connections" in warnings[0] and "240 GB" in warnings[1]


def test_a_resize_warns_of_read_replicas_too(aws: FakeAws, rds: Rds) -> None:
    rds.state |= read("read_replica.json")
    assert any("dbstaging-reports" in each for each in resize(aws, **BIG).warnings)


def test_a_class_that_cannot_be_gone_back_to_is_not_left(aws: FakeAws) -> None:
    found = read("retired_class.json")
    answers = {"DescribeOrderableDBInstanceOptions": orderable(*found.pop("orderable")), **described(**found)}
    (problem,) = problems(aws, {}, answers)
    assert 'ingest_database_class_after is ""' in problem and "cannot go back to db.t2.medium" in problem
    (warning,) = check(aws, {"ingest_database_class_after": "db.m4.xlarge"}, answers).warnings
    assert warning.startswith("dbstaging goes back to db.m4.xlarge, in place of db.t2.medium")


def test_a_resize_does_not_leave_a_class_that_cannot_be_gone_back_to(aws: FakeAws, rds: Rds) -> None:
    found = read("retired_class.json")
    rds.orderable = dict.fromkeys(found["orderable"], "gp2")
    for check_mode in (True, False):
        with pytest.raises(Refused, match="cannot go back to db.t2.medium"):
            resize(aws, check_mode=check_mode, **BIG)
    assert aws.changes() == []


AURORA = read("aurora.json")["DBInstance"]


def test_aurora_s_storage_is_left_alone_and_said(aws: FakeAws) -> None:
    options = orderable("db.r5.large", "db.r5.xlarge", storage="aurora")
    answers = {"DescribeOrderableDBInstanceOptions": options, **described(**AURORA)}
    desired = {"ingest_database": "db-1", "ingest_database_class": "db.r5.xlarge"}
    (warning,) = check(aws, desired, answers).warnings
    assert warning == (
        "ingest_database_storage_gb is 240; db-1 is an instance of Aurora, whose storage grows by itself and is left"
        " alone."
    )


def test_aurora_s_class_alone_is_changed(aws: FakeAws, rds: Rds) -> None:
    rds.state |= AURORA
    rds.orderable = dict.fromkeys(("db.r5.large", "db.r5.xlarge"), "aurora")
    result = resize(aws, instance="db-1", **{"class": "db.r5.xlarge", "allocated_storage": 240})
    assert result.changed
    (sent,) = aws.sent("ModifyDBInstance")
    assert (sent["DBInstanceClass"], "AllocatedStorage" in sent) == ("db.r5.xlarge", False)
