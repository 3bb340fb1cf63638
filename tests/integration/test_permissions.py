"""The policy of docs/permissions.md is enough, and what is denied is named.

Other tests have a whole run, its preview and a retry under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.module import validate
from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION
from tests.fakes import documented_policy
from tests.fakes.sound_account import DEFAULTS, SMALL, SPECS
from tests.integration.conftest import Account, Controller

REQUESTED = {
    "ingest_years": "2030,2031",
    "ingest_historical_years": ",".join(str(year) for year in range(1951, 1981)),
    "ingest_canary": "always",
}
# only needed where the file of cities is missing; only where a fleet is to live without a controller
NOT_TRIED = {"s3:ListBucket", "autoscaling:DeleteScheduledAction"}
# without these, others are not tried, or they are not without others
ALONE = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "ec2:CreateTags",
    "ec2:DescribeImages",
    "ecs:DescribeClusters",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeTaskDefinition",
    "ecs:ListContainerInstances",
    "ecs:ListTaskDefinitions",
    "iam:PassRole",
    "iam:SimulatePrincipalPolicy",
    "rds:DescribeDBInstances",
    "rds:DescribeEvents",
    "sqs:GetQueueUrl",
    "ssm:GetParametersByPath",
)
OTHERS = sorted({*documented_policy.actions()} - NOT_TRIED - {*ALONE})
OPTIONS = {
    "ingest_scenario": "A1B",
    "ingest_purge_queue": True,
    "ingest_job_minutes": 1,
    "ingest_snapshot": True,
    "ingest_image": "recommended",
    "ingest_canary": "always",
    "ingest_database_parameter_group": "db-imports",
}


@pytest.fixture(scope="module")
def context(account: Account) -> Context:
    """A context whose clients are made once: that takes longer than a check."""
    clients: dict[str, Any] = {}
    account.client("rds").create_db_parameter_group(
        DBParameterGroupName="db-imports", DBParameterGroupFamily="postgres12", Description="for imports"
    )

    def connect(service: str) -> Any:
        if service not in clients:
            clients[service] = account.client(service)
        return clients[service]

    return Context(connect, validate=validate)


def preflight(context: Context, **more: Any) -> list[str]:
    """Check a run that uses everything there is; give the problems and warnings."""
    params = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
    variables = {**DEFAULTS, **SMALL, **OPTIONS, "ingest_database_class": "db.m5.xlarge", **more}
    try:
        # nothing is remembered of the check before
        return OPERATION.run(replace(context, memo=Memo()), {**params, "variables": variables, "specs": SPECS}).warnings
    except Refused as error:
        return [*error.details["problems"], *error.details.get("preflight_warnings", [])]


def test_preflight_finds_nothing_wrong_with_the_whole_policy(account: Account, context: Context) -> None:
    with account.limited():
        assert preflight(context) == []


@pytest.mark.parametrize("less", [*([each] for each in ALONE), OTHERS], ids=[*ALONE, "all others"])
def test_preflight_names_what_was_taken_away(account: Account, context: Context, less: list[str]) -> None:
    with account.limited(*less):
        found = "\n".join(preflight(context))
    assert [action for action in less if not re.search(rf"{action}\b", found)] == [], found


def test_preflight_names_what_only_an_option_needs(account: Account, context: Context) -> None:
    with account.limited("autoscaling:DeleteScheduledAction"):
        assert preflight(context) == []
        [found] = preflight(context, ingest_unattended_hours=0)
    assert "autoscaling:DeleteScheduledAction on " in found


@pytest.fixture(scope="module")
def denied_midway(account: Account) -> str:
    """A run whose log may not be read any more once it has begun."""
    with account.limited():
        controller = Controller(account, **REQUESTED)
        controller.await_text("jobs done")
        account.control("settings", "PUT", {"policy": documented_policy.without("logs:GetLogEvents")})
        assert controller.end() == 2
    return controller.said


@pytest.fixture(scope="module")
def resumed(account: Account, denied_midway: str) -> Iterator[str]:
    with account.limited():
        run = account.playbook("populate", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    yield run.stdout


def test_a_verification_whose_report_is_denied_calls_nothing_missing(denied_midway: str) -> None:
    said = " ".join(denied_midway.split())
    assert "could not be read: logs:GetLogEvents is denied. Nothing is known to be missing." in said
    assert "not imported" not in said and "retry_failed" not in said


def test_nothing_was_recorded_as_failed(account: Account, denied_midway: str) -> None:
    found = account.client("ssm").get_parameters_by_path(Path="/climate.ingest/staging/failed")["Parameters"]
    assert found == []


def test_what_was_denied_is_done_when_the_run_is_resumed(resumed: str) -> None:
    assert "run staging-1 is complete" in resumed


def test_status_and_teardown_need_no_more(account: Account, resumed: str) -> None:
    with account.limited():
        for playbook in ("status", "teardown"):
            run = account.playbook(playbook)
            assert run.returncode == 0, run.stdout + run.stderr
            # the row of the interruption tells why the run before failed
            assert "denied" not in re.sub(r"\n  resumed .*?(?=\n  \w)", "", run.stdout, flags=re.DOTALL) + run.stderr


def test_a_status_says_what_may_not_be_read(account: Account, resumed: str) -> None:
    with account.limited("ec2:DescribeInstances", "sqs:GetQueueAttributes"):
        run = account.playbook("status")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "ec2:DescribeInstances" in run.stdout and "sqs:GetQueueAttributes" in run.stdout
    assert "0 spot instances running" not in run.stdout
