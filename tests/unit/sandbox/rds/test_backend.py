"""RDS's rules for a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.db_instance import Database, Until

Client = Callable[..., Any]


def test_a_change_for_later_waits_until_another_is_applied(database: Database, until: Until) -> None:
    later = database.modify(at_once=False, DBInstanceClass="db.m5.large")
    assert later["PendingModifiedValues"] == {"DBInstanceClass": "db.m5.large"}
    assert database.status == "available"
    both = database.modify(AllocatedStorage=30)
    assert both["PendingModifiedValues"] == {"DBInstanceClass": "db.m5.large", "AllocatedStorage": 30}
    until(lambda: database.describe()["AllocatedStorage"] == 30)
    assert database.describe()["DBInstanceClass"] == "db.m5.large"


def test_asking_for_what_it_has_withdraws_what_is_pending(database: Database) -> None:
    database.modify(at_once=False, DBInstanceClass="db.m5.large")
    now = database.modify(at_once=False, DBInstanceClass="db.t3.medium")
    assert now.get("PendingModifiedValues", {}) == {}
    assert database.modify(AllocatedStorage=20)["DBInstanceStatus"] == "available"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"AllocatedStorage": 19}, "cannot be less than the current storage size"),
        ({"AllocatedStorage": 21}, "at least 10 percent"),
        ({"AllocatedStorage": 70_000}, "Invalid storage size for engine name postgres and storage type gp2: 70000"),
        ({"StorageType": "gold"}, "Invalid storage size for engine name postgres and storage type gold: 20"),
        ({"DBInstanceClass": "db.m5.huge"}, "does not support creating .* DBInstanceClass=db.m5.huge, Engine=postgres"),
        ({"DBInstanceClass": "cache.m4.large"}, "does not support creating"),
        ({"DBInstanceClass": "db.t2.large"}, "does not support creating .* DBInstanceClass=db.t2.large"),
        ({"MaxAllocatedStorage": 19}, "Max storage size must be greater than storage size"),
        ({"MaxAllocatedStorage": 21}, "maximum allocated storage must be increased by at least 10 percent"),
        ({"AllocatedStorage": 40, "MaxAllocatedStorage": 40}, "Max storage size must be greater than storage size"),
        ({"StorageType": "io1", "AllocatedStorage": 100}, "specify both the storage size and iops"),
        ({"StorageType": "gp3", "AllocatedStorage": 400}, "specify both the storage size and iops"),
        ({"StorageType": "gp3", "AllocatedStorage": 240, "Iops": 3000}, "You can't specify IOPS"),
    ],
)
def test_what_is_refused(steady: Database, change: dict[str, Any], message: str) -> None:
    steady.refuses("InvalidParameterCombination", message, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"StorageType": "io1", "AllocatedStorage": 100, "Iops": 1000},
        {"StorageType": "gp3", "AllocatedStorage": 400, "Iops": 12000},
        {"StorageType": "gp3", "AllocatedStorage": 240},
        {"AllocatedStorage": 22},
    ],
)
def test_storage_that_can_be_had(database: Database, until: Until, change: dict[str, Any]) -> None:
    database.modify(**change)
    until(lambda: change.items() <= database.describe().items())


def test_nothing_is_modified_or_rebooted_while_it_is_modified(database: Database, until: Until) -> None:
    database.modify(DBInstanceClass="db.m5.large")
    until(lambda: database.status == "modifying")
    with pytest.raises(ClientError, match="not in available state") as refused:
        database.modify(AllocatedStorage=40)
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"
    with pytest.raises(ClientError, match="cannot currently reboot") as refused:
        database.rds.reboot_db_instance(DBInstanceIdentifier=database.name)
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"


def test_other_properties_change_without_an_outage(database: Database) -> None:
    database.modify(BackupRetentionPeriod=7)
    now = database.describe()
    assert (now["BackupRetentionPeriod"], now["DBInstanceStatus"]) == (7, "available")


def test_storage_stays_below_the_limit_of_autoscaling(database: Database) -> None:
    assert "MaxAllocatedStorage" not in database.describe()
    database.modify(MaxAllocatedStorage=100)
    assert database.describe()["MaxAllocatedStorage"] == 100
    for size in (100, 240):
        database.refuses(
            "InvalidParameterCombination", "Max storage size must be greater than storage size", AllocatedStorage=size
        )
    database.modify(MaxAllocatedStorage=20)  # what it has: that turns autoscaling off
    assert "MaxAllocatedStorage" not in database.describe()
    database.modify(AllocatedStorage=240, MaxAllocatedStorage=1000)
    assert database.describe()["MaxAllocatedStorage"] == 1000


@pytest.mark.parametrize(
    ("change", "pending"),
    [
        ({"BackupRetentionPeriod": 7}, {"BackupRetentionPeriod": 7}),
        ({"MultiAZ": True}, {"MultiAZ": True}),
        ({"MasterUserPassword": "another secret"}, {"MasterUserPassword": "****"}),
        ({"EngineVersion": "13.18"}, {"EngineVersion": "13.18"}),
        ({"EnableIAMDatabaseAuthentication": True}, {"IAMDatabaseAuthenticationEnabled": True}),
        ({"NewDBInstanceIdentifier": "other"}, {"DBInstanceIdentifier": "other"}),
        ({"CACertificateIdentifier": "rds-ca-rsa2048-g1"}, {"CACertificateIdentifier": "rds-ca-rsa2048-g1"}),
        (
            {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["postgresql"]}},
            {"PendingCloudwatchLogsExports": {"LogTypesToEnable": ["postgresql"]}},
        ),
        ({"DeletionProtection": True}, {}),
        ({"PubliclyAccessible": True}, {}),
    ],
)
def test_nothing_changes_at_once_unless_it_is_asked_for(
    database: Database, change: dict[str, Any], pending: dict[str, Any]
) -> None:
    before = database.describe()
    now = database.modify(at_once=False, **change)
    assert now.pop("PendingModifiedValues") == pending
    time = "LatestRestorableTime"
    assert now | {time: 0, "PendingModifiedValues": {}} == before | {time: 0}


def test_what_is_pending_is_applied_with_the_next_change_at_once(database: Database) -> None:
    database.modify(at_once=False, BackupRetentionPeriod=7, DeletionProtection=True)
    now = database.modify(CopyTagsToSnapshot=True)
    assert now["PendingModifiedValues"] == {}
    assert (now["BackupRetentionPeriod"], now["DeletionProtection"], now["CopyTagsToSnapshot"]) == (7, True, True)
    database.modify(DeletionProtection=False)


def test_an_unknown_parameter_group_is_refused_at_once(steady: Database) -> None:
    with pytest.raises(ClientError) as refused:
        steady.modify(at_once=False, DBParameterGroupName="nonesuch")
    assert refused.value.response["Error"]["Code"] == "DBParameterGroupNotFound"


def test_an_instance_without_a_subnet_group_is_in_the_default_one_and_public(steady: Database, client: Client) -> None:
    found = steady.describe()
    assert (found["DBSubnetGroup"]["DBSubnetGroupName"], found["PubliclyAccessible"]) == ("default", True)
    assert len(found["DBSubnetGroup"]["Subnets"]) > 1
    (seeded,) = client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"]
    assert (seeded["DBSubnetGroup"]["DBSubnetGroupName"], seeded["PubliclyAccessible"]) == ("rdssngstaging", False)


def test_tags(steady: Database) -> None:
    database, rds = steady, steady.rds
    rds.add_tags_to_resource(
        ResourceName=database.arn, Tags=[{"Key": "climate.ingest:original-class", "Value": "db.t3.medium"}]
    )
    assert rds.list_tags_for_resource(ResourceName=database.arn)["TagList"] == database.describe()["TagList"]
    assert database.describe()["TagList"] == [{"Key": "climate.ingest:original-class", "Value": "db.t3.medium"}]
    rds.remove_tags_from_resource(ResourceName=database.arn, TagKeys=["climate.ingest:original-class"])
    assert rds.list_tags_for_resource(ResourceName=database.arn)["TagList"] == []


def test_an_instance_that_is_not_there(client: Client) -> None:
    for call in ("modify_db_instance", "reboot_db_instance", "describe_valid_db_instance_modifications"):
        with pytest.raises(ClientError, match="nonesuch not found") as refused:
            getattr(client("rds"), call)(DBInstanceIdentifier="nonesuch")
        assert refused.value.response["Error"]["Code"] == "DBInstanceNotFound"


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"DBInstanceClass": "db.m4.xlarge"}, "InvalidParameterCombination"),
        ({"Engine": "mysql"}, "InvalidParameterCombination"),
        ({"DBInstanceIdentifier": "dbstaging"}, "DBInstanceAlreadyExists"),
    ],
)
def test_what_cannot_be_created(client: Client, properties: dict[str, Any], code: str) -> None:
    wanted = {
        "DBInstanceIdentifier": "new",
        "DBInstanceClass": "db.t3.medium",
        "Engine": "postgres",
        "EngineVersion": "12.22",
        "AllocatedStorage": 20,
        "MasterUsername": "climate",
        "MasterUserPassword": "a secret",
    }
    with pytest.raises(ClientError) as refused:
        client("rds").create_db_instance(**(wanted | properties))
    assert refused.value.response["Error"]["Code"] == code
