"""A snapshot is taken once in a run, waited for, and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    Foreign,
    InvalidInput,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, OPEN
from ansible_collections.climate.ingest.plugins.module_utils.database import snapshot
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from tests.fakes.aws import FakeAws, Lost, Refusal, cut
from tests.fakes.rds import OF, Rds, Snapshots

NAME = "ingest-staging-1-before"
RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop", {}, ["verify"])
TAGS = [
    {"Key": "climate.ingest:environment", "Value": "staging"},
    {"Key": "climate.ingest:run", "Value": "staging-1"},
]


@pytest.fixture
def snapshots(aws: FakeAws, rds: Rds) -> Snapshots:
    return Snapshots(aws, rds)


def context(aws: FakeAws, check_mode: bool = False) -> Context:
    """A context as a step of the run has it."""
    plain = replace(aws.context(check_mode), run_id=RUN.id)
    return replace(plain, step=StepWriter(plain, "staging", "snapshot", RUN, None))


def take(aws: FakeAws, check_mode: bool = False, **params: Any) -> Result:
    defaults = {"environment": "staging", "instance": "dbstaging", "timeout": 3600}
    return snapshot.OPERATION.run(context(aws, check_mode), defaults | params)


def test_it_is_named_after_the_run_tagged_and_waited_for(aws: FakeAws, snapshots: Snapshots) -> None:
    result = take(aws)
    part = {"DBSnapshotIdentifier": NAME, "DBInstanceIdentifier": "dbstaging"}
    assert aws.sent("CreateDBSnapshot") == [{**part, "Tags": TAGS}]
    assert (result.changed, result.before, result.resource) == (True, {}, f"snapshot {NAME}")
    assert result.after == {**part, "Tags": {each["Key"]: each["Value"] for each in TAGS}}
    assert aws.now >= 600
    assert (f"snapshot {NAME}: creating, 0 %", 0.0) in aws.progress.statuses
    assert result.values["message"] == f"snapshot {NAME} of dbstaging is available"


def test_how_to_restore_and_delete_it_is_said(aws: FakeAws, rds: Rds, snapshots: Snapshots) -> None:
    rds.state |= {
        "DBSubnetGroup": {"DBSubnetGroupName": "private"},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}, {"VpcSecurityGroupId": "sg-2"}],
    }
    fact = take(aws).facts["snapshot"]
    step = record.Step(RUN.id, DONE, "", facts={"snapshot": fact})
    kept, restore, delete = snapshot.kept(record.Record(RUN, {"snapshot": step}))
    assert kept.startswith(f"Snapshot {NAME} of dbstaging, from before the run, is kept")
    assert restore.endswith(
        f"aws rds restore-db-instance-from-db-snapshot --db-snapshot-identifier {NAME} --db-instance-identifier"
        " dbstaging-restored --db-subnet-group-name private --db-parameter-group-name dbstaging"
        " --vpc-security-group-ids sg-1 sg-2"
    )
    assert delete == f"Delete it: aws rds delete-db-snapshot --db-snapshot-identifier {NAME}"
    assert snapshot.kept(record.Record(RUN)) == []


def test_one_of_this_run_is_waited_for_and_none_is_taken(aws: FakeAws, snapshots: Snapshots) -> None:
    snapshots.create({"DBSnapshotIdentifier": NAME, "Tags": TAGS})
    result = take(aws)
    assert (result.changed, aws.count("CreateDBSnapshot")) == (False, 0)
    assert result.before == result.after and aws.now >= 600


def test_check_mode_takes_none(aws: FakeAws, snapshots: Snapshots) -> None:
    predicted = take(aws, check_mode=True)
    assert (predicted.changed, aws.changes(), aws.now) == (True, [], 0)
    assert predicted.values["message"] == f"snapshot {NAME} of dbstaging would be taken"
    done = take(aws)
    assert (predicted.before, predicted.after) == (done.before, done.after)
    assert not take(aws, check_mode=True).changed


@pytest.mark.parametrize("answer", [True, False], ids=["the answer", "the call"])
def test_what_was_lost_is_not_taken_twice(aws: FakeAws, snapshots: Snapshots, answer: bool) -> None:
    aws.on("CreateDBSnapshot", Lost(cut(), snapshots.create if answer else None), snapshots.create)
    assert take(aws).changed
    assert list(snapshots.found) == [NAME]
    assert aws.count("CreateDBSnapshot") == (1 if answer else 2)


@pytest.mark.parametrize(
    "other",
    [
        {"TagList": []},
        {"DBInstanceIdentifier": "dbother", "TagList": TAGS},
        {"TagList": TAGS, "SnapshotCreateTime": datetime(2026, 2, 1, tzinfo=UTC)},
    ],
    ids=["no tags", "another instance", "an older run of this number"],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_one_that_is_not_this_runs_is_left_alone(
    aws: FakeAws, snapshots: Snapshots, other: dict[str, Any], check_mode: bool
) -> None:
    snapshots.found[NAME] = {**OF, "DBSnapshotIdentifier": NAME, "Status": "available", **other}
    with pytest.raises(Foreign, match=f"another snapshot {NAME} .*not this run's. Delete it .*ingest_snapshot"):
        take(aws, check_mode)
    assert aws.changes() == []


def test_one_that_fails_is_named_with_what_to_do(aws: FakeAws, snapshots: Snapshots) -> None:
    snapshots.ends = "failed"
    says = f"Snapshot {NAME} of dbstaging is failed. .*delete-db-snapshot --db-snapshot-identifier {NAME}"
    for _ in range(2):  # a run that is resumed finds it, and takes no other
        with pytest.raises(Refused, match=says):
            take(aws)
    assert aws.count("CreateDBSnapshot") == 1


def test_one_that_somebody_deletes_meanwhile(aws: FakeAws, snapshots: Snapshots) -> None:
    aws.on("DescribeDBSnapshots", Refusal("DBSnapshotNotFound"))
    with pytest.raises(Refused, match=f"Snapshot {NAME} is gone"):
        take(aws)


def test_the_wait_has_an_end(aws: FakeAws, snapshots: Snapshots) -> None:
    snapshots.takes = 1e9
    with pytest.raises(DeadlineExceeded, match=f"Gave up waiting for snapshot {NAME}"):
        take(aws)


def test_a_status_in_which_rds_takes_none_is_waited_out(aws: FakeAws, rds: Rds, snapshots: Snapshots) -> None:
    rds.modify({"DBInstanceClass": "db.m4.xlarge"})
    rds.state["DBInstanceStatus"] = "modifying"
    take(aws)
    assert rds.state["DBInstanceStatus"] == "available" and aws.now >= 500 + 600


def test_a_refusal_in_a_status_that_could_be_meant_is_waited_out(aws: FakeAws, rds: Rds, snapshots: Snapshots) -> None:
    rds.state["DBInstanceStatus"] = "storage-optimization"

    def refuse(params: dict[str, Any]) -> Any:
        rds.state["DBInstanceStatus"] = "available"
        raise Refusal("InvalidDBInstanceState")

    aws.on("CreateDBSnapshot", refuse, snapshots.create)
    assert take(aws).changed


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("SnapshotQuotaExceeded", "as many snapshots as it may .*: delete some, have the quota raised, or set"),
        ("InvalidDBInstanceState", "No snapshot of dbstaging can be taken now"),
    ],
)
def test_refusals(aws: FakeAws, snapshots: Snapshots, code: str, says: str) -> None:
    aws.on("CreateDBSnapshot", Refusal(code))
    with pytest.raises(Refused, match=says):
        take(aws)


def test_another_refusal_passes_through(aws: FakeAws, snapshots: Snapshots) -> None:
    aws.on("CreateDBSnapshot", Refusal("KMSKeyNotAccessibleFault"))
    with pytest.raises(Exception, match="KMSKeyNotAccessibleFault"):
        take(aws)


def test_an_instance_of_a_cluster_has_none_of_its_own(aws: FakeAws, rds: Rds, snapshots: Snapshots) -> None:
    rds.state["DBClusterIdentifier"] = "climate"
    with pytest.raises(Refused, match="belongs to the DB cluster climate.*create-db-cluster-snapshot"):
        take(aws)


def test_without_a_run_it_needs_a_name(aws: FakeAws, snapshots: Snapshots) -> None:
    plain = {"environment": None, "instance": "dbstaging", "timeout": 3600}
    with pytest.raises(InvalidInput, match="name is missing"):
        snapshot.OPERATION.run(aws.context(), plain)
    snapshot.OPERATION.run(aws.context(), {**plain, "name": "By-Hand"})
    assert list(snapshots.found) == ["by-hand"]
