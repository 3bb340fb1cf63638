from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.database.resize import OPERATION
from tests.fakes.aws import FakeAws, Refusal

ORIGINAL, AFTER = "climate.ingest:original-class", "climate.ingest:class-after"
GROUP = "climate.ingest:original-parameter-group"


OF = {"DBInstanceIdentifier": "dbstaging"}


class Rds:
    """One instance with RDS's habit: available for a while after a modification was accepted, then modifying."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.lag, self.duration = 20.0, 480.0
        self.modified_at: float | None = None
        self.gives_up = False
        self.restart_applies = False  # whether the restart of a class change brings a parameter group into effect
        self.reboot_takes = 60.0
        self.rebooted_at: float | None = None
        self.groups = {"dbstaging": "postgres9.6", "db-imports": "postgres9.6", "other": "postgres12"}
        self.orderable = {"db.t2.medium": "gp2", "db.m4.xlarge": "gp2"}
        self.state: dict[str, Any] = {
            "DBInstanceIdentifier": "dbstaging",
            "DBInstanceArn": "arn:aws:rds:us-east-1:123456789012:db:dbstaging",
            "DBInstanceClass": "db.t2.medium",
            "AllocatedStorage": 20,
            "StorageType": "gp2",
            "Engine": "postgres",
            "EngineVersion": "9.6.22",
            "LicenseModel": "postgresql-license",
            "DBInstanceStatus": "available",
            "PendingModifiedValues": {},
            "DBParameterGroups": [{"DBParameterGroupName": "dbstaging", "ParameterApplyStatus": "in-sync"}],
            "TagList": [],
        }
        aws.on("DescribeDBInstances", self.describe)
        aws.on("ModifyDBInstance", self.modify)
        aws.on("RebootDBInstance", self.reboot)
        aws.on("DescribeDBParameterGroups", self.describe_groups)
        aws.on("AddTagsToResource", self.tag)
        aws.on("RemoveTagsFromResource", self.untag)
        aws.on("DescribeOrderableDBInstanceOptions", self.options)
        aws.on("DescribeEvents", {"Events": [{"Message": "Unable to modify: no capacity."}]})
        sizes = [{"From": 20, "To": 65536, "Step": 1}]
        storage = [{"StorageType": kind, "StorageSize": sizes} for kind in ("gp2", "gp3", "io1")]
        valid = {"ValidDBInstanceModificationsMessage": {"Storage": storage}}
        aws.on("DescribeValidDBInstanceModifications", valid)

    @property
    def tags(self) -> dict[str, str]:
        return {each["Key"]: each["Value"] for each in self.state["TagList"]}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.modified_at is not None:
            passed = self.aws.now - self.modified_at
            if passed >= self.lag and self.group["ParameterApplyStatus"] == "applying":
                self.group["ParameterApplyStatus"] = "pending-reboot"
            if passed >= self.lag:
                self.state["DBInstanceStatus"] = "modifying"
            if passed >= self.lag + self.duration:
                pending = self.state.pop("PendingModifiedValues")
                if "DBInstanceClass" in pending and self.restart_applies:
                    self.group["ParameterApplyStatus"] = "in-sync"
                if not self.gives_up:
                    self.state.update(pending)
                self.state["PendingModifiedValues"] = {}
                self.state["DBInstanceStatus"] = (
                    "storage-optimization" if "AllocatedStorage" in pending else "available"
                )
                self.modified_at = None
        if self.rebooted_at is not None and self.aws.now - self.rebooted_at >= self.reboot_takes:
            self.state["DBInstanceStatus"], self.rebooted_at = "available", None
            self.group["ParameterApplyStatus"] = "in-sync"
        return {"DBInstances": [dict(self.state)]}

    @property
    def group(self) -> dict[str, str]:
        found: dict[str, str] = self.state["DBParameterGroups"][0]
        return found

    def describe_groups(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [
            {"DBParameterGroupName": name, "DBParameterGroupFamily": family} for name, family in self.groups.items()
        ]
        return {"DBParameterGroups": found}

    def reboot(self, params: dict[str, Any]) -> dict[str, Any]:
        self.state["DBInstanceStatus"], self.rebooted_at = "rebooting", self.aws.now
        return {"DBInstance": dict(self.state)}

    def modify(self, params: dict[str, Any]) -> dict[str, Any]:
        keys = ("DBInstanceClass", "AllocatedStorage")
        self.state["PendingModifiedValues"] = {key: params[key] for key in keys if key in params}
        name = params.get("DBParameterGroupName", self.group["DBParameterGroupName"])
        if name != self.group["DBParameterGroupName"]:
            self.state["DBParameterGroups"] = [{"DBParameterGroupName": name, "ParameterApplyStatus": "applying"}]
        self.modified_at = self.aws.now
        return {"DBInstance": dict(self.state)}

    def tag(self, params: dict[str, Any]) -> dict[str, Any]:
        self.state["TagList"] = self.state["TagList"] + params["Tags"]
        return {}

    def untag(self, params: dict[str, Any]) -> dict[str, Any]:
        self.state["TagList"] = [each for each in self.state["TagList"] if each["Key"] not in params["TagKeys"]]
        return {}

    def options(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [
            {"DBInstanceClass": name, "StorageType": kind}
            for name, kind in self.orderable.items()
            if params.get("DBInstanceClass", name) == name
        ]
        return {"OrderableDBInstanceOptions": found}


def resize(aws: FakeAws, check_mode: bool = False, preview: Preview | None = None, **params: Any) -> Result:
    defaults = {"state": "present", "instance": "dbstaging", "wait": True, "timeout": 7200}
    return OPERATION.run(aws.context(check_mode, preview), defaults | params)


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
