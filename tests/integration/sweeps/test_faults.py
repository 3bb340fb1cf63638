"""A run that meets a dozen faults and needs nobody; `make fault-sweep` lets every operation meet every fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.seed import CLASS
from tests.faults.rules import Fault, Rule
from tests.sweep.account import sandbox_up
from tests.sweep.courses import COURSES, Trial, attempt
from tests.sweep.points import end

YEARS = {"A1B": (2006, 2099), "historical": range(1951, 1981)}
LOST = (
    Rule(Fault.RESET_AFTER, "ssm.PutParameter"),  # the lock
    Rule(Fault.RESET_AFTER, "ecs.RegisterTaskDefinition"),
    Rule(Fault.RESET_AFTER, "ecs.RunTask", occurrence=5),  # create_jobs
    Rule(Fault.RESET_AFTER, "ec2.CreateLaunchTemplate"),
    Rule(Fault.RESET_AFTER, "autoscaling.CreateAutoScalingGroup"),
    Rule(Fault.ERROR_AFTER, "autoscaling.PutScheduledUpdateGroupAction"),
    Rule(Fault.RESET_AFTER, "rds.ModifyDBInstance"),
    Rule(Fault.RESET_AFTER, "ecs.CreateService"),
    Rule(Fault.RESET_AFTER, "ecs.DeleteService"),
)

FAILING = (
    Rule(Fault.THROTTLE, "ec2.DescribeInstanceTypes", times=2),
    Rule(Fault.WRAPPED, "ecs.DescribeTasks", occurrence=3, times=2),
    Rule(Fault.ERROR, "logs.GetLogEvents", times=3),
    Rule(Fault.BAD_GATEWAY, "rds.DescribeDBInstances", occurrence=3),
    Rule(Fault.HALF, "ecs.DescribeServices", occurrence=3),
    Rule(Fault.RESET_BEFORE, "ssm.GetParameters", occurrence=6, times=3),
    Rule(Fault.CUT, "sqs.GetQueueAttributes", after="ecs.CreateService"),
)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with sandbox_up(tmp_path_factory.mktemp("sandbox")) as account:
        yield attempt(account, COURSES["populate"], [*LOST, *FAILING], [], outage=6.0)


@pytest.mark.parametrize("rule", [*LOST, *FAILING], ids=lambda rule: f"{rule.operation} {rule.fault}")
def test_a_run_meets_it(trial: Trial, rule: Rule) -> None:
    assert rule not in trial.unmet


def test_the_run_completes(trial: Trial) -> None:
    assert trial.ended.code == 0, f"{end(trial.ended)}\n{trial.ended.output}"


def test_each_job_was_queued_once(trial: Trial) -> None:
    assert trial.state is not None
    assert trial.state.jobs == Counter(
        {(scenario, "HadCM3", str(year)): 1 for scenario, years in YEARS.items() for year in years}
    )


def test_the_data_is_complete(trial: Trial) -> None:
    assert trial.state is not None
    rows: Any = trial.state.tables["climate data"]
    assert Counter(row[2] for row in rows.elements()) == {name: 200 * len(years) for name, years in YEARS.items()}
    assert trial.state.tables["historic averages"].total() == 200


def test_nothing_was_made_twice_and_nothing_is_left(trial: Trial) -> None:
    assert trial.state is not None
    assert trial.made == {
        "ecs.RunTask": 11,
        "ecs.RegisterTaskDefinition": 3,  # the summary's own, whose log could not be read otherwise
        "ecs.CreateService": 2,
        "ec2.CreateLaunchTemplate": 1,
        "autoscaling.CreateAutoScalingGroup": 1,
    }
    assert (trial.state.leftovers, trial.state.database_class, trial.state.run) == ([], CLASS, "complete")
