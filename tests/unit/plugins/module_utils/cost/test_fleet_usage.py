"""What the fleet ran is counted once, whenever anybody looks, and fits a parameter however long the run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run
from ansible_collections.climate.ingest.plugins.module_utils.cost.fleet_usage import LARGEST, Usage, observe
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import BEGAN, FakeSsm

NAME = "/climate.ingest/staging/fleet"
RUN = Run("staging-1", 1, "key", OPEN, BEGAN.isoformat(), "ann")
KIND = "m4.2xlarge us-east-1a"


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def instance(launched: float, state: str = "running", reason: str = "", **more: str) -> dict[str, Any]:
    """An instance of DescribeInstances, launched that many seconds after the run was opened."""
    about = {"type": "m4.2xlarge", "zone": "us-east-1a", **more}
    return {
        "InstanceId": "i-1",
        "InstanceType": about["type"],
        "LaunchTime": at(launched),
        "Placement": {"AvailabilityZone": about["zone"]},
        "State": {"Name": state},
        "StateTransitionReason": reason,
    }


def ended(seconds: float, who: str = "User") -> str:
    return f"{who} initiated ({at(seconds):%Y-%m-%d %H:%M:%S} GMT)"


class Account:
    """A fleet, looked at while time passes."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.ssm = aws, FakeSsm(aws)
        self.instances: list[dict[str, Any]] = []
        aws.on("DescribeInstances", lambda params: {"Reservations": [{"Instances": self.instances}]})

    def look(self, seconds: float, run: Run = RUN, check_mode: bool = False, write: bool = True) -> Usage:
        self.aws.now = seconds
        return observe(self.ssm.context(check_mode=check_mode), "staging", run, write)

    def seconds(self, kind: str = KIND) -> int:
        return sum(self.ssm.parameters[NAME]["kinds"][kind])


@pytest.fixture
def account(aws: FakeAws) -> Account:
    return Account(aws)


def test_what_runs_is_counted_from_its_launch_and_once(account: Account) -> None:
    account.instances = [instance(10), instance(20, zone="us-east-1b")]
    usage = account.look(60)
    assert {kind: sum(seconds) for kind, seconds in usage.kinds.items()} == {KIND: 50, "m4.2xlarge us-east-1b": 40}
    assert usage.kinds[KIND][9:12] == [0, 1, 1]
    account.look(60)
    account.look(60.9)
    assert account.seconds() == 50
    account.look(61)
    assert account.seconds() == 51


def test_a_look_costs_three_calls_and_asks_for_the_environment_only(account: Account) -> None:
    account.instances = [instance(0)]
    account.look(60)
    assert [name for name, _ in account.aws.calls] == ["GetParameters", "DescribeInstances", "PutParameter"]
    [requested] = account.aws.sent("DescribeInstances")
    assert requested["Filters"] == [{"Name": "tag:climate.ingest:environment", "Values": ["staging"]}]


@pytest.mark.parametrize("who", ["User", "Service"])
@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
def test_one_that_ended_is_counted_up_to_its_end_and_once(account: Account, who: str, state: str) -> None:
    account.instances = [instance(10)]
    account.look(60)
    account.instances = [instance(10, state, ended(100, who))]
    for seconds in (120, 180):
        account.look(seconds)
        assert account.seconds() == 90


def test_one_that_came_and_ended_unobserved_is_counted(account: Account) -> None:
    account.instances = [instance(100, "terminated", ended(130, "Service"))]
    account.look(3600)
    assert account.seconds() == 30


@pytest.mark.parametrize("reason", ["", "Server.SpotInstanceTermination", "User initiated (soon)"])
def test_one_whose_end_nobody_tells_is_counted_as_far_as_it_was_seen(account: Account, reason: str) -> None:
    account.instances = [instance(10)]
    account.look(60)
    account.instances = [instance(10, "terminated", reason)]
    for seconds in (120, 180):
        account.look(seconds)
        assert account.seconds() == 50


def test_hours_without_a_controller_are_counted(account: Account) -> None:
    account.instances = [instance(10)]
    account.look(60)
    account.look(7 * 3600)
    assert account.seconds() == 7 * 3600 - 10


def test_another_run_begins_anew_when_it_was_opened(account: Account) -> None:
    account.instances = [instance(10)]
    account.look(60)
    second = Run("staging-2", 2, "key", OPEN, at(100).isoformat(), "ann")
    usage = account.look(160, second)
    assert (usage.run, usage.start) == ("staging-2", at(100))
    assert account.ssm.parameters[NAME]["run"] == "staging-2" and account.seconds() == 60


def test_without_a_fleet_nothing_is_written(account: Account) -> None:
    assert account.look(60).kinds == {}
    account.instances = [instance(10, "terminated", ended(50))]
    account.look(120)
    account.look(180)
    assert account.aws.count("PutParameter") == 1


@pytest.mark.parametrize(("check_mode", "write"), [(True, True), (False, False)])
def test_who_only_looks_writes_nothing(account: Account, check_mode: bool, write: bool) -> None:
    account.instances = [instance(10)]
    assert sum(account.look(60, check_mode=check_mode, write=write).kinds[KIND]) == 50
    assert account.aws.count("PutParameter") == 0


def test_a_clock_that_is_late_counts_nothing_twice(account: Account) -> None:
    account.instances = [instance(10)]
    account.look(60)
    account.look(50)
    account.look(60)
    assert account.seconds() == 50


def test_a_run_of_weeks_fits_a_parameter(account: Account) -> None:
    kinds = [("m4.2xlarge", "us-east-1a"), ("m5.2xlarge", "us-east-1b"), ("r5.xlarge", "us-east-1c")]
    account.instances = [instance(7, type=kind, zone=zone) for kind, zone in kinds for _ in range(50)]
    for hour in range(0, 24 * 21, 4):  # FakeSsm refuses a parameter of more than 4 KB
        account.look(3600.0 * (hour + 4))
    assert account.seconds() == 50 * (24 * 21 * 3600 - 7)
    assert account.ssm.parameters[NAME]["width"] > 3600


def test_more_kinds_than_fit_lose_their_zone_and_no_second(account: Account) -> None:
    account.instances = [instance(0, type=f"m{n}.2xlarge", zone=f"us-east-1{z}") for n in range(40) for z in "abcdef"]
    account.look(100)
    assert len(account.ssm.parameters[NAME]["kinds"]) == 40
    assert account.seconds("m7.2xlarge any") == 600


# begin and end of an instance, in seconds, and which kind it is
SPANS = st.lists(st.tuples(st.integers(0, 900_000), st.integers(0, 900_000), st.sampled_from("abc")), max_size=40)


@given(SPANS)
def test_no_second_is_lost_or_invented_when_buckets_become_one(spans: list[tuple[int, int, str]]) -> None:
    usage = Usage("r", BEGAN, at(900_000))
    expected = dict.fromkeys("abc", 0)
    for begin, end, zone in spans:
        usage.add(f"m4.2xlarge us-east-1{zone}", at(begin), at(end))
        expected[zone] += max(0, end - begin)
    usage.fit()
    counted = {kind[-1]: sum(seconds) for kind, seconds in usage.kinds.items()}
    assert counted == {zone: seconds for zone, seconds in expected.items() if seconds}
    assert len(json.dumps(usage.document())) <= LARGEST
    # each second is where it belongs: no bucket holds more than ran in its span
    for kind in usage.kinds:
        for index, seconds in enumerate(usage.seconds(kind)):
            begin, end = usage.span(index)
            ran = sum(_shared(at(one), at(other), begin, end) for one, other, zone in spans if zone == kind[-1])
            assert seconds == ran


def _shared(begin: datetime, end: datetime, after: datetime, before: datetime) -> int:
    return max(0, int((min(end, before) - max(begin, after)).total_seconds()))


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=30), st.integers(0, 3000))
def test_it_does_not_matter_when_anybody_looks(pauses: list[int], launched: int) -> None:
    moment, usage = 0, Usage("r", BEGAN, BEGAN)
    for pause in pauses:
        usage.add(KIND, max(at(launched), usage.until), at(moment + pause))
        moment += pause
        usage.until = at(moment)
        usage.fit()
    assert sum(usage.kinds.get(KIND, [])) == max(0, moment - launched)


def test_times_are_kept_as_utc() -> None:
    assert Usage("r", BEGAN, BEGAN).document()["start"] == datetime(2026, 3, 1, 10, tzinfo=UTC).isoformat()
