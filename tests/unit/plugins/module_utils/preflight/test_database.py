"""Whether the database can be used, and changed as requested."""

from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.sound_account import (
    CHANGED,
    PENDING,
    Case,
    account,
    check,
    database,
    one_problem,
    ours,
    value,
)

CASES = [
    account(
        "no database",
        {"DescribeDBInstances": Refusal("DBInstanceNotFound")},
        'ingest_database is "nowhere"',
        "no RDS instance nowhere",
        ingest_database="nowhere",
    ),
    value(
        "ingest_database_class", "db.m9.large", '"db.m9.large"', "cannot be ordered for postgres 12.22", "db.m4.xlarge"
    ),
    value("ingest_database_storage_gb", 21, "21 GB", "at least 10 %", "at least 22"),
    value("ingest_database_storage_gb", 20000, "20000 GB", "20 to 16384 GB"),
    account(
        "storage optimization",
        {"DescribeDBInstances": database(DBInstanceStatus="storage-optimization")},
        "ingest_database_storage_gb is 240",
        "optimized",
    ),
    account("cooldown", {"DescribeEvents": {"Events": CHANGED}}, "ingest_database_storage_gb is 240", "six hours"),
    account(
        "pending", {"DescribeDBInstances": database(**PENDING)}, 'ingest_database is "dbstaging"', "EngineVersion=13"
    ),
    account("stopped", {"DescribeDBInstances": database(DBInstanceStatus="stopped")}, "ingest_database", "is stopped"),
    account("reboot", {"DescribeDBInstances": database(DBInstanceStatus="rebooting")}, "ingest_database", "rebooting"),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case):
    one_problem(aws, case)


def test_a_database_that_a_run_has_changed_is_sound(aws: FakeAws):
    changed = database(
        DBInstanceClass="db.m4.xlarge",
        AllocatedStorage=240,
        DBInstanceStatus="storage-optimization",
        TagList=ours(original_class="db.t2.medium"),
    )
    check(aws, {}, {"DescribeDBInstances": changed, "DescribeEvents": {"Events": CHANGED}})
    assert aws.count("DescribeOrderableDBInstanceOptions") == 0


def test_a_change_that_a_run_has_begun_is_waited_for(aws: FakeAws):
    pending = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    changing = database(
        DBInstanceStatus="modifying", TagList=ours(original_class="db.t2.medium"), PendingModifiedValues=pending
    )
    answers = {"DescribeDBInstances": changing, "DescribeEvents": {"Events": CHANGED}}
    assert "dbstaging is modifying" in check(aws, {}, answers).warnings[0]
