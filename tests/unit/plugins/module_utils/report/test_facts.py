"""The facts of a run, from its record and from the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import COMPLETE, DONE, FAILED, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import FailedJob, FailedRecord
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.report import facts
from ansible_collections.climate.ingest.plugins.module_utils.workers import series as drain_series
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.report.account import OPENED, PARAMS, RUN, with_open_run
from tests.fakes.ssm import FakeSsm

ROOT = Path(__file__).parents[5]


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return with_open_run(aws)


def gather(ssm: FakeSsm) -> dict[str, Any]:
    found = facts.gather(ssm.context(), PARAMS)
    assert found is not None
    return found


def writer(ssm: FakeSsm, name: str) -> StepWriter:
    return StepWriter(ssm.context(), "staging", name, RUN, None)


def step(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["steps"] if each["name"] == name)


def test_before_the_first_run_there_are_none(aws: FakeAws) -> None:
    assert facts.gather(FakeSsm(aws).context(), PARAMS) is None


def test_whatever_the_account_says_they_are_printable(ssm: FakeSsm) -> None:
    ssm.parameters["/climate.ingest/staging/run"]["opened_by"] = "alice\x1b]0;title\x07@\u202elaptop"
    assert gather(ssm)["run"]["opened_by"] == "alice@laptop"


def test_it_only_reads(ssm: FakeSsm) -> None:
    before = ssm.aws.changes()
    gather(ssm)
    assert ssm.aws.changes() == before


def test_the_steps_of_the_runs_goals_in_their_order(ssm: FakeSsm) -> None:
    writer(ssm, "prepare").write(DONE, 1)
    found = gather(ssm)
    names = [each["name"] for each in found["steps"]]
    assert names[:3] == ["prepare", "migrate", "scenarios"] and names[-2:] == ["teardown", "summary"]
    assert "generate_historic" not in names
    assert (step(found, "prepare")["state"], step(found, "migrate")["state"]) == ("done", "waiting")
    assert found["next"][:2] == ["migrate", "scenarios"]


def test_what_was_passed_over_is_left_out_and_not_next(ssm: FakeSsm) -> None:
    writer(ssm, "create_jobs").write(DONE, 1)
    found = gather(ssm)
    assert (step(found, "cities")["state"], step(found, "drain")["state"]) == ("left out", "waiting")
    assert "cities" not in found["next"] and "drain" in found["next"]


def test_every_try_of_a_step_and_the_log_of_its_command(ssm: FakeSsm) -> None:
    kept = writer(ssm, "migrate")
    kept.command, kept.log = "migrate", {"group": "g", "stream": "s", "lines": ["OK"]}
    kept.write(STARTED, 1)
    ssm.aws.now = 20
    kept.write(FAILED, 1, "arn", 3, "ended with exit code 3")
    kept.began = ""
    kept.write(STARTED, 2)
    migrate = step(gather(ssm), "migrate")
    first, second = migrate["attempts"]
    assert (first["began"], first["ended"], first["exit_code"]) == (OPENED, "2026-03-01T10:00:20+00:00", 3)
    assert (second["state"], second["ended"]) == ("started", None)
    assert (migrate["command"], migrate["log"]["lines"]) == ("migrate", ["OK"])


@pytest.mark.parametrize(
    ("failed_at", "held", "expected"),
    [
        (None, True, (STARTED, None)),
        (None, False, ("interrupted", None)),
        (OPENED.replace(":00:00", ":00:05"), True, ("interrupted", OPENED.replace(":00:00", ":00:05"))),
        (OPENED.replace("T10", "T09"), True, (STARTED, None)),
        (OPENED.replace("T10", "T09"), False, ("interrupted", None)),
    ],
    ids=["carried out", "no controller", "failed since", "failed before", "failed before, no controller"],
)
def test_what_nobody_carries_out_is_not_told_to_run(
    ssm: FakeSsm, failed_at: str | None, held: bool, expected: tuple[str, str | None]
) -> None:
    writer(ssm, "create_jobs").write(STARTED, 1)
    if not held:
        lock.release(ssm.context(), "staging")
    failure = {"at": failed_at, "task": "Create the jobs", "message": "Interrupted"} if failed_at else {}
    record.write_run(ssm.context(), "staging", replace(RUN, failure=failure))
    jobs = step(gather(ssm), "create_jobs")
    assert (jobs["state"], jobs["attempts"][0]["ended"]) == expected
    assert jobs["attempts"][0]["state"] == jobs["state"]


def test_a_drain_under_way_is_known_by_its_series(ssm: FakeSsm) -> None:
    context = ssm.context()
    series = drain_series.Series(replace(context, step=writer(ssm, "drain")), 10)
    series.add(drain_series.Sample(10, 2, 60, 140, 200))
    series.save()
    found = gather(ssm)
    assert step(found, "drain")["state"] == "started"
    assert [(each["step"], each["left"], each["running"]) for each in found["drains"]] == [("drain", [10], [60])]


def test_what_was_changed_in_the_order_of_time(ssm: FakeSsm) -> None:
    for name, did in (("capacity", [["created", "group g"]]), ("teardown", [["removed", "group g"]])):
        kept = writer(ssm, name)
        kept.did = did
        kept.write(DONE, 1)
        ssm.aws.now += 60
    changes = gather(ssm)["changes"]
    assert [(each["verb"], each["what"]) for each in changes] == [("created", "group g"), ("removed", "group g")]


def test_the_account_as_it_is_and_who_works_on_it(ssm: FakeSsm) -> None:
    found = gather(ssm)
    assert found["queue"] == {"name": "cc-api-staging", "waiting": 7, "in_flight": 2, "delayed": 0}
    assert found["workers"]["running"] == 60
    assert found["database"]["class"] == "db.m4.xlarge"
    assert found["versions"]["application"] == "climate-api:5f2c1de"
    assert "alice@laptop" in found["controller"]["holder"]
    lock.release(ssm.context(), "staging")
    assert gather(ssm)["controller"] is None


def test_what_cannot_be_read_is_named_and_no_error(ssm: FakeSsm) -> None:
    ssm.aws.on("GetQueueUrl", Refusal("QueueDoesNotExist"))
    ssm.aws.on("DescribeDBInstances", Refusal("AccessDenied"))
    found = gather(ssm)
    assert (found["queue"], found["database"]) == (None, None)
    assert "cc-api-staging" in found["unreadable"]["queue"]
    assert set(found["unreadable"]) == {"queue", "database"}


def test_a_fleet_that_may_not_be_described_keeps_the_rest_from_nothing(ssm: FakeSsm) -> None:
    ssm.aws.on("DescribeInstances", Refusal("UnauthorizedOperation"))
    found = gather(ssm)
    assert "fleet" in found["unreadable"] and found["cost"]["fleet"] == []
    assert (found["instances"], found["cost"]["total"]) == (None, None), "none seen is not none there"
    assert found["cost"]["unknown"] == ["what the fleet ran since 2026-03-01 10:00 UTC could not be read"]
    assert found["queue"]["waiting"] == 7


def test_spot_prices_that_may_not_be_read_are_unknown(ssm: FakeSsm) -> None:
    launched = datetime(2026, 3, 1, 10, tzinfo=UTC)
    instance = {
        "InstanceId": "i-1",
        "InstanceType": "m4.2xlarge",
        "LaunchTime": launched,
        "State": {"Name": "running"},
        "Placement": {"AvailabilityZone": "us-east-1a"},
    }
    ssm.aws.on("DescribeInstances", {"Reservations": [{"Instances": [instance]}]})
    ssm.aws.on("DescribeSpotPriceHistory", Refusal("UnauthorizedOperation"))
    ssm.aws.now = 3600
    found = gather(ssm)
    assert (found["cost"]["fleet"][0]["hours"], found["cost"]["total"]) == (1.0, None)
    assert "spot prices" in found["unreadable"] and found["instances"] == {"running": 1, "pending": 0}


def test_the_larger_class_costs_from_when_it_was_asked_for_until_it_is_back(ssm: FakeSsm) -> None:
    kept = writer(ssm, "database")
    kept.facts = {"database_class": ["db.t2.medium", "db.m4.xlarge"]}
    kept.write(DONE, 1)
    ssm.aws.now = 3 * 3600
    kept = writer(ssm, "teardown")
    kept.facts = {"database_class": ["db.m4.xlarge", "db.t2.medium"]}
    kept.write(DONE, 1)
    ssm.aws.now = 9 * 3600
    (part,) = gather(ssm)["cost"]["database"]
    assert (part["class"], part["instead_of"], part["hours"]) == ("db.m4.xlarge", "db.t2.medium", 3.0)


def test_a_closed_run_has_nothing_next(ssm: FakeSsm) -> None:
    record.write_run(ssm.context(), "staging", replace(RUN, state=COMPLETE, closed_at=OPENED))
    found = gather(ssm)
    assert (found["run"]["closed_at"], found["next"]) == (OPENED, [])


def test_the_version_is_that_of_the_collection() -> None:
    assert f"\nversion: {facts.VERSION}\n" in (ROOT / "galaxy.yml").read_text()


GROUP = {"AutoScalingGroupName": "ingest-staging-spot", "MaxSize": 3}
KEPT = {
    "run": "staging-1",
    "group": GROUP["AutoScalingGroupName"],
    "hours": 12,
    "count": 3,
    "moved": OPENED,
    "fired": [],
}


def fleet_at(ssm: FakeSsm, most: int, *due: datetime, **kept: Any) -> dict[str, Any]:
    ssm.parameters["/climate.ingest/staging/unattended"] = KEPT | kept
    ssm.aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": [GROUP | {"MaxSize": most}]})
    actions = {"ScheduledUpdateGroupActions": [{"StartTime": each} for each in due]}
    ssm.aws.on("DescribeScheduledActions", actions)
    ssm.aws.on("DescribeScalingActivities", {"Activities": []})
    return gather(ssm)


def test_until_when_the_fleet_lives_without_a_controller(ssm: FakeSsm) -> None:
    found = fleet_at(ssm, 3, datetime(2026, 3, 1, 22, tzinfo=UTC))
    assert found["unattended"] == {
        "run": "staging-1",
        "group": "ingest-staging-spot",
        "is_up": True,
        "due": "2026-03-01T22:00:00+00:00",
        "fired": [],
        "is_at_zero": False,
    }
    assert found["changes"] == []


def test_a_fleet_the_account_ended_is_a_change_of_the_run_and_its_last_hours_are_unknown(ssm: FakeSsm) -> None:
    ssm.aws.now = 12.5 * 3600
    found = fleet_at(ssm, 0)
    assert found["unattended"]["is_at_zero"] and found["cost"]["unknown"] == []  # EC2 still knows its instances
    (change,) = found["changes"]
    assert (change["at"], change["verb"]) == ("2026-03-01T22:00:00+00:00", "changed")
    assert "set the fleet ingest-staging-spot to 0 instances at 2026-03-01 22:00 UTC" in change["what"]
    ssm.aws.now = 14 * 3600
    cost = fleet_at(ssm, 0)["cost"]
    assert cost["total"] is None
    assert cost["unknown"] == [
        "what the fleet cost from 2026-03-01 10:00 UTC, when no controller watched it, until 2026-03-01 22:00 UTC"
    ]


@pytest.mark.parametrize(
    ("at", "raised", "known"),
    [
        ("2026-03-01T22:00:00+00:00", "2026-03-01T22:20:00+00:00", True),
        ("2026-03-01T22:00:00+00:00", "2026-03-02T08:00:00+00:00", False),
        (None, "2026-03-01T22:20:00+00:00", False),
    ],
)
def test_what_was_raised_again_while_ec2_knew_the_instances_is_counted(
    ssm: FakeSsm, at: str | None, raised: str, known: bool
) -> None:
    ssm.aws.now = 48 * 3600
    due = datetime(2026, 3, 4, tzinfo=UTC)
    found = fleet_at(ssm, 3, due, fired=[{"at": at, "since": OPENED, "raised": raised}])
    assert (found["cost"]["unknown"] == []) is known
    assert [change["at"] for change in found["changes"]] == [at or OPENED]


def test_what_became_of_another_runs_fleet_is_not_this_runs(ssm: FakeSsm) -> None:
    ssm.aws.now = 48 * 3600
    found = fleet_at(ssm, 0, run="staging-0")
    assert found["changes"] == [] and found["cost"]["unknown"] == []


def test_failed_jobs_have_the_fields_of_the_run(ssm: FakeSsm) -> None:
    tiles = replace(RUN, requested={"tiles.tile": "1-3", "ingest_job_key": "tile"}, goals=["tiles_verify"])
    record.write_run(ssm.context(), "staging", tiles)
    failed = FailedRecord(ssm.context(), "staging", RUN.id)
    failed.note(FailedJob("tiles", "tile", each, "OSError", OPENED) for each in (1, 2, 3))
    attempt = {"completed": 0, "requested": 3, "before": 0, "scenario": "tiles"}
    step = record.Step(RUN.id, DONE, OPENED, facts=attempt)
    record.write_step(ssm.context(), "staging", "tiles_verify", step)
    found = gather(ssm)
    assert [(each["values"], each["jobs"]) for each in found["failed_jobs"]] == [({"tile": "1-3"}, 3)]
    assert found["imported"] == [{"dataset": None, "import": "tiles", "requested": 3, "completed": 0, "before": 0}]
