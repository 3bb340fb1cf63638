"""What the credentials may not do, found without doing it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.sound_account import (
    DENIED,
    Case,
    account,
    check,
    one_problem,
    problems,
    simulation,
)

CASES = [
    account("expired", {"GetCallerIdentity": Refusal("ExpiredToken")}, "credentials have expired"),
    account("another account", {}, "expected_account is 999", expected_account="999"),
    account("may not launch", {"RunInstances": DENIED}, "may not call RunInstances", "docs/permissions.md"),
    account("may not make templates", {"CreateLaunchTemplate": DENIED}, "may not call CreateLaunchTemplate"),
    account("may not look", {"DescribeEvents": Refusal("AccessDenied")}, "may not call DescribeEvents"),
    account(
        "may not read scheduled actions",
        {"DescribeScheduledActions": Refusal("AccessDenied")},
        "may not call DescribeScheduledActions",
    ),
    account("may not read logs", {"FilterLogEvents": Refusal("AccessDeniedException")}, "may not call FilterLogEvents"),
    account(
        "may not read the record", {"GetParameters": Refusal("AccessDeniedException")}, "may not call GetParameters"
    ),
    account(
        "may not resize",
        {"SimulatePrincipalPolicy": simulation("rds:ModifyDBInstance")},
        "rds:ModifyDBInstance on arn:aws:rds:us-east-1:123456789012:db:dbstaging",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case):
    one_problem(aws, case)


@pytest.mark.parametrize(
    "answer",
    [Refusal("AccessDenied"), simulation("rds:ModifyDBInstance", MissingContextValues=["aws:ResourceTag/x"])],
    ids=["may not ask", "depends on tags"],
)
def test_a_simulation_that_proves_nothing_is_no_problem(aws: FakeAws, answer: Any):
    assert check(aws, {}, {"SimulatePrincipalPolicy": answer}).warnings == []


@pytest.mark.parametrize(
    ("arn", "requested"),
    [
        ("arn:aws:sts::123456789012:assumed-role/Operator/alice", "arn:aws:iam::123456789012:role/Operator"),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:sts::123456789012:federated-user/alice", None),
    ],
)
def test_whose_policies_are_simulated(aws: FakeAws, arn: str, requested: str | None):
    check(aws, {}, {"GetCallerIdentity": {"Account": "123456789012", "Arn": arn, "UserId": "A"}})
    assert {each["PolicySourceArn"] for each in aws.sent("SimulatePrincipalPolicy")} == ({requested} - {None})


@pytest.mark.parametrize(("hours", "needed"), [(12, "PutScheduledUpdateGroupAction"), (0, "DeleteScheduledAction")])
def test_what_ends_a_fleet_without_a_controller_needs_one_permission(aws: FakeAws, hours: int, needed: str):
    (other,) = {"PutScheduledUpdateGroupAction", "DeleteScheduledAction"} - {needed}
    denied = {"SimulatePrincipalPolicy": simulation(f"autoscaling:{needed}")}
    assert needed in problems(aws, {"ingest_unattended_hours": hours}, denied)[0]
    check(aws, {"ingest_unattended_hours": hours}, {"SimulatePrincipalPolicy": simulation(f"autoscaling:{other}")})


def test_purging_needs_no_permission_where_no_jobs_are_created(aws: FakeAws):
    denied = {"SimulatePrincipalPolicy": simulation("sqs:PurgeQueue")}
    check(aws, {"tags": ["prepare"], "ingest_purge_queue": True}, denied)
    assert "sqs:PurgeQueue" in problems(aws, {"tags": ["create_jobs"], "ingest_purge_queue": True}, denied)[0]
