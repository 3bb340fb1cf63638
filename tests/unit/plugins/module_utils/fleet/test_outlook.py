"""Until when a fleet lives without a controller, as status, report and the message of a failed run say it."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.fleet import outlook
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.switched_fleet import GROUP, PARAMETER, SwitchedFleet


@pytest.fixture
def fleet(aws: FakeAws) -> SwitchedFleet:
    return SwitchedFleet(aws)


def said(fleet: SwitchedFleet) -> str:
    return outlook.sentence_or_why_not(fleet.context(), "staging")


def test_a_fleet_that_is_up_lives_until_its_action(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.pass_hours(2.5)
    assert said(fleet) == (
        f"If no controller comes back, the account sets the fleet {GROUP} to 0 instances at 2026-03-01 22:00 UTC"
        " (in 9h 30m)."
    )
    assert fleet.aws.changes() == []


def test_what_the_account_has_counts_and_not_the_record(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.due = None  # somebody deleted the action in the console
    assert said(fleet).startswith(f"Nothing ends the fleet {GROUP}")


def test_a_fleet_of_which_nothing_is_kept_is_found_by_its_name(fleet: SwitchedFleet) -> None:
    assert said(fleet).startswith(f"Nothing ends the fleet {GROUP}")


def test_a_fleet_that_was_ended_is_said_to_be_with_what_comes(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.pass_hours(12.5)
    fleet.fire()
    assert said(fleet) == (
        f"The dead man's switch set the fleet {GROUP} to 0 instances at 2026-03-01 22:30 UTC, as no controller had"
        " moved it since 2026-03-01 10:00 UTC (ingest_unattended_hours). The next run raises it again."
    )
    assert len(outlook.read(fleet.context(), "staging").fired) == 1


def test_of_no_fleet_nothing_is_said_but_the_run_remembers(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.ssm.parameters[PARAMETER]["fired"] = [{"at": "2026-03-01T09:00:00+00:00", "since": "x"}]
    fleet.group = None
    assert said(fleet) == ""
    found = outlook.read(fleet.context(), "staging")
    assert (found.run, len(found.fired), found.is_up, found.is_at_zero) == ("staging-1", 1, False, False)


def test_one_that_a_person_set_to_zero_is_not_said_to_be_up(fleet: SwitchedFleet) -> None:
    fleet.raised()
    assert fleet.group
    fleet.group["MaxSize"] = 0
    assert said(fleet) == ""


def test_what_cannot_be_read_is_not_known(fleet: SwitchedFleet) -> None:
    fleet.raised()
    fleet.aws.on("DescribeScheduledActions", Refusal("AccessDenied"))
    assert said(fleet).startswith("Until when a fleet would live without a controller is not known: AWS refused")
