"""The dead man's switch: armed, moved by a controller that lives, noticed when it has fired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.fleet import unattended
from ansible_collections.climate.ingest.plugins.module_utils.record import lock
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import ALICE, BEGAN, BOB
from tests.fakes.switched_fleet import GROUP, SwitchedFleet

LAST_SIGN = "2026-03-01 10:00 UTC"


@pytest.fixture
def fleet(aws: FakeAws) -> SwitchedFleet:
    return SwitchedFleet(aws)


def keep(fleet: SwitchedFleet, **more: Any) -> None:
    unattended.keep(fleet.context(**more), "staging")


def raise_again(fleet: SwitchedFleet, idle: bool = False, **more: Any) -> bool:
    return unattended.raise_again(fleet.context(**more), "staging", idle)


def test_a_fleet_that_is_raised_ends_in_so_many_hours_and_that_is_said(fleet: SwitchedFleet) -> None:
    params = {"name": GROUP, "environment": "staging", "count": 3, "unattended_hours": 12}
    unattended.begin(fleet.context(), params, None, None)
    assert fleet.due == BEGAN + timedelta(hours=12)
    assert fleet.aws.progress.lines == [
        f"If no controller comes back, the account sets the fleet {GROUP} to 0 instances at 2026-03-01 22:00 UTC"
        " (in 12h 00m)."
    ]
    assert fleet.aws.changes() == ["PutParameter", "PutScheduledUpdateGroupAction"]


def test_without_hours_an_action_there_was_is_taken_off_and_that_nothing_ends_the_fleet_is_said(
    fleet: SwitchedFleet,
) -> None:
    fleet.raised()
    params = {"name": GROUP, "environment": "staging", "count": 3, "unattended_hours": 0}
    for _ in range(2):  # the second time there is none
        unattended.begin(fleet.context(), params, None, None)
        assert fleet.due is None
    assert "Nothing ends the fleet" in fleet.aws.progress.lines[-1]


def test_it_is_moved_once_an_hour_and_not_looked_at_more_often(fleet: SwitchedFleet) -> None:
    fleet.raised()
    for _ in range(10 * 60):
        fleet.pass_hours(1 / 60)
        keep(fleet)
    assert fleet.aws.count("PutScheduledUpdateGroupAction") == 10
    assert len(fleet.calls()) == 3 * 10  # the group, the record, the action
    assert fleet.due == BEGAN + timedelta(hours=22)
    assert fleet.kept["moved"] == fleet.now.isoformat()


def test_one_of_an_hour_is_moved_every_six_minutes(fleet: SwitchedFleet) -> None:
    fleet.raised(hours=1)
    for _ in range(60):
        fleet.pass_hours(1 / 60)
        keep(fleet)
    assert fleet.aws.count("PutScheduledUpdateGroupAction") == 10


def test_a_play_that_did_not_raise_the_fleet_keeps_it_after_one_read(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.memo = Memo()
    keep(fleet)
    keep(fleet)
    assert fleet.calls() == ["GetParameters"]
    fleet.pass_hours(2)
    keep(fleet)
    assert fleet.due == BEGAN + timedelta(hours=14)


def test_an_environment_without_a_fleet_is_looked_at_once_an_hour(fleet: SwitchedFleet) -> None:
    for _ in range(130):
        fleet.pass_hours(1 / 60)
        keep(fleet)
    assert fleet.calls() == ["GetParameters"] * 3


@pytest.mark.parametrize("status", [None, "Delete in progress"])
def test_a_fleet_that_is_gone_is_not_kept(fleet: SwitchedFleet, status: str | None) -> None:
    fleet.raised()
    fleet.group = fleet.group and {**fleet.group, "Status": status} if status else None
    fleet.pass_hours(2)
    keep(fleet)
    keep(fleet)
    assert fleet.calls() == ["DescribeAutoScalingGroups"]


def test_one_that_is_removed_is_forgotten(fleet: SwitchedFleet) -> None:
    unattended.forget(fleet.raised().context(), "staging")
    fleet.pass_hours(0.9)
    keep(fleet)
    assert fleet.calls() == []


def test_one_without_hours_is_left_alone(fleet: SwitchedFleet) -> None:
    fleet.raised(hours=0)
    fleet.pass_hours(20)
    keep(fleet)
    assert fleet.calls() == [] and not raise_again(fleet, idle=True)


@pytest.mark.parametrize("operation", ["DescribeAutoScalingGroups", "PutParameter", "PutScheduledUpdateGroupAction"])
def test_trouble_ends_no_step_and_the_next_heartbeat_tries_again(fleet: SwitchedFleet, operation: str) -> None:
    fleet.raised()
    fleet.pass_hours(2)
    answers = fleet.aws._answers[operation]
    fleet.aws.on(operation, Refusal("InternalFailure"))
    keep(fleet)
    fleet.aws.on(operation, *answers)
    keep(fleet)
    assert fleet.due == BEGAN + timedelta(hours=14)


def test_a_fleet_that_was_ended_is_not_given_an_action_by_a_heartbeat(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.pass_hours(13)
    fleet.fire()
    keep(fleet)
    assert fleet.due is None and fleet.aws.changes() == []


def test_a_controller_that_slept_raises_the_fleet_again_and_says_what_happened(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.pass_hours(12.01)
    fleet.fire()
    fleet.pass_hours(1)
    assert raise_again(fleet)
    assert fleet.group and (fleet.group["MaxSize"], fleet.group["DesiredCapacity"]) == (3, 3)
    assert fleet.due == fleet.now.replace(microsecond=0) + timedelta(hours=12)
    assert fleet.aws.progress.lines == [
        f"The dead man's switch set the fleet {GROUP} to 0 instances at 2026-03-01 22:00 UTC, as no controller had"
        f" moved it since {LAST_SIGN} (ingest_unattended_hours). It is raised again."
    ]
    assert fleet.aws.changes() == ["PutParameter", "PutScheduledUpdateGroupAction", "UpdateAutoScalingGroup"]
    assert fleet.kept["fired"] == [
        {
            "at": "2026-03-01T22:00:36+00:00",
            "since": "2026-03-01T10:00:00+00:00",
            "raised": "2026-03-01T23:00:36+00:00",
        }
    ]
    assert not raise_again(fleet, idle=True)


def test_before_its_time_nothing_is_looked_at_unless_no_worker_runs(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.pass_hours(1)
    fleet.fire()  # by the account's clock
    assert not raise_again(fleet) and fleet.calls() == []
    assert raise_again(fleet, idle=True)


def by_a_person(fleet: SwitchedFleet) -> None:
    assert fleet.group
    fleet.group["MaxSize"] = 0  # the action is still there


def being_deleted(fleet: SwitchedFleet) -> None:
    fleet.fire()
    assert fleet.group
    fleet.group["Status"] = "Delete in progress"


def not_at_zero(fleet: SwitchedFleet) -> None:
    fleet.due = None


@pytest.mark.parametrize("happened", [by_a_person, being_deleted, not_at_zero])
def test_what_the_switch_did_not_do_is_left_alone(
    fleet: SwitchedFleet, happened: Callable[[SwitchedFleet], None]
) -> None:
    fleet.raised()
    fleet.pass_hours(13)
    happened(fleet)
    assert not raise_again(fleet, idle=True) and fleet.aws.changes() == []


def test_a_controller_that_lost_the_environment_raises_nothing(fleet: SwitchedFleet) -> None:
    fleet.raised()
    lock.acquire(fleet.context(holder=ALICE), "staging")
    fleet.pass_hours(13)
    fleet.fire()
    lock.acquire(fleet.context(holder=BOB, memo=Memo()), "staging")
    fleet.aws.calls.clear()
    with pytest.raises(Refused, match="bob@desk"):
        raise_again(fleet, holder=ALICE)
    assert fleet.aws.changes() == []


@pytest.mark.parametrize(("late", "at"), [(0.02, "2026-03-01T22:00:00+00:00"), (-2, None)])
def test_where_no_activity_tells_when_it_was_due_is_said_if_that_is_past(
    fleet: SwitchedFleet, late: float, at: str | None
) -> None:
    fleet.raised()
    fleet.pass_hours(12 + late)
    fleet.fire(instances=0)
    context = fleet.context()
    fired = unattended.look_fired(context, fleet.group, unattended.read(context, "staging"))
    assert fired == {"at": at, "since": BEGAN.isoformat()}
    assert ("a time that is not known" in unattended.fired_sentence(GROUP, fired)) is (at is None)


def test_the_record_of_many_stays_small(fleet: SwitchedFleet) -> None:
    fleet.raised()
    for _ in range(30):
        fleet.pass_hours(13)
        fleet.fire()
        assert raise_again(fleet)
    assert len(fleet.kept["fired"]) == 10


@pytest.mark.parametrize("hours", [-1, 169])
def test_hours_that_make_no_sense_are_refused(hours: int) -> None:
    with pytest.raises(InvalidInput, match=f"unattended_hours is {hours}"):
        unattended.check_hours(hours)


def wait_for(hours: float) -> Operation:
    """An operation that waits, as often as a drain polls."""

    def run(context: Context, params: Any) -> Result:
        for _ in range(round(hours * 240)):
            context.sleep(15)
        return Result()

    return Operation(run, {}, recorded=True)


def test_a_step_that_waits_for_days_keeps_the_fleet(fleet: SwitchedFleet) -> None:
    fleet.raised()
    unattended.attended(wait_for(48)).run(fleet.context(), {"environment": "staging"})
    assert fleet.due and fleet.due >= BEGAN + timedelta(hours=48 + 10.9)
    assert 40 <= fleet.aws.count("PutScheduledUpdateGroupAction") <= 48


def test_a_step_keeps_the_fleet_as_it_begins(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.pass_hours(2)
    unattended.attended(wait_for(0)).run(fleet.context(), {"environment": "staging"})
    assert fleet.due == BEGAN + timedelta(hours=14)


@pytest.mark.parametrize(
    ("operation", "environment", "check_mode"),
    [
        (replace(wait_for(3), recorded=False), "staging", False),  # status, for one, is no sign of a controller
        (wait_for(3), None, False),
        (wait_for(3), "staging", True),
    ],
)
def test_what_is_no_step_or_a_preview_keeps_nothing(
    fleet: SwitchedFleet, operation: Operation, environment: str | None, check_mode: bool
) -> None:
    fleet.raised()
    fleet.pass_hours(2)
    unattended.attended(operation).run(fleet.context(check_mode=check_mode), {"environment": environment})
    assert fleet.calls() == []
