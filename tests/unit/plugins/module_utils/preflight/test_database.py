"""Whether the database can be used, and changed as requested."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.sound_account import (
    CHANGED,
    PENDING,
    Case,
    account,
    check,
    database,
    in_sync,
    one_problem,
    orderable,
    ours,
    problems,
    value,
)

CURRENT = orderable("db.m4.xlarge", "db.t3.medium", "db.t4g.medium")
CASES = [
    account(
        "no database",
        {"DescribeDBInstances": Refusal("DBInstanceNotFound")},
        'ingest_database is "nowhere"',
        "no RDS instance nowhere",
        ingest_database="nowhere",
    ),
    value(
        "ingest_database_class",
        "db.m9.xlarge",
        '"db.m9.xlarge"',
        "cannot be ordered for postgres 12.22",
        "db.m4.xlarge",
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
    account(
        "autoscaling",
        {"DescribeDBInstances": database(MaxAllocatedStorage=100)},
        "ingest_database_storage_gb is 240 GB",
        "a limit of 100 GB",
        "MaxAllocatedStorage to at least 264",
    ),
    account(
        "retired",
        {"DescribeOrderableDBInstanceOptions": CURRENT},
        'ingest_database_class_after is ""',
        "dbstaging cannot go back to db.t2.medium",
        "db.t4g.medium, the nearest to it (4 GiB), or db.t3.medium",
    ),
    account(
        "retired since",
        {
            "DescribeOrderableDBInstanceOptions": CURRENT,
            "DescribeDBInstances": database(
                DBInstanceClass="db.m4.xlarge", AllocatedStorage=240, TagList=ours(original_class="db.t2.medium")
            ),
        },
        'ingest_database_class_after is ""',
        "dbstaging cannot go back to db.t2.medium",
    ),
    account(
        "no such class after",
        {"DescribeOrderableDBInstanceOptions": CURRENT},
        'ingest_database_class_after is "db.t1.medium"',
        "cannot be ordered for postgres 12.22",
        ingest_database_class_after="db.t1.medium",
    ),
    value("ingest_database_class_after", "t3.medium", "name an instance class such as db.t3.medium"),
    value(
        "ingest_database_parameter_group",
        "nonesuch",
        '"nonesuch": There is no DB parameter group nonesuch',
        "postgres 12.22",
        "name db-imports or dbstaging",
    ),
    value(
        "ingest_database_parameter_group",
        "old",
        '"old"',
        "is of family postgres9.6",
        "takes those of family postgres12",
    ),
    account(
        "group never in effect",
        {"DescribeDBInstances": database(DBParameterGroups=[in_sync("db-imports", "failed-to-apply")])},
        "ingest_database_parameter_group",
        "db-imports",
        "failed-to-apply: correct the values",
        ingest_database_parameter_group="db-imports",
    ),
    account(
        "replica",
        {"DescribeDBInstances": database(ReadReplicaSourceDBInstanceIdentifier="dbmain")},
        "ingest_database",
        "a read replica of dbmain",
    ),
    account(
        "Multi-AZ cluster",
        {"DescribeDBInstances": database(DBClusterIdentifier="climate")},
        "ingest_database",
        "--skip-tags database",
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
    assert [each["DBInstanceClass"] for each in aws.sent("DescribeOrderableDBInstanceOptions")] == ["db.t2.medium"]


def test_a_change_that_a_run_has_begun_is_waited_for(aws: FakeAws):
    pending = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    changing = database(
        DBInstanceStatus="modifying", TagList=ours(original_class="db.t2.medium"), PendingModifiedValues=pending
    )
    answers = {"DescribeDBInstances": changing, "DescribeEvents": {"Events": CHANGED}}
    assert "dbstaging is modifying" in check(aws, {}, answers).warnings[0]


@pytest.mark.parametrize("status", ["storage-initialization", "storage-config-upgrade", "backing-up"])
def test_a_status_in_which_clients_are_served_is_sound(aws: FakeAws, status: str):
    result = check(aws, {}, {"DescribeDBInstances": database(DBInstanceStatus=status)})
    assert not any("dbstaging" in each for each in result.warnings)


@pytest.mark.parametrize("group", ["", "dbstaging", "DB-Imports"])
def test_a_group_that_waits_for_a_reboot_is_said_unless_the_run_reboots(aws: FakeAws, group: str):
    waits = database(DBParameterGroups=[in_sync("dbstaging", "pending-reboot")])
    warnings = check(aws, {"ingest_database_parameter_group": group}, {"DescribeDBInstances": waits}).warnings
    assert any("dbstaging is pending-reboot" in each for each in warnings) == (not group)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (
            {"DescribeDBInstances": database(DBClusterIdentifier="climate", Engine="aurora-postgresql")},
            "DB cluster climate",
        ),
        ({"DescribeDBSnapshots": Refusal("AccessDenied")}, "DescribeDBSnapshots"),
    ],
    ids=["a cluster", "no permission"],
)
def test_a_snapshot_that_cannot_be_taken_or_followed(aws: FakeAws, answers: dict[str, Any], says: str):
    tags = {"tags": ["snapshot"], "ingest_snapshot": True}
    assert any(says in each for each in problems(aws, tags, answers))
    assert check(aws, {**tags, "ingest_snapshot": False}, answers).warnings == []


@pytest.mark.parametrize(
    ("tags", "warned"),
    [(["migrate"], True), (["snapshot", "migrate"], False), (["capacity", "database"], False), ([], False)],
)
def test_what_is_written_without_the_snapshot_that_is_wanted_is_said(aws: FakeAws, tags: list[str], warned: bool):
    warnings = check(aws, {"tags": tags, "ingest_snapshot": True}, {}).warnings
    assert any("writes to the database without it" in each for each in warnings) == warned


def test_an_unknown_status_is_said_and_not_refused(aws: FakeAws):
    (warning,) = check(aws, {}, {"DescribeDBInstances": database(DBInstanceStatus="being-polished")}).warnings
    assert "dbstaging is being-polished, a status that this collection does not know" in warning


def test_a_retired_class_goes_back_to_the_one_that_is_named(aws: FakeAws):
    (warning,) = check(
        aws, {"ingest_database_class_after": "db.t3.medium"}, {"DescribeOrderableDBInstanceOptions": CURRENT}
    ).warnings
    assert warning == "dbstaging goes back to db.t3.medium, in place of db.t2.medium, which cannot be ordered any more."


def test_a_retired_class_that_is_kept_needs_no_way_back(aws: FakeAws):
    answers = {"DescribeOrderableDBInstanceOptions": CURRENT}
    assert check(aws, {"ingest_database_class": "db.t2.medium"}, answers).warnings == []


def test_read_replicas_are_named(aws: FakeAws):
    answers = {"DescribeDBInstances": database(ReadReplicaDBInstanceIdentifiers=["dbstaging-reports"])}
    by_class, by_storage = check(aws, {}, answers).warnings
    assert "dbstaging-reports" in by_class and "max_connections" in by_class
    assert "dbstaging-reports" in by_storage and "240 GB" in by_storage


def test_the_storage_of_aurora_is_left_alone(aws: FakeAws):
    aurora = database(
        Engine="aurora-mysql",
        EngineVersion="8.0.mysql_aurora.3.02.0",
        StorageType="aurora",
        AllocatedStorage=1,
        DBClusterIdentifier="c-1",
        DBInstanceClass="db.r5.large",
    )
    options = orderable("db.r5.large", "db.r5.xlarge", storage="aurora")
    result = check(
        aws,
        {"ingest_database_class": "db.r5.xlarge"},
        {"DescribeDBInstances": aurora, "DescribeOrderableDBInstanceOptions": options},
    )
    assert result.warnings == [
        "ingest_database_storage_gb is 240; dbstaging is an instance of Aurora, whose storage grows by itself and is"
        " left alone."
    ]
    assert result.values["facts"]["database"]["storage_gb"] is None
    assert aws.count("DescribeValidDBInstanceModifications") == 0
