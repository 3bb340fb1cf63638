from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    IngestError,
    InvalidInput,
    NotFound,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.database.resize import OPERATION
from tests.fakes.aws import FakeAws, Refusal, essence

TAG = "climate.ingest:original-class"
BIG = {"class": "db.m4.xlarge", "allocated_storage": 240}
SMALL_BEFORE = {"DBInstanceClass": "db.t2.medium", "AllocatedStorage": 20}


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


@pytest.fixture
def rds(aws: FakeAws) -> Rds:
    return Rds(aws)


def run(aws: FakeAws, check_mode: bool = False, preview: Preview | None = None, **params: Any) -> Result:
    defaults = {"state": "present", "instance": "dbstaging", "wait": True, "timeout": 7200}
    return OPERATION.run(aws.context(check_mode, preview), defaults | params)


def test_class_and_storage_change_and_the_wait_is_not_fooled_by_the_first_available(aws: FakeAws, rds: Rds):
    result = run(aws, **BIG)
    assert result.changed
    assert result.before == SMALL_BEFORE
    assert result.after == {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    assert aws.now >= 500
    assert aws.sent("ModifyDBInstance") == [
        {
            "DBInstanceIdentifier": "dbstaging",
            "ApplyImmediately": True,
            "DBInstanceClass": "db.m4.xlarge",
            "AllocatedStorage": 240,
        }
    ]
    assert aws.changes() == ["AddTagsToResource", "ModifyDBInstance"]
    assert rds.tags == {TAG: "db.t2.medium"}
    assert result.values["status"] == "storage-optimization"
    assert result.values["original_class"] == "db.t2.medium"
    assert any("modifying" in text for text, _ in aws.progress.statuses)


def test_eight_minutes_of_waiting_take_few_calls(aws: FakeAws, rds: Rds):
    run(aws, **BIG)
    assert aws.count("DescribeDBInstances") <= 50


def test_a_second_time_changes_nothing_and_asks_once(aws: FakeAws, rds: Rds):
    run(aws, **BIG)
    aws.calls.clear()
    result = run(aws, **BIG)
    assert not result.changed
    assert [name for name, _ in aws.calls] == ["DescribeDBInstances"]


def test_started_without_waiting_then_waited_for_is_one_modification(aws: FakeAws, rds: Rds):
    started = run(aws, wait=False, **BIG)
    assert started.changed and aws.now == 0
    waited = run(aws, **BIG)
    assert not waited.changed
    assert aws.now >= 500
    assert aws.count("ModifyDBInstance") == 1
    assert waited.values["db_instance_class"] == "db.m4.xlarge"


def test_restored_puts_the_remembered_class_back_and_forgets_it(aws: FakeAws, rds: Rds):
    run(aws, **BIG)
    aws.calls.clear()
    result = run(aws, state="restored")
    assert result.changed
    assert aws.sent("ModifyDBInstance")[0]["DBInstanceClass"] == "db.t2.medium"
    assert "AllocatedStorage" not in aws.sent("ModifyDBInstance")[0]
    assert rds.tags == {}
    assert aws.progress.lines == ["dbstaging: db.t2.medium with 240 GB; the storage stays, as RDS cannot shrink it"]
    assert aws.changes() == ["ModifyDBInstance", "RemoveTagsFromResource"]


def test_restored_without_a_memory_does_nothing(aws: FakeAws, rds: Rds):
    result = run(aws, state="restored")
    assert not result.changed
    assert [name for name, _ in aws.calls] == ["DescribeDBInstances"]


def test_restored_after_a_crash_between_change_and_forgetting_only_forgets(aws: FakeAws, rds: Rds):
    rds.state["TagList"] = [{"Key": TAG, "Value": "db.t2.medium"}]
    result = run(aws, state="restored")
    assert result.changed
    assert aws.changes() == ["RemoveTagsFromResource"]


def test_restored_right_after_a_start_waits_for_that_change_first(aws: FakeAws, rds: Rds):
    run(aws, wait=False, **BIG)
    run(aws, state="restored")
    assert aws.count("ModifyDBInstance") == 2
    assert rds.state["DBInstanceClass"] == "db.t2.medium"
    assert rds.tags == {}


def test_the_memory_is_never_overwritten(aws: FakeAws, rds: Rds):
    rds.state["TagList"] = [{"Key": TAG, "Value": "db.t2.small"}]
    run(aws, **BIG)
    assert rds.tags == {TAG: "db.t2.small"}


def test_restored_without_waiting_keeps_the_memory_until_it_is_done(aws: FakeAws, rds: Rds):
    run(aws, **BIG)
    run(aws, state="restored", wait=False)
    assert rds.tags == {TAG: "db.t2.medium"}
    assert aws.progress.lines == []
    result = run(aws, state="restored")
    assert result.changed
    assert rds.tags == {}
    assert aws.count("ModifyDBInstance") == 2


def test_check_mode_predicts_and_changes_nothing(aws: FakeAws, rds: Rds):
    result = run(aws, check_mode=True, **BIG)
    assert result.changed
    assert result.after == {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    assert aws.changes() == [] and aws.now == 0


def test_check_mode_of_restored_predicts_too(aws: FakeAws, rds: Rds):
    rds.state |= {"DBInstanceClass": "db.m4.xlarge", "TagList": [{"Key": TAG, "Value": "db.t2.medium"}]}
    result = run(aws, check_mode=True, state="restored")
    assert result.changed and result.after["DBInstanceClass"] == "db.t2.medium"
    assert aws.changes() == []


def test_a_preview_of_several_steps_is_what_they_then_do(aws: FakeAws, rds: Rds):
    steps: list[dict[str, Any]] = [
        {"state": "restored"},
        {**BIG, "wait": False},
        BIG,
        {"state": "restored"},
        {"state": "restored"},
        {"class": "db.t2.medium"},
        {"state": "restored"},
        {"class": "db.m4.xlarge"},
    ]
    preview = Preview()
    predicted = [essence(run(aws, check_mode=True, preview=preview, **step)) for step in steps]
    assert aws.changes() == []
    done = [essence(run(aws, **step)) for step in steps]
    assert predicted == done
    assert [changed for changed, _, _ in done] == [False, True, False, True, False, False, False, True]


def test_less_storage_than_there_is_stays_with_a_warning(aws: FakeAws, rds: Rds):
    rds.state["AllocatedStorage"] = 500
    result = run(aws, **BIG)
    assert result.after["AllocatedStorage"] == 500
    assert "AllocatedStorage" not in aws.sent("ModifyDBInstance")[0]
    assert "500 GB, more than the 240 GB asked for" in result.warnings[0]


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        (21, "ask for 20 .as it is. or at least 22"),
        (70000, "can have 20 to 65536 GB"),
        (0, "allocated_storage is 0"),
    ],
)
def test_sizes_rds_does_not_take(aws: FakeAws, rds: Rds, requested: int, message: str):
    with pytest.raises(InvalidInput, match=message):
        run(aws, **{"class": None, "allocated_storage": requested})
    assert aws.changes() == []


def test_a_class_that_cannot_be_ordered_is_refused_with_those_that_can(aws: FakeAws, rds: Rds):
    del rds.orderable["db.m4.xlarge"]
    with pytest.raises(Refused, match=r"db.m4.xlarge cannot be ordered for postgres 9.6.22; there are db.t2.medium\."):
        run(aws, **BIG)
    assert aws.changes() == []


def test_a_class_without_the_storage_type_is_refused(aws: FakeAws, rds: Rds):
    rds.orderable["db.m4.xlarge"] = "io1"
    with pytest.raises(Refused, match="with gp2 storage; with it go io1"):
        run(aws, **BIG)


def test_a_class_that_could_not_be_restored_is_said(aws: FakeAws, rds: Rds):
    del rds.orderable["db.t2.medium"]
    assert "db.t2.medium can no longer be ordered" in run(aws, **BIG).warnings[0]


def test_what_else_is_pending_would_be_applied_along(aws: FakeAws, rds: Rds):
    rds.state["PendingModifiedValues"] = {"EngineVersion": "10.1"}
    with pytest.raises(Refused, match="applied along: EngineVersion=10.1"):
        run(aws, **BIG)
    assert aws.changes() == []


def test_a_change_left_for_the_maintenance_window_is_applied_when_it_is_the_wanted_one(aws: FakeAws, rds: Rds):
    rds.state["PendingModifiedValues"] = {"DBInstanceClass": "db.m4.xlarge"}
    assert run(aws, **{"class": "db.m4.xlarge"}).changed
    assert aws.count("ModifyDBInstance") == 1


def test_storage_in_optimization_is_refused_and_a_class_alone_is_not(aws: FakeAws, rds: Rds):
    rds.state["DBInstanceStatus"] = "storage-optimization"
    with pytest.raises(Refused, match="still being optimized.*class alone can change"):
        run(aws, **BIG)
    assert run(aws, **{"class": "db.m4.xlarge"}).changed


def test_the_cooldown_that_only_rds_knows_is_explained(aws: FakeAws, rds: Rds):
    text = (
        "You can't currently modify the storage of this DB instance because the previous storage change is optimized."
    )
    aws.on("ModifyDBInstance", Refusal("InvalidParameterCombination", text))
    with pytest.raises(Refused, match="cannot change now: RDS says.*leave allocated_storage at 20 GB"):
        run(aws, **BIG)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InsufficientDBInstanceCapacity", "no capacity for db.m4.xlarge"),
        ("InvalidDBInstanceState", "cannot be modified now"),
    ],
)
def test_refusals_of_the_modification(aws: FakeAws, rds: Rds, code: str, message: str):
    aws.on("ModifyDBInstance", Refusal(code))
    with pytest.raises(Refused, match=message):
        run(aws, **BIG)


def test_a_backup_is_waited_out_before_the_modification(aws: FakeAws, rds: Rds):
    busy = dict(rds.state, DBInstanceStatus="backing-up")
    aws.on("DescribeDBInstances", {"DBInstances": [busy]}, {"DBInstances": [busy]}, rds.describe)
    assert run(aws, **BIG).changed


@pytest.mark.parametrize("state", ["stopped", "failed", "incompatible-parameters"])
def test_a_state_without_a_way_back_is_refused(aws: FakeAws, rds: Rds, state: str):
    rds.state["DBInstanceStatus"] = state
    with pytest.raises(Refused, match=f"dbstaging is {state}"):
        run(aws, **BIG)
    assert aws.changes() == []


def test_a_change_rds_gives_up_is_told_with_its_events(aws: FakeAws, rds: Rds):
    rds.gives_up = True
    with pytest.raises(Refused, match="gave up changing dbstaging to db.m4.xlarge with 240 GB. Unable to modify"):
        run(aws, **BIG)


def test_a_change_that_does_not_end_is_a_deadline(aws: FakeAws, rds: Rds):
    rds.duration = 1e9
    with pytest.raises(DeadlineExceeded, match="dbstaging to become db.m4.xlarge with 240 GB after 600"):
        run(aws, timeout=600, **BIG)


def test_a_missing_instance_is_named(aws: FakeAws, rds: Rds):
    aws.on("DescribeDBInstances", Refusal("DBInstanceNotFound"))
    with pytest.raises(NotFound, match="no RDS instance dbstaging in us-east-1"):
        run(aws, **BIG)


@pytest.mark.parametrize(
    ("state", "requested", "iops"),
    [
        ({"StorageType": "gp2"}, 240, None),
        ({"StorageType": "io1", "Iops": 1000}, 240, 1000),
        ({"StorageType": "gp3", "Iops": 3000}, 240, None),
        ({"StorageType": "gp3", "Iops": 3000}, 400, 12000),
        ({"StorageType": "gp3", "Iops": 16000, "AllocatedStorage": 500}, 600, 16000),
        ({"StorageType": "gp3", "Iops": 3000, "Engine": "oracle-ee"}, 240, 12000),
        ({"StorageType": "gp3", "Iops": 3000, "Engine": "sqlserver-ex"}, 240, 3000),
    ],
)
def test_the_iops_that_go_along_with_growth(aws: FakeAws, rds: Rds, state: dict, requested: int, iops: int | None):
    rds.state |= state
    run(aws, **{"class": None, "allocated_storage": requested})
    assert aws.sent("ModifyDBInstance")[0].get("Iops") == iops


def test_a_class_change_alone_sends_no_storage(aws: FakeAws, rds: Rds):
    rds.orderable["db.m4.xlarge"] = "io1"
    rds.state |= {"StorageType": "io1", "Iops": 1000}
    run(aws, **{"class": "db.m4.xlarge"})
    assert set(aws.sent("ModifyDBInstance")[0]) == {"DBInstanceIdentifier", "ApplyImmediately", "DBInstanceClass"}


def test_a_parameter_group_that_waits_for_a_reboot_is_said(aws: FakeAws, rds: Rds):
    group = {"DBParameterGroupName": "tuned", "ParameterApplyStatus": "pending-reboot"}
    rds.state["DBParameterGroups"] = [group]
    assert "tuned of dbstaging is pending-reboot" in run(aws, **BIG).warnings[0]


def test_another_refusal_passes_through(aws: FakeAws, rds: Rds):
    aws.on("ModifyDBInstance", Refusal("KMSKeyNotAccessibleFault"))
    with pytest.raises(Exception, match="KMSKeyNotAccessibleFault") as raised:
        run(aws, **BIG)
    assert not isinstance(raised.value, IngestError)
