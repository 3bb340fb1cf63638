"""What RDS reports of an instance, and how long: DescribeEvents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

# "Amazon RDS event categories and event messages", RDS user guide
CLASS_BEGINS = "Applying modification to database instance class"
CLASS_ENDS = "Finished applying modification to DB instance class"
STORAGE_BEGINS = "Applying modification to allocated storage"
STORAGE_ENDS = "Finished applying modification to allocated storage"
SHUTDOWN = "DB instance shutdown"
RESTARTED = "DB instance restarted"
BACKUP_BEGINS = "Backing up DB instance"
BACKUP_ENDS = "Finished DB Instance backup"
SNAPSHOT_BEGINS = "Creating manual snapshot"
SNAPSHOT_CREATED = "Manual snapshot created"
SNAPSHOT_FAILED = "Manual snapshot failed"

KEPT = timedelta(days=14)
_USUAL = timedelta(minutes=60)  # without a time in the request
_CATEGORIES = {
    SHUTDOWN: "availability",
    RESTARTED: "availability",
    BACKUP_BEGINS: "backup",
    BACKUP_ENDS: "backup",
    SNAPSHOT_BEGINS: "creation",
    SNAPSHOT_CREATED: "creation",
    SNAPSHOT_FAILED: "failure",
}


@dataclass(frozen=True)
class Event:
    """An event of a DB instance; the names are those that moto writes answers from."""

    source_identifier: str
    source_arn: str
    message: str
    date: datetime = field(default_factory=lambda: datetime.now(UTC))
    source_type: str = "db-instance"

    @property
    def event_categories(self) -> list[str]:
        """Give its category, as RDS does in a list."""
        return [_CATEGORIES.get(self.message, "configuration change")]


def window(
    now: datetime, start: datetime | None, end: datetime | None, minutes: int | None
) -> tuple[datetime, datetime]:
    """Give the time a request asks for.

    Args:
        start, end, minutes: StartTime, EndTime and Duration of the request.
    """
    until = end or now
    begins = start or until - (timedelta(minutes=minutes) if minutes is not None else _USUAL)
    return max(begins, now - KEPT), until
