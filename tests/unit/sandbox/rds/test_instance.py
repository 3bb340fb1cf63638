"""A DB instance: a real server, and the life of a change."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.db_instance import Database, Until


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
    modified = database.modify(DBInstanceClass="db.t3.micro")
    # straight after the call nothing seems to happen
    assert modified["DBInstanceStatus"] == "available" and modified["DBInstanceClass"] == "db.t3.medium"
    assert modified["PendingModifiedValues"] == {"DBInstanceClass": "db.t3.micro"}
    connection.execute("SELECT 1")

    states = database.states(until, lambda now: now["DBInstanceClass"] == "db.t3.micro")
    assert states == ["available", "modifying"]
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert database.states(until, lambda now: now["DBInstanceStatus"] == "available") == ["modifying", "available"]
    assert database.describe().get("PendingModifiedValues", {}) == {}
    with database.connect() as again:
        assert again.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert again.execute("SHOW max_connections").fetchone() == ("112",)


def test_the_server_is_away_for_a_part_of_a_class_change(database: Database, until: Until) -> None:
    database.modify(DBInstanceClass="db.m5.xlarge")

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
    pending: dict[str, Any] = {"DBInstanceClass": "db.m5.xlarge", "AllocatedStorage": 240}
    assert database.modify(**pending)["PendingModifiedValues"] == pending
    states = database.states(until, lambda now: now["DBInstanceStatus"] == "storage-optimization")
    assert states == ["available", "modifying", "storage-optimization"]
    now = database.describe()
    assert (now["DBInstanceClass"], now["AllocatedStorage"]) == ("db.m5.xlarge", 240)
    assert now.get("PendingModifiedValues", {}) == {}
    database.connect().close()
    until(lambda: database.status == "available")


def test_a_class_can_change_while_storage_is_optimized(database: Database, until: Until) -> None:
    database.modify(AllocatedStorage=240)
    until(lambda: database.status == "storage-optimization")
    database.refuses(
        "InvalidParameterCombination", "the previous storage change is being optimized", AllocatedStorage=480
    )
    database.modify(DBInstanceClass="db.m5.xlarge")
    until(lambda: database.describe()["DBInstanceClass"] == "db.m5.xlarge")
    until(lambda: database.status == "available")

    def cooled_down() -> bool:
        try:
            database.modify(AllocatedStorage=480)
        except ClientError:
            return False
        return True

    until(cooled_down)


def test_a_second_change_in_the_moment_before_the_first_begins_joins_it(database: Database, until: Until) -> None:
    database.modify(DBInstanceClass="db.m5.large")
    database.modify(DBInstanceClass="db.m5.xlarge")
    states = database.states(until, lambda now: now["DBInstanceClass"] == "db.m5.xlarge")
    assert states == ["available", "modifying"]


def test_gp3_has_iops_without_asking(database: Database, until: Until) -> None:
    database.modify(StorageType="gp3", AllocatedStorage=240)
    until(lambda: database.describe()["AllocatedStorage"] == 240)
    assert database.describe()["Iops"] == 3_000


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
