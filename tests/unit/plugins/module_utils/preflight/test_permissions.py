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
    configuration,
    definition,
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
    *(
        account(f"may not call {name}", {name: Refusal(code)}, f"may not call {name}", f"{name} is needed to")
        for name, code in {
            "GetLogEvents": "AccessDeniedException",
            "DescribeTasks": "AccessDeniedException",
            "ListTasks": "AccessDeniedException",
            "ListServices": "AccessDeniedException",
            "DescribeScalingActivities": "AccessDenied",
            "DescribeInstances": "UnauthorizedOperation",
            "DescribeLaunchTemplateVersions": "UnauthorizedOperation",
            "DescribeSpotPriceHistory": "UnauthorizedOperation",
            "DescribeSubnets": "UnauthorizedOperation",
        }.items()
    ),
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


def test_a_simulation_that_depends_on_what_is_not_known_is_no_problem(aws: FakeAws):
    answer = simulation("rds:ModifyDBInstance", MissingContextValues=["aws:ResourceTag/x"])
    assert check(aws, {}, {"SimulatePrincipalPolicy": answer}).warnings == []


def test_a_simulation_as_iam_answered_it_before_is_understood(aws: FakeAws):
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        denied = "arn:aws:rds:us-east-1:123456789012:db:dbstaging"
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": name,
                    "EvalResourceName": arn,
                    "EvalDecision": "implicitDeny" if arn == denied else "allowed",
                }
                for name in params["ActionNames"]
                for arn in params.get("ResourceArns", ["*"])
            ]
        }

    found = problems(aws, {}, {"SimulatePrincipalPolicy": answer})
    assert len(found) == 1 and "rds:ModifyDBInstance on" in found[0] and "ecs:" not in found[0]


def test_who_may_not_ask_iam_is_told_that_nothing_is_known(aws: FakeAws):
    refusal = Refusal("AccessDenied", "User: x is not authorized to perform: iam:SimulatePrincipalPolicy")
    warnings = check(aws, {}, {"SimulatePrincipalPolicy": refusal}).warnings
    assert len(warnings) == 1
    assert "not known: iam:SimulatePrincipalPolicy is denied" in warnings[0]


def test_all_changes_are_asked_about_in_two_requests(aws: FakeAws):
    """The second is of what has no resource."""
    check(aws, {}, {})
    assert [bool(sent.get("ResourceArns")) for sent in aws.sent("SimulatePrincipalPolicy")] == [True, False]


def test_the_roles_of_the_tasks_are_asked_about(aws: FakeAws):
    task = definition()
    task["taskDefinition"]["taskRoleArn"] = "arn:aws:iam::123456789012:role/Task"
    answers = {"DescribeTaskDefinition": task, "SimulatePrincipalPolicy": simulation("iam:PassRole")}
    found = problems(aws, {}, answers)
    assert len(found) == 1 and "iam:PassRole on arn:aws:iam::123456789012:role/Task" in found[0]
    asked = next(sent for sent in aws.sent("SimulatePrincipalPolicy") if sent["ActionNames"] == ["iam:PassRole"])
    known = {each["ContextKeyName"]: each["ContextKeyValues"] for each in asked["ContextEntries"]}
    assert known["iam:PassedToService"] == ["ecs-tasks.amazonaws.com"]


def test_launches_are_tried_with_tags_and_the_role_of_the_instances(aws: FakeAws):
    found = configuration()
    found["LaunchConfigurations"][0]["IamInstanceProfile"] = "Profile"
    check(aws, {}, {"DescribeLaunchConfigurations": found})
    [sent] = aws.sent("RunInstances")
    assert sent["IamInstanceProfile"] == {"Name": "Profile"}
    assert {each["ResourceType"] for each in sent["TagSpecifications"]} == {"instance", "volume"}
    [sent] = aws.sent("CreateLaunchTemplate")
    assert {"Key": "climate.ingest:environment", "Value": "staging"} in sent["TagSpecifications"][0]["Tags"]


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
