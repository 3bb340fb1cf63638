"""DB snapshots."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from sandbox.rds.postgres import PostgresServer
from sandbox.server import Sandbox
from tests.fakes.sandbox.db_instance import Database, Until

Client = Callable[..., Any]
TAGS = [{"Key": "climate.ingest:run", "Value": "1"}]


def take(database: Database, name: str, **more: Any) -> dict[str, Any]:
    snapshot = database.rds.create_db_snapshot(
        DBSnapshotIdentifier=name, DBInstanceIdentifier=database.name, Tags=TAGS, **more
    )
    return dict(snapshot["DBSnapshot"])


def look(database: Database, name: str) -> dict[str, Any]:
    return dict(database.rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0])


def delete(database: Database, name: str) -> None:
    database.rds.delete_db_snapshot(DBSnapshotIdentifier=name)


def code(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    return str(refused.value.response["Error"]["Code"])


def restored(account: Sandbox, name: str) -> PostgresServer:
    """Start a server on the copy."""
    folder = account.runtime.scratch_dir / f"snapshot.{name}"
    server = PostgresServer(folder, folder / "log")
    server.start({})
    return server


def test_the_life_of_a_snapshot(database: Database, until: Until) -> None:
    begun = take(database, "before-the-ingest")
    assert (begun["Status"], begun["SnapshotType"], "SnapshotCreateTime" in begun) == ("creating", "manual", False)
    assert database.status == "backing-up"
    database.connect().close()
    until(lambda: 0 < look(database, "before-the-ingest")["PercentProgress"] < 100)
    until(lambda: database.status == "available")
    made = look(database, "Before-The-Ingest")
    assert (made["Status"], made["PercentProgress"], made["TagList"]) == ("available", 100, TAGS)
    assert (made["DBInstanceIdentifier"], made["AllocatedStorage"]) == (database.name, 20)
    events = database.rds.describe_events(SourceIdentifier="before-the-ingest", SourceType="db-snapshot")["Events"]
    assert [each["Message"] for each in events] == ["Creating manual snapshot", "Manual snapshot created"]
    delete(database, "before-the-ingest")
    assert code(database.rds.delete_db_snapshot, DBSnapshotIdentifier="before-the-ingest") == "DBSnapshotNotFound"


def test_it_holds_all_that_was_committed_before_and_is_consistent(
    database: Database, account: Sandbox, until: Until
) -> None:
    """Two tables are written together all the while: a copy from two moments would differ in them."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE one (n int); CREATE TABLE two (n int)")
        stop = threading.Event()

        def write() -> None:
            with database.connect() as other:
                number = 0
                while not stop.is_set():
                    number += 1
                    other.execute(f"WITH x AS (INSERT INTO one VALUES ({number})) INSERT INTO two VALUES ({number})")

        writer = threading.Thread(target=write)
        writer.start()
        until(lambda: connection.execute("SELECT count(*) FROM one").fetchone() > (50,))
        (before,) = connection.execute("SELECT count(*) FROM one").fetchone() or (0,)
        take(database, "busy")
        until(lambda: look(database, "busy")["Status"] == "available")
        stop.set()
        writer.join()
        (after,) = connection.execute("SELECT count(*) FROM one").fetchone() or (0,)
    server = restored(account, "busy")
    try:
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user="climate", password="a secret", dbname="climate"
        ) as copy:
            ones, twos = (copy.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("one", "two"))
            assert ones == twos and before <= (ones or (0,))[0] <= after
    finally:
        server.stop(at_once=True)
    delete(database, "busy")


def test_what_is_refused_and_when(database: Database, until: Until) -> None:
    take(database, "first")
    again = {"DBSnapshotIdentifier": "first", "DBInstanceIdentifier": database.name}
    assert code(database.rds.create_db_snapshot, **again) == "DBSnapshotAlreadyExists"
    other = {"DBSnapshotIdentifier": "second", "DBInstanceIdentifier": database.name}
    assert code(database.rds.create_db_snapshot, **other) == "InvalidDBInstanceState"
    assert code(database.modify, DBInstanceClass="db.m5.large") == "InvalidDBInstanceState"
    reboot = {"DBInstanceIdentifier": database.name}
    assert code(database.rds.reboot_db_instance, **reboot) == "InvalidDBInstanceState"
    assert code(database.rds.delete_db_snapshot, DBSnapshotIdentifier="first") == "InvalidDBSnapshotState"
    until(lambda: database.status == "available")
    database.modify(DBInstanceClass="db.m5.large")
    until(lambda: database.status == "modifying")
    assert code(database.rds.create_db_snapshot, **other) == "InvalidDBInstanceState"
    delete(database, "first")


def test_what_is_not_there_and_names_that_cannot_be(steady: Database) -> None:
    rds = steady.rds
    assert code(rds.describe_db_snapshots, DBSnapshotIdentifier="nonesuch") == "DBSnapshotNotFound"
    missing = {"DBSnapshotIdentifier": "x", "DBInstanceIdentifier": "nonesuch"}
    assert code(rds.create_db_snapshot, **missing) == "DBInstanceNotFound"
    assert rds.describe_db_snapshots(DBInstanceIdentifier=steady.name)["DBSnapshots"] == []
    for name in ("two--hyphens", "ends-", "1st", "a_b"):
        wrong = {"DBSnapshotIdentifier": name, "DBInstanceIdentifier": steady.name}
        assert code(rds.create_db_snapshot, **wrong) == "InvalidParameterValue"


def test_one_that_fails(database: Database, account: Sandbox, until: Until) -> None:
    account.change_settings({"snapshots_fail": True})
    try:
        take(database, "lost")
        until(lambda: look(database, "lost")["Status"] == "failed")
    finally:
        account.change_settings({"snapshots_fail": False})
    until(lambda: database.status == "available")
    delete(database, "lost")


def test_a_deleted_snapshot_takes_no_room(database: Database, account: Sandbox, until: Until) -> None:
    take(database, "gone")
    until(lambda: look(database, "gone")["Status"] == "available")
    folder: Path = account.runtime.scratch_dir / "snapshot.gone"
    assert (folder / "data" / "PG_VERSION").exists()
    delete(database, "gone")
    assert not folder.exists()
