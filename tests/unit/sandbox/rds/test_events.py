"""What RDS reports of an instance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.rds import events
from tests.fakes.sandbox.db_instance import Database, Until

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reported(database: Database, **query: Any) -> list[str]:
    found = database.rds.describe_events(SourceIdentifier=database.name, SourceType="db-instance", **query)["Events"]
    return [
        event["Message"] for event in found if "modification" in event["Message"] or "DB instance" in event["Message"]
    ]


def test_a_change_of_class_and_storage_leaves_events(database: Database, until: Until) -> None:
    database.modify(DBInstanceClass="db.m5.xlarge", AllocatedStorage=240)
    until(lambda: database.status == "storage-optimization")
    expected = [
        events.CLASS_BEGINS,
        events.SHUTDOWN,
        events.RESTARTED,
        events.STORAGE_BEGINS,
        events.CLASS_ENDS,
        events.STORAGE_ENDS,
    ]
    assert sorted(reported(database, Duration=60)) == sorted(expected)
    (event,) = database.rds.describe_events(
        SourceIdentifier=database.name, SourceType="db-instance", EventCategories=["availability"]
    )["Events"][:1]
    assert event["SourceArn"] == database.arn
    assert event["EventCategories"] == ["availability"]
    later = datetime.now(UTC) + HOUR
    assert reported(database, StartTime=later, EndTime=later + HOUR) == []


def test_an_identifier_needs_its_type(client: Callable[..., Any]) -> None:
    with pytest.raises(ClientError, match="Cannot specify source identifier without source type"):
        client("rds").describe_events(SourceIdentifier="dbstaging")


@pytest.mark.parametrize(
    ("start", "end", "minutes", "expected"),
    [
        (None, None, None, (NOW - HOUR, NOW)),
        (None, None, 360, (NOW - 6 * HOUR, NOW)),
        (NOW - 3 * HOUR, None, None, (NOW - 3 * HOUR, NOW)),
        (NOW - 3 * HOUR, NOW - HOUR, None, (NOW - 3 * HOUR, NOW - HOUR)),
        (NOW - timedelta(days=30), None, None, (NOW - timedelta(days=14), NOW)),
    ],
)
def test_the_time_that_is_asked_for(
    start: datetime | None, end: datetime | None, minutes: int | None, expected: tuple[datetime, datetime]
) -> None:
    assert events.window(NOW, start, end, minutes) == expected
