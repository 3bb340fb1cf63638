"""RDS: a real server, and the life of a change."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from sandbox.server import Sandbox

Client = Callable[..., Any]
Until = Callable[[Callable[[], Any]], Any]

_numbers = itertools.count(1)


class Database:
    """A DB instance of one test."""

    def __init__(self, rds: Any, **properties: Any) -> None:
        self.name = f"db{next(_numbers)}"
        wanted = {
            "DBInstanceClass": "db.t2.medium",
            "Engine": "postgres",
            "EngineVersion": "12.22",
            "AllocatedStorage": 20,
            "StorageType": "gp2",
            "DBName": "climate",
            "MasterUsername": "climate",
            "MasterUserPassword": "a secret",
        }
        self.rds = rds
        made = rds.create_db_instance(DBInstanceIdentifier=self.name, **(wanted | properties))["DBInstance"]
        self.arn = made["DBInstanceArn"]

    def describe(self) -> dict[str, Any]:
        return dict(self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0])

    @property
    def status(self) -> str:
        return str(self.describe()["DBInstanceStatus"])

    def modify(self, at_once: bool = True, **change: Any) -> dict[str, Any]:
        answer = self.rds.modify_db_instance(DBInstanceIdentifier=self.name, ApplyImmediately=at_once, **change)
        return dict(answer["DBInstance"])

    def refuses(self, code: str, message: str, **change: Any) -> None:
        before = self.describe()
        with pytest.raises(ClientError, match=message) as refused:
            self.modify(**change)
        assert refused.value.response["Error"]["Code"] == code
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert self.describe() | {"LatestRestorableTime": 0} == before | {"LatestRestorableTime": 0}

    def connect(self) -> psycopg.Connection[Any]:
        endpoint = self.describe()["Endpoint"]
        return psycopg.connect(
            host=endpoint["Address"],
            port=endpoint["Port"],
            user="climate",
            password="a secret",
            dbname="climate",
            autocommit=True,
        )

    def states(self, until: Until, done: Callable[[dict[str, Any]], bool]) -> list[str]:
        """Give the states it goes through until it is done."""
        seen: list[str] = []

        def look() -> bool:
            now = self.describe()
            if seen[-1:] != [now["DBInstanceStatus"]]:
                seen.append(now["DBInstanceStatus"])
            return done(now)

        until(look)
        return seen


@pytest.fixture
def database(client: Client) -> Iterator[Database]:
    database = Database(client("rds"))
    yield database
    database.rds.delete_db_instance(DBInstanceIdentifier=database.name, SkipFinalSnapshot=True)


@pytest.fixture(scope="module")
def steady(account: Sandbox) -> Database:
    """One that no test changes."""
    return Database(account.clients("rds"))


def test_it_is_a_postgresql_server_at_the_address_it_gives(steady: Database) -> None:
    with steady.connect() as connection:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == ("climate", "climate")
        assert connection.execute("SHOW max_connections").fetchone() == ("400",)
    endpoint = steady.describe()["Endpoint"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=endpoint["Address"], port=endpoint["Port"], user="climate", password="wrong", dbname="climate"
        )


def test_a_class_change_drops_connections_and_keeps_the_data(database: Database, until: Until) -> None:
    connection = database.connect()
    connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    modified = database.modify(DBInstanceClass="db.t2.micro")
    # straight after the call nothing seems to happen
    assert modified["DBInstanceStatus"] == "available" and modified["DBInstanceClass"] == "db.t2.medium"
    assert modified["PendingModifiedValues"] == {"DBInstanceClass": "db.t2.micro"}
    connection.execute("SELECT 1")

    states = database.states(until, lambda now: now["DBInstanceClass"] == "db.t2.micro")
    assert states == ["available", "modifying"]
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert database.states(until, lambda now: now["DBInstanceStatus"] == "available") == ["modifying", "available"]
    assert database.describe().get("PendingModifiedValues", {}) == {}
    with database.connect() as again:
        assert again.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert again.execute("SHOW max_connections").fetchone() == ("112",)


def test_the_server_is_away_for_a_part_of_a_class_change(database: Database, until: Until) -> None:
    database.modify(DBInstanceClass="db.m4.xlarge")

    def refused() -> bool:
        try:
            database.connect().close()
        except psycopg.OperationalError:
            return True
        return False

    until(refused)
    assert database.status == "modifying"
    until(lambda: not refused())
    until(lambda: database.status == "available")


def test_class_and_storage_together_end_in_optimization_and_then_available(database: Database, until: Until) -> None:
    pending: dict[str, Any] = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    assert database.modify(**pending)["PendingModifiedValues"] == pending
    states = database.states(until, lambda now: now["DBInstanceStatus"] == "storage-optimization")
    assert states == ["available", "modifying", "storage-optimization"]
    now = database.describe()
    assert (now["DBInstanceClass"], now["AllocatedStorage"]) == ("db.m4.xlarge", 240)
    assert now.get("PendingModifiedValues", {}) == {}
    database.connect().close()
    until(lambda: database.status == "available")


def test_a_class_can_change_while_storage_is_optimized(database: Database, until: Until) -> None:
    database.modify(AllocatedStorage=240)
    until(lambda: database.status == "storage-optimization")
    database.refuses(
        "InvalidParameterCombination", "the previous storage change is being optimized", AllocatedStorage=480
    )
    database.modify(DBInstanceClass="db.m4.xlarge")
    until(lambda: database.describe()["DBInstanceClass"] == "db.m4.xlarge")
    until(lambda: database.status == "available")

    def cooled_down() -> bool:
        try:
            database.modify(AllocatedStorage=480)
        except ClientError:
            return False
        return True

    until(cooled_down)


def test_a_change_for_later_waits_until_another_is_applied(database: Database, until: Until) -> None:
    later = database.modify(at_once=False, DBInstanceClass="db.m4.large")
    assert later["PendingModifiedValues"] == {"DBInstanceClass": "db.m4.large"}
    assert database.status == "available"
    both = database.modify(AllocatedStorage=30)
    assert both["PendingModifiedValues"] == {"DBInstanceClass": "db.m4.large", "AllocatedStorage": 30}
    until(lambda: database.describe()["AllocatedStorage"] == 30)
    assert database.describe()["DBInstanceClass"] == "db.m4.large"


def test_asking_for_what_it_has_withdraws_what_is_pending(database: Database) -> None:
    database.modify(at_once=False, DBInstanceClass="db.m4.large")
    now = database.modify(at_once=False, DBInstanceClass="db.t2.medium")
    assert now.get("PendingModifiedValues", {}) == {}
    assert database.modify(AllocatedStorage=20)["DBInstanceStatus"] == "available"


def test_a_second_change_in_the_moment_before_the_first_begins_joins_it(database: Database, until: Until) -> None:
    database.modify(DBInstanceClass="db.m4.large")
    database.modify(DBInstanceClass="db.m4.xlarge")
    states = database.states(until, lambda now: now["DBInstanceClass"] == "db.m4.xlarge")
    assert states == ["available", "modifying"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"AllocatedStorage": 19}, "cannot be less than the current storage size"),
        ({"AllocatedStorage": 21}, "at least 10 percent"),
        ({"AllocatedStorage": 70_000}, "Invalid storage size for engine name postgres and storage type gp2: 70000"),
        ({"StorageType": "gold"}, "Invalid storage size for engine name postgres and storage type gold: 20"),
        ({"DBInstanceClass": "db.m4.huge"}, "does not support creating .* DBInstanceClass=db.m4.huge, Engine=postgres"),
        ({"DBInstanceClass": "cache.m4.large"}, "does not support creating"),
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


def test_gp3_has_iops_without_asking(database: Database, until: Until) -> None:
    database.modify(StorageType="gp3", AllocatedStorage=240)
    until(lambda: database.describe()["AllocatedStorage"] == 240)
    assert database.describe()["Iops"] == 3_000


def test_nothing_is_modified_or_rebooted_while_it_is_modified(database: Database, until: Until) -> None:
    database.modify(DBInstanceClass="db.m4.large")
    until(lambda: database.status == "modifying")
    with pytest.raises(ClientError, match="not in available state") as refused:
        database.modify(AllocatedStorage=40)
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"
    with pytest.raises(ClientError, match="cannot currently reboot") as refused:
        database.rds.reboot_db_instance(DBInstanceIdentifier=database.name)
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"


def test_a_reboot_is_a_short_outage(database: Database, until: Until) -> None:
    connection = database.connect()
    assert (
        database.rds.reboot_db_instance(DBInstanceIdentifier=database.name)["DBInstance"]["DBInstanceStatus"]
        == "rebooting"
    )
    until(lambda: database.status == "available")
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    database.connect().close()


def test_other_properties_change_without_an_outage(database: Database) -> None:
    database.modify(BackupRetentionPeriod=7)
    now = database.describe()
    assert (now["BackupRetentionPeriod"], now["DBInstanceStatus"]) == (7, "available")


def test_tags(steady: Database) -> None:
    database, rds = steady, steady.rds
    rds.add_tags_to_resource(
        ResourceName=database.arn, Tags=[{"Key": "climate.ingest:original-class", "Value": "db.t2.medium"}]
    )
    assert rds.list_tags_for_resource(ResourceName=database.arn)["TagList"] == database.describe()["TagList"]
    assert database.describe()["TagList"] == [{"Key": "climate.ingest:original-class", "Value": "db.t2.medium"}]
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
        ({"DBInstanceClass": "db.m4.xlarge", "EngineVersion": "16.6"}, "InvalidParameterCombination"),
        ({"Engine": "mysql"}, "InvalidParameterCombination"),
        ({"DBInstanceIdentifier": "dbstaging"}, "DBInstanceAlreadyExists"),
    ],
)
def test_what_cannot_be_created(client: Client, properties: dict[str, Any], code: str) -> None:
    wanted = {
        "DBInstanceIdentifier": "new",
        "DBInstanceClass": "db.t2.medium",
        "Engine": "postgres",
        "EngineVersion": "12.22",
        "AllocatedStorage": 20,
        "MasterUsername": "climate",
        "MasterUserPassword": "a secret",
    }
    with pytest.raises(ClientError) as refused:
        client("rds").create_db_instance(**(wanted | properties))
    assert refused.value.response["Error"]["Code"] == code


def test_what_can_be_ordered(client: Client) -> None:
    rds = client("rds")
    pages = rds.get_paginator("describe_orderable_db_instance_options").paginate(
        Engine="postgres", EngineVersion="12.22", PaginationConfig={"PageSize": 20}
    )
    options = [option for page in pages for option in page["OrderableDBInstanceOptions"]]
    classes = {option["DBInstanceClass"] for option in options}
    assert {
        "db.t2.medium",
        "db.t2.large",
        "db.m4.large",
        "db.m4.xlarge",
        "db.m4.4xlarge",
        "db.m5.large",
        "db.r5.large",
    } <= classes
    assert {option["EngineVersion"] for option in options} == {"12.22"}
    assert len({(option["DBInstanceClass"], option["StorageType"]) for option in options}) == len(options) > 100
    (gp2,) = (it for it in options if (it["DBInstanceClass"], it["StorageType"]) == ("db.m4.xlarge", "gp2"))
    assert (gp2["MinStorageSize"], gp2["MaxStorageSize"], gp2["SupportsIops"]) == (20, 65536, False)
    assert [zone["Name"] for zone in gp2["AvailabilityZones"]][0] == "us-east-1a"


@pytest.mark.parametrize(
    ("requested", "classes"),
    [
        ({"EngineVersion": "12.22", "DBInstanceClass": "db.m4.xlarge"}, {"db.m4.xlarge"}),
        ({"EngineVersion": "16.6", "DBInstanceClass": "db.m4.xlarge"}, set()),
        ({"DBInstanceClass": "db.m4.xlarge", "LicenseModel": "bring-your-own-license"}, set()),
        ({"DBInstanceClass": "db.m4.huge"}, set()),
    ],
)
def test_what_can_be_ordered_is_narrowed(client: Client, requested: dict[str, Any], classes: set[str]) -> None:
    options = client("rds").describe_orderable_db_instance_options(Engine="postgres", **requested)
    assert {option["DBInstanceClass"] for option in options["OrderableDBInstanceOptions"]} == classes


def test_nothing_can_be_ordered_for_another_engine(client: Client) -> None:
    options = client("rds").describe_orderable_db_instance_options(Engine="mysql")
    assert options["OrderableDBInstanceOptions"] == []


def test_valid_modifications_say_how_storage_can_grow(steady: Database) -> None:
    answer = steady.rds.describe_valid_db_instance_modifications(DBInstanceIdentifier=steady.name)
    storage = {it["StorageType"]: it for it in answer["ValidDBInstanceModificationsMessage"]["Storage"]}
    assert storage["gp2"]["StorageSize"] == [{"From": 22, "To": 65536, "Step": 1}]
    assert storage["io1"]["StorageSize"][0]["From"] == 100
    assert storage["io1"]["ProvisionedIops"][0]["From"] == 1000
