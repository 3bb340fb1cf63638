"""DB snapshots: a copy of the instance's data each, and RDS's rules for them, in place of moto's."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from moto.rds.exceptions import DBSnapshotAlreadyExistsError, RDSClientError
from moto.rds.models import DBInstance, DBSnapshot, RDSBackend

from sandbox.rds import events
from sandbox.rds.instance import SandboxDBInstance
from sandbox.runtime import Runtime

QUOTA = 100  # manual snapshots a region ("Quotas and constraints for Amazon RDS", user guide)
_MANUAL = "manual"


class SandboxDBSnapshot(DBSnapshot):
    """A manual snapshot; moto's members are how the instance was when it was taken.

    Args:
        folder: where the copy of the data goes: ``data`` in it, such as a PostgreSQL server has.
    """

    def __init__(self, folder: Path, seconds: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = folder
        self.status = "creating"
        self._began, self._takes = time.monotonic(), seconds

    @property
    def percent_progress(self) -> int:
        """Give how much of it is there, in percent; 100 only when it can be used."""
        if self.status == "available":
            return 100
        return min(99, int((time.monotonic() - self._began) * 100 / self._takes)) if self._takes else 0

    @property
    def snapshot_create_time(self) -> datetime | None:
        """Give when it was taken; RDS does not say it before it is there."""
        return self.created.replace(tzinfo=UTC) if self.status == "available" else None

    def finish(self, failed: bool) -> None:
        """End its creation."""
        self.status = "failed" if failed else "available"
        if failed:
            shutil.rmtree(self.folder, ignore_errors=True)


class Snapshots(RDSBackend):
    """The part of the backend that keeps DB snapshots."""

    runtime: ClassVar[Runtime]

    def create_db_snapshot(
        self,
        db_instance_identifier: str,
        db_snapshot_identifier: str,
        snapshot_type: str = _MANUAL,
        tags: list[dict[str, str]] | None = None,
        original_created_at: datetime | None = None,
        kms_key_id: str | None = None,
    ) -> DBSnapshot:
        """Begin a snapshot of an instance, which is ``backing-up`` until it is there.

        Raises:
            RDSClientError: DBInstanceNotFound, DBSnapshotAlreadyExists, InvalidDBInstanceState, SnapshotQuotaExceeded.
        """
        database: DBInstance = self.describe_db_instances(db_instance_identifier)[0]
        assert isinstance(database, SandboxDBInstance)
        if db_snapshot_identifier in self.database_snapshots:
            raise DBSnapshotAlreadyExistsError(db_snapshot_identifier)
        if database.busy:
            raise RDSClientError(
                "InvalidDBInstanceState",
                f"Cannot create a snapshot because the database instance {db_instance_identifier} is not currently in"
                " the available state.",
            )
        if len(self.database_snapshots) >= QUOTA:
            raise RDSClientError("SnapshotQuotaExceeded", f"Cannot create more than {QUOTA} manual snapshots")
        seconds = self.runtime.timing.delay("database_snapshot")
        folder = self.runtime.scratch_dir / f"snapshot.{db_snapshot_identifier.lower()}"
        snapshot = SandboxDBSnapshot(
            folder,
            seconds,
            self,
            database,
            db_snapshot_identifier,
            snapshot_type,
            tags,
            original_created_at,
            kms_key_id,
        )
        self.database_snapshots[db_snapshot_identifier] = snapshot

        def finish() -> None:
            snapshot.finish(failed=self.runtime.settings.snapshots_fail)
            self._report(snapshot, events.SNAPSHOT_FAILED if snapshot.status == "failed" else events.SNAPSHOT_CREATED)

        self._report(snapshot, events.SNAPSHOT_BEGINS)
        database.back_up(folder, seconds, finish)
        return snapshot

    def _report(self, snapshot: SandboxDBSnapshot, message: str) -> None:
        found = events.Event(
            snapshot.db_snapshot_identifier, snapshot.db_snapshot_arn, message, source_type="db-snapshot"
        )
        self.events.append(found)

    def describe_db_snapshots(
        self,
        db_instance_identifier: str | None,
        db_snapshot_identifier: str | None = None,
        snapshot_type: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
    ) -> list[DBSnapshot]:
        """Give those that are asked for.

        Raises:
            RDSClientError: DBSnapshotNotFound.
        """
        if db_snapshot_identifier:
            self._snapshot(db_snapshot_identifier)
        return super().describe_db_snapshots(
            db_instance_identifier, db_snapshot_identifier, snapshot_type, dict(filters or {})
        )

    def delete_db_snapshot(self, db_snapshot_identifier: str) -> DBSnapshot:
        """Delete one, with its data.

        Raises:
            RDSClientError: DBSnapshotNotFound, InvalidDBSnapshotState.
        """
        snapshot = self._snapshot(db_snapshot_identifier)
        if snapshot.status == "creating":
            raise RDSClientError(
                "InvalidDBSnapshotState",
                f"Cannot delete the snapshot because it is currently in the {snapshot.status} state",
            )
        shutil.rmtree(snapshot.folder, ignore_errors=True)
        return super().delete_db_snapshot(db_snapshot_identifier)

    def _snapshot(self, identifier: str) -> SandboxDBSnapshot:
        name = identifier.rpartition(":snapshot:")[2]
        if name not in self.database_snapshots:
            raise RDSClientError("DBSnapshotNotFound", f"DBSnapshot {identifier} not found.")
        snapshot = self.database_snapshots[name]
        assert isinstance(snapshot, SandboxDBSnapshot)
        return snapshot
