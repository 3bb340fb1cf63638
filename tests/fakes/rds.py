from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.database.resize import OPERATION
from tests.fakes.aws import FakeAws

ORIGINAL, AFTER = "climate.ingest:original-class", "climate.ingest:class-after"


class Rds:
    """One instance with RDS's habit: available for a while after a modification was accepted, then modifying."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.lag, self.duration = 20.0, 480.0
        self.modified_at: float | None = None
        self.gives_up = False
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
            "TagList": [],
        }
        aws.on("DescribeDBInstances", self.describe)
        aws.on("ModifyDBInstance", self.modify)
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
            if passed >= self.lag:
                self.state["DBInstanceStatus"] = "modifying"
            if passed >= self.lag + self.duration:
                pending = self.state.pop("PendingModifiedValues")
                if not self.gives_up:
                    self.state.update(pending)
                self.state["PendingModifiedValues"] = {}
                self.state["DBInstanceStatus"] = (
                    "storage-optimization" if "AllocatedStorage" in pending else "available"
                )
                self.modified_at = None
        return {"DBInstances": [dict(self.state)]}

    def modify(self, params: dict[str, Any]) -> dict[str, Any]:
        keys = ("DBInstanceClass", "AllocatedStorage")
        self.state["PendingModifiedValues"] = {key: params[key] for key in keys if key in params}
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
