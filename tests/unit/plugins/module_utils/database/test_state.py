"""Where an instance stands in a change: its status alone proves nothing."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, NotFound, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.database import state
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.rds import ORIGINAL, Rds, resize

TAG = [{"Key": ORIGINAL, "Value": "db.t2.medium"}]
LARGER = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
BIG = {"class": "db.m4.xlarge", "allocated_storage": 240}


def test_an_instance_is_described(aws: FakeAws, rds: Rds) -> None:
    assert state.describe(aws.context(), "dbstaging") == {**rds.state, "DBParameterGroupName": "dbstaging"}


@pytest.mark.parametrize("code", ["DBInstanceNotFound", "DBInstanceNotFoundFault"])
def test_a_missing_instance_is_named(aws: FakeAws, code: str) -> None:
    aws.on("DescribeDBInstances", Refusal(code))
    with pytest.raises(NotFound, match="no RDS instance dbstaging in us-east-1"):
        state.describe_now(aws.context(), "dbstaging")


def test_another_refusal_passes_through(aws: FakeAws) -> None:
    aws.on("DescribeDBInstances", Refusal("AccessDenied"))
    with pytest.raises(ClientError, match="AccessDenied"):
        state.describe_now(aws.context(), "dbstaging")


@pytest.mark.parametrize("remembered", [{}, {ORIGINAL: "db.t2.small"}])
def test_a_preview_sees_the_instance_as_earlier_steps_leave_it(
    aws: FakeAws, rds: Rds, remembered: dict[str, str]
) -> None:
    rds.state |= {"TagList": [*TAG, {"Key": "Project", "Value": "x"}], "PendingModifiedValues": {"EngineVersion": "10"}}
    preview = Preview()
    preview.predict("database/dbstaging", {**LARGER, "tags": remembered})
    found = state.describe(aws.context(check_mode=True, preview=preview), "dbstaging")
    assert {name: found[name] for name in LARGER} == LARGER
    assert found["PendingModifiedValues"] == {}
    assert {each["Key"]: each["Value"] for each in found["TagList"]} == {"Project": "x", **remembered}
    now = state.describe_now(aws.context(check_mode=True, preview=preview), "dbstaging")
    assert now["DBInstanceClass"] == "db.t2.medium"


@pytest.mark.parametrize(
    ("pending", "desired", "expected"),
    [
        ({}, {"DBInstanceClass": "db.t2.medium"}, True),
        ({}, {"DBInstanceClass": "db.t2.medium", "AllocatedStorage": 20}, True),
        ({}, {"DBInstanceClass": "db.t2.medium", "AllocatedStorage": 240}, False),
        ({"DBInstanceClass": "db.m4.xlarge"}, {"DBInstanceClass": "db.t2.medium"}, False),
        ({"EngineVersion": "10"}, {"DBInstanceClass": "db.t2.medium"}, True),
        ({}, {}, True),
    ],
)
def test_a_change_is_reached_when_it_is_there_and_stays(
    rds: Rds, pending: dict[str, Any], desired: dict[str, Any], expected: bool
) -> None:
    assert state.is_reached({**rds.state, "PendingModifiedValues": pending}, desired) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"DBInstanceStatus": "modifying", "PendingModifiedValues": LARGER}, True),
        ({"TagList": TAG, "PendingModifiedValues": LARGER}, True),
        ({"PendingModifiedValues": LARGER}, False),  # left for the maintenance window by somebody
        ({"TagList": TAG}, False),
        ({"TagList": TAG, "PendingModifiedValues": {"DBInstanceClass": "db.m4.xlarge"}}, False),
        ({"TagList": TAG, "PendingModifiedValues": {**LARGER, "DBInstanceClass": "db.r5.large"}}, False),
        ({"TagList": TAG, **LARGER}, False),  # it is done
    ],
)
def test_a_change_is_under_way_when_just_that_was_requested_at_once(
    rds: Rds, changes: dict[str, Any], expected: bool
) -> None:
    assert state.is_underway({**rds.state, **changes}, LARGER) is expected


def test_an_instance_at_rest_needs_no_further_call(aws: FakeAws, rds: Rds) -> None:
    assert state.settle(aws.context(), rds.state, 60) == rds.state
    assert (aws.calls, aws.now) == ([], 0)


def test_a_backup_is_waited_out_before_the_modification(aws: FakeAws, rds: Rds) -> None:
    busy = dict(rds.state, DBInstanceStatus="backing-up")
    aws.on("DescribeDBInstances", {"DBInstances": [busy]}, {"DBInstances": [busy]}, rds.describe)
    assert resize(aws, **BIG).changed
    assert ("database dbstaging: backing-up", None) in aws.progress.statuses


def test_an_earlier_change_of_a_run_is_waited_out(aws: FakeAws, rds: Rds) -> None:
    rds.state |= {"TagList": TAG, "PendingModifiedValues": dict(LARGER)}
    rds.modified_at = 0.0
    found = state.settle(aws.context(), dict(rds.state), 7200)
    assert (found["DBInstanceClass"], found["PendingModifiedValues"]) == ("db.m4.xlarge", {})


def test_a_change_somebody_left_for_the_maintenance_window_is_not_waited_for(aws: FakeAws, rds: Rds) -> None:
    rds.state["PendingModifiedValues"] = dict(LARGER)
    assert state.settle(aws.context(), rds.state, 60) == rds.state


def test_an_instance_that_stays_busy_is_a_deadline(aws: FakeAws, rds: Rds) -> None:
    rds.state["DBInstanceStatus"] = "backing-up"
    with pytest.raises(DeadlineExceeded, match="dbstaging, which is backing-up, to become available after 60"):
        state.settle(aws.context(), rds.state, 60)


@pytest.mark.parametrize("status", ["stopped", "failed", "incompatible-parameters"])
def test_a_state_without_a_way_back_is_refused(aws: FakeAws, rds: Rds, status: str) -> None:
    rds.state["DBInstanceStatus"] = status
    with pytest.raises(Refused, match=f"dbstaging is {status}"):
        resize(aws, **BIG)
    assert aws.changes() == []
    with pytest.raises(Refused, match=f"dbstaging is {status}"):
        state.await_done(aws.context(), "dbstaging", LARGER, 60, [])


def test_the_first_available_after_a_modification_is_not_taken_for_its_end(aws: FakeAws, rds: Rds) -> None:
    rds.modify(LARGER)
    found = state.await_done(aws.context(), "dbstaging", LARGER, 7200, [])
    assert {name: found[name] for name in LARGER} == LARGER
    assert aws.now >= rds.lag + rds.duration
    assert {text for text, _ in aws.progress.statuses} >= {
        "database dbstaging: available",
        "database dbstaging: modifying",
    }


def test_a_change_rds_gives_up_is_reported_with_its_events(aws: FakeAws, rds: Rds) -> None:
    rds.gives_up = True
    with pytest.raises(Refused, match="gave up changing dbstaging to db.m4.xlarge with 240 GB. Unable to modify"):
        resize(aws, **BIG)
    assert aws.sent("DescribeEvents") == [
        {"SourceIdentifier": "dbstaging", "SourceType": "db-instance", "Duration": 60}
    ]


@pytest.mark.parametrize(
    ("desired", "text"),
    [
        (LARGER, "db.m4.xlarge with 240 GB"),
        ({"DBInstanceClass": "db.m4.xlarge"}, "db.m4.xlarge"),
        ({"AllocatedStorage": 240}, "240 GB"),
    ],
)
def test_a_change_that_does_not_end_is_a_deadline(aws: FakeAws, rds: Rds, desired: dict[str, Any], text: str) -> None:
    rds.duration = 1e9
    rds.modify(desired)
    with pytest.raises(DeadlineExceeded, match=f"dbstaging to become {text} after 600"):
        state.await_done(aws.context(), "dbstaging", desired, 600, [])


@pytest.mark.parametrize("status", ["backing-up", "storage-initialization", "storage-config-upgrade"])
def test_a_change_that_ends_in_a_status_in_which_clients_are_served_is_done(
    aws: FakeAws, rds: Rds, status: str
) -> None:
    rds.state |= {**LARGER, "DBInstanceStatus": status}
    warnings: list[str] = []
    assert state.await_done(aws.context(), "dbstaging", LARGER, 60, warnings)["DBInstanceStatus"] == status
    assert (aws.now, warnings) == (0, [])


def test_a_change_that_ends_in_an_unknown_status_is_done_after_a_while_and_said(aws: FakeAws, rds: Rds) -> None:
    rds.state |= {**LARGER, "DBInstanceStatus": "being-polished"}
    warnings: list[str] = []
    state.await_done(aws.context(), "dbstaging", LARGER, 7200, warnings)
    assert aws.now >= state.UNKNOWN_LASTS
    assert "dbstaging is being-polished, a status that this collection does not know" in warnings[0]


def test_an_unknown_status_is_not_the_end_of_a_change(aws: FakeAws, rds: Rds) -> None:
    rds.state["DBInstanceStatus"] = "being-polished"
    with pytest.raises(DeadlineExceeded):
        state.await_done(aws.context(), "dbstaging", LARGER, 1200, [])


@pytest.mark.parametrize("status", ["storage-initialization", "storage-config-upgrade", "being-polished"])
def test_whether_an_instance_can_be_modified_in_these_only_rds_knows(aws: FakeAws, rds: Rds, status: str) -> None:
    rds.state["DBInstanceStatus"] = status
    assert state.settle(aws.context(), rds.state, 60) == rds.state
    assert aws.now == 0
