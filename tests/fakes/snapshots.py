"""Snapshots of the instance of a fake RDS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.rds import Rds

OF = {"DBInstanceIdentifier": "dbstaging"}


class Snapshots:
    """Each is created in ``takes`` seconds, in which the instance is backing-up."""

    def __init__(self, aws: FakeAws, rds: Rds) -> None:
        self.aws, self.rds, self.takes = aws, rds, 600.0
        self.ends = "available"
        self.found: dict[str, dict[str, Any]] = {}
        self.began: dict[str, float] = {}
        aws.on("CreateDBSnapshot", self.create)
        aws.on("DescribeDBSnapshots", self.describe)

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["DBSnapshotIdentifier"]
        if name in self.found:
            raise Refusal("DBSnapshotAlreadyExists")
        self.began[name] = self.aws.now
        self.found[name] = {**OF, "DBSnapshotIdentifier": name, "Status": "creating", "TagList": params["Tags"]}
        return {"DBSnapshot": self.found[name]}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["DBSnapshotIdentifier"]
        if name not in self.found:
            raise Refusal("DBSnapshotNotFound", status=404)
        snapshot, passed = self.found[name], self.aws.now - self.began.get(name, -1e9)
        snapshot["PercentProgress"] = min(int(100 * passed / self.takes), 100)
        if passed >= self.takes and snapshot["Status"] == "creating":
            snapshot["Status"] = self.ends
            snapshot["SnapshotCreateTime"] = datetime(2026, 3, 1, 11, tzinfo=UTC)
        return {"DBSnapshots": [dict(snapshot)]}
