"""What a run will cost is said before it begins, once, with what it is computed from and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.cost.estimate import OPERATION, facts, pace
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from ansible_collections.climate.ingest.plugins.module_utils.run.plan import OPERATION as PLAN
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import BEGAN, FakeSsm

NAME = "/climate.ingest/staging/estimate"
EXTRA = 0.365 - 0.073  # of a db.m4.xlarge over a db.t2.medium, USD an hour
PARAMS: dict[str, Any] = {
    **{name: option.get("default") for name, option in OPERATION.argument_spec.items()},
    "environment": "staging",
    "cluster": "ecsStagingCluster",
    "database": "dbstaging",
    "imports": [
        {"name": "projections", "scenario": "RCP85", "models": ["a", "b"], "years": ["2001-2035"]},
        {"name": "historical", "scenario": "historical", "models": ["a"], "years": ["1950-1979"], "averages": True},
    ],
}


class Account:
    """An open run, spot prices of two zones, a type that holds three workers, and a small database."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.ssm = aws, FakeSsm(aws)
        self.prices = {"us-east-1a": 0.1, "us-east-1b": 0.125}
        self.database: dict[str, Any] = {
            "DBInstanceIdentifier": "dbstaging",
            "DBInstanceStatus": "available",
            "DBInstanceClass": "db.t2.medium",
            "AllocatedStorage": 20,
            "Engine": "postgres",
            "MultiAZ": False,
        }
        vcpus = {"DefaultVCpus": 8}
        kinds = [{"InstanceType": "m4.2xlarge", "MemoryInfo": {"SizeInMiB": 32768}, "VCpuInfo": vcpus}]
        aws.on("DescribeSpotPriceHistory", lambda params: {"SpotPriceHistory": self._history()})
        aws.on("DescribeInstanceTypes", {"InstanceTypes": kinds})
        aws.on("DescribeDBInstances", lambda params: {"DBInstances": [self.database]})
        group = {
            "AutoScalingGroupName": "own",
            "MinSize": 0,
            "MaxSize": 2,
            "DesiredCapacity": 1,
            "DefaultCooldown": 300,
        }
        self.group = {**group, "HealthCheckType": "EC2", "CreatedTime": BEGAN, "AvailabilityZones": list(self.prices)}
        aws.on("ListContainerInstances", {"containerInstanceArns": ["arn"]})
        aws.on("DescribeContainerInstances", {"containerInstances": [{"ec2InstanceId": "i-1", "attributes": []}]})
        within = {"InstanceId": "i-1", "AutoScalingGroupName": "own"}
        aws.on("DescribeAutoScalingInstances", {"AutoScalingInstances": [within]})
        aws.on("DescribeAutoScalingGroups", lambda params: {"AutoScalingGroups": [self.group]})
        self.open("staging-1")

    def open(self, run_id: str) -> None:
        run = record.Run(run_id, 1, "key", OPEN, BEGAN.isoformat(), "ann")
        record.write_run(self.ssm.context(), "staging", run)
        self.aws.calls.clear()

    def measured(self, step: str, done: int, worker_minutes: float) -> None:
        self.ssm.parameters[f"/climate.ingest/staging/drains/{step}"] = {
            "run": "staging-0",
            "done": done,
            "worker_minutes": worker_minutes,
        }

    def estimate(self, context: Context | None = None, **params: Any) -> Result:
        context = context or self.ssm.context(holder=None)
        return carry_out(context, {**PARAMS, **params}, OPERATION)

    def _history(self) -> list[dict[str, Any]]:
        about = {"InstanceType": "m4.2xlarge", "ProductDescription": "Linux/UNIX", "Timestamp": BEGAN}
        return [{**about, "AvailabilityZone": zone, "SpotPrice": str(price)} for zone, price in self.prices.items()]


@pytest.fixture
def account(aws: FakeAws) -> Account:
    return Account(aws)


def test_before_the_first_drain_it_is_the_most_it_can_be(account: Account) -> None:
    found = account.estimate().values["estimate"]
    # 60 of 200 workers fit: 70 jobs are two rounds, 30 are one, of an hour each
    assert found == {
        "at": "2026-03-01T10:00:00+00:00",
        "hours": 3.0,
        "fleet_usd_per_hour": [2.0, 2.5],
        "database_usd_per_hour": pytest.approx(EXTRA),
        "usd_low": pytest.approx(3 * (2.0 + EXTRA)),
        "usd_high": pytest.approx(3 * (2.5 + EXTRA)),
        "basis": "at most, from 100 jobs of 60 minutes each (ingest_job_minutes), 60 workers at once",
        "unknown": [],
        "never_more": 8.0,
    }
    assert account.aws.progress.lines == [
        "3h 00m, 6.88 to 8.38 USD: at most, from 100 jobs of 60 minutes each (ingest_job_minutes), 60 workers at once",
        "USD an hour: spot instances 2.00 to 2.50 (never more than 8.00), the larger database 0.29",
    ]


def test_prices_are_asked_for_where_the_cluster_launches(account: Account) -> None:
    account.estimate()
    [requested] = account.aws.sent("DescribeSpotPriceHistory")
    assert requested["Filters"] == [{"Name": "availability-zone", "Values": ["us-east-1a", "us-east-1b"]}]
    account.aws.on("DescribeAutoScalingInstances", {"AutoScalingInstances": []})
    account.open("staging-2")
    account.estimate()
    assert account.aws.sent("DescribeSpotPriceHistory")[0]["Filters"] == []  # nothing to copy from: all zones


def test_what_the_last_drains_measured_is_the_better_basis(account: Account) -> None:
    account.measured("drain", 90, 150.0)
    account.measured("historical_drain", 60, 150.0)
    found = account.estimate().values["estimate"]
    # half a job a worker and minute: 70 jobs of 60 workers, then 30 of as many
    assert found["hours"] == pytest.approx((70 / 0.5 / 60 + 30 / 0.5 / 30) / 60, abs=1e-4)
    assert (
        found["basis"]
        == "from 100 jobs, 60 workers at once, 0.5 jobs per worker and minute as measured in the last drain"
    )


@pytest.mark.parametrize(
    "drains", [[], [{"done": 0, "worker_minutes": 10.0}], [{"done": 5, "worker_minutes": 0.0}], [{}]]
)
def test_a_drain_that_did_nothing_measures_nothing(drains: list[dict[str, Any]]) -> None:
    assert pace(drains) is None


def test_it_is_kept_and_not_made_again_in_the_same_run(account: Account) -> None:
    first = account.estimate()
    assert account.aws.changes() == ["PutParameter"]
    assert account.ssm.parameters[NAME]["run"] == "staging-1"
    account.prices["us-east-1a"] = 0.3
    account.aws.calls.clear()
    again = account.estimate()
    assert {name for name, _ in account.aws.calls} == {"GetParameters"}
    assert (again.values, again.changed) == (first.values, False)
    account.open("staging-2")
    assert account.estimate().values["estimate"]["usd_high"] > first.values["estimate"]["usd_high"]


def test_what_the_canary_measured_replaces_the_guess_and_is_kept(account: Account) -> None:
    account.estimate()
    found = account.estimate(measured_minutes=30.0).values["estimate"]
    assert "0.0333 jobs per worker and minute as measured by the canary" in found["basis"]
    assert account.estimate().values["estimate"] == found


def test_the_facts_are_of_this_run_only(account: Account) -> None:
    account.estimate()
    kept = account.ssm.parameters[NAME]
    shown = facts(kept, "staging-1")
    assert shown and sorted(shown) == sorted(
        ["at", "usd_low", "usd_high", "hours", "fleet_usd_per_hour", "database_usd_per_hour", "basis"]
    )
    assert facts(kept, "staging-2") is None and facts(None, "staging-1") is None


def test_without_an_open_run_it_is_said_and_not_kept(account: Account) -> None:
    account.ssm.parameters.clear()
    assert account.estimate().values["estimate"]["hours"] == 3.0
    assert account.aws.changes() == []


@pytest.mark.parametrize(
    ("params", "jobs"),
    [
        ({"playbook": "future"}, 70),
        ({"playbook": "historical"}, 30),
        ({"tags": ["run_jobs"]}, 70),
        ({"tags": ["historical"]}, 30),
        ({"skip_tags": ["historical"]}, 70),
        ({"drain": "together"}, 100),
        ({"drain": "together", "playbook": "future"}, 70),
    ],
)
def test_only_what_is_going_to_run_counts(account: Account, params: dict[str, Any], jobs: int) -> None:
    assert f"from {jobs} jobs" in account.estimate(**params).values["estimate"]["basis"]


@pytest.mark.parametrize("params", [{"tags": ["migrate"]}, {"tags": ["capacity"]}, {"skip_tags": ["drain"]}])
def test_where_no_worker_runs_nothing_is_asked(account: Account, params: dict[str, Any]) -> None:
    assert "nothing that is billed by the hour" in account.estimate(**params).values["message"]
    assert len(account.aws.calls) <= 1  # the record of the run
    assert account.aws.progress.lines == []


@pytest.mark.parametrize("params", [{"skip_tags": ["database"]}, {"database_class": ""}])
def test_a_database_that_keeps_its_class_costs_nothing_more(account: Account, params: dict[str, Any]) -> None:
    found = account.estimate(**params).values["estimate"]
    assert (found["database_usd_per_hour"], found["usd_low"]) == (0.0, 6.0)
    assert account.aws.count("DescribeDBInstances") == 0
    assert "database" not in account.aws.progress.lines[1]


def test_the_class_that_a_run_remembers_is_the_one_without_it(account: Account) -> None:
    tag = {"Key": "climate.ingest:original-class", "Value": "db.t2.medium"}
    account.database |= {"DBInstanceClass": "db.m4.xlarge", "TagList": [tag]}
    assert account.estimate().values["estimate"]["database_usd_per_hour"] == pytest.approx(EXTRA)


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ({"DBInstanceClass": "db.x9.large"}, "no price is known for db.x9.large in us-east-1"),
        ({"Engine": "mysql"}, "no price is known for db.m4.xlarge (mysql) in us-east-1"),
        ({"MultiAZ": True}, "no price is known for db.m4.xlarge (Multi-AZ) in us-east-1"),
    ],
)
def test_an_unknown_price_of_the_database_is_said(account: Account, database: dict[str, Any], said: str) -> None:
    account.database |= database
    found = account.estimate().values["estimate"]
    assert (found["usd_low"], found["usd_high"], found["database_usd_per_hour"]) == (None, None, None)
    assert found["fleet_usd_per_hour"] == [2.0, 2.5] and said in found["unknown"]
    assert "unknown cost" in account.aws.progress.lines[0] and said in account.aws.progress.lines


def test_an_unknown_spot_price_is_said(account: Account) -> None:
    account.prices.clear()
    found = account.estimate().values["estimate"]
    assert (found["usd_low"], found["fleet_usd_per_hour"], found["hours"]) == (None, None, 3.0)
    assert found["unknown"] == ["no spot price is known for m4.2xlarge in us-east-1"]


@pytest.mark.parametrize(
    ("bid", "an_hour", "never_more"),
    [("0.11", [2.0, 2.2], 2.2), ("1.5x", [2.0, 2.5], None), ("", [2.0, 2.5], 8.0), (None, [2.0, 2.5], 8.0)],
)
def test_a_bid_is_the_most_it_costs(
    account: Account, bid: str | None, an_hour: list[float], never_more: float | None
) -> None:
    found = account.estimate(max_price=bid).values["estimate"]
    assert (found["fleet_usd_per_hour"], found["never_more"]) == (pytest.approx(an_hour), never_more)


def plan(account: Account, **params: Any) -> list[str]:
    """Preview a run whose steps foresaw a fleet of two types' prices and 60 workers; give the plan."""
    context = account.ssm.context(holder=None, check_mode=True)
    assert account.estimate(context, **params).values.get("predicted")
    prices = [
        {"instance_type": "m4.2xlarge", "availability_zone": zone, "price": price}
        for zone, price in account.prices.items()
    ]
    context.preview.predict("plan/fleet/f", {"types": ["m4.2xlarge"], "count": 20, "prices": prices, "max_price": ""})
    context.preview.predict("plan/at_once/w", 60)
    account.aws.calls.clear()
    lines: list[str] = PLAN.run(context, {"queue": None, "database": "dbstaging"}).values["plan"]
    assert account.aws.changes() == []
    return lines


def test_the_plan_reckons_with_what_the_steps_foresaw_and_asks_nothing_more(account: Account) -> None:
    lines = plan(account)
    text = " ".join(" ".join(lines).split())
    assert "estimate 3h 00m, 6.88 to 8.38 USD: at most, from 100 jobs of 60 minutes each" in text
    assert (
        "60 workers at once. USD an hour: spot instances 2.00 to 2.50 (never more than 8.00), the larger database 0.29"
        in text
    )
    assert [line for line in lines if len(line) > 80] == []
    assert [name for name, _ in account.aws.calls] == ["DescribeDBInstances"]


def test_a_preview_says_what_was_said_when_the_run_began(account: Account) -> None:
    account.estimate()
    account.prices["us-east-1a"] = 0.3
    context = account.ssm.context(holder=None, check_mode=True)
    account.estimate(context)
    lines = PLAN.run(context, {"queue": None, "database": None}).values["plan"]
    assert "6.88 to 8.38 USD" in " ".join(lines)


def test_a_plan_without_fleet_and_workers_says_what_it_does_not_know(account: Account) -> None:
    context = account.ssm.context(holder=None, check_mode=True)
    account.estimate(context)
    account.database.clear()
    text = " ".join(" ".join(PLAN.run(context, {"queue": None, "database": None}).values["plan"]).split())
    assert "unknown hours, unknown cost: at most, from 100 jobs" in text
    assert "an unknown number of workers" in text
    assert "these sections raise no fleet" in text
