"""A policy that limits the operator's calls, and IAM's simulation of it, as a client meets them."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.runtime import OPERATOR_ARN
from sandbox.server import Sandbox
from tests.fakes.sandbox.control import control

Client = Callable[..., Any]
OURS = [{"Key": "climate.ingest:environment", "Value": "staging"}]
DATABASE = "arn:aws:rds:us-east-1:123456789012:db:dbstaging"


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


@pytest.fixture
def limit(account: Sandbox) -> Iterator[Callable[..., None]]:
    def to(*statements: dict[str, Any]) -> None:
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        control(account, "settings", "PUT", {"policy": policy})

    yield to
    control(account, "settings", "PUT", {"policy": None, "denied": []})


def code(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


def test_without_a_policy_everything_is_allowed(client: Client) -> None:
    assert code(client("kms").list_keys) == "allowed"


def test_only_what_is_allowed_is_done(client: Client, limit: Callable[..., None]) -> None:
    limit(statement("rds:*", DATABASE), statement("logs:*"))
    rds = client("rds")
    assert code(lambda: rds.describe_db_instances(DBInstanceIdentifier="dbstaging")) == "allowed"
    assert code(lambda: rds.describe_db_instances(DBInstanceIdentifier="other")) == "AccessDenied"
    assert code(rds.describe_db_instances) == "AccessDenied", "that is about every instance"
    assert code(client("logs").describe_log_groups) == "allowed"
    assert code(client("ecs").list_clusters) == "AccessDeniedException"
    assert code(client("ec2").describe_instances) == "UnauthorizedOperation"
    assert code(lambda: client("s3").head_object(Bucket="azavea-climate-sandbox", Key="k")) == "403"


def test_tags_that_a_call_sets_and_tags_of_what_is_there_decide(client: Client, limit: Callable[..., None]) -> None:
    limit(
        statement("ec2:CreateLaunchTemplate", StringEquals={"aws:RequestTag/climate.ingest:environment": "staging"}),
        statement("ec2:CreateTags", StringEquals={"ec2:CreateAction": "CreateLaunchTemplate"}),
        statement("ec2:DeleteLaunchTemplate", StringEquals={"aws:ResourceTag/climate.ingest:environment": "staging"}),
    )
    ec2 = client("ec2")

    def make(name: str, tags: list[dict[str, str]]) -> str:
        specification = [{"ResourceType": "launch-template", "Tags": tags}]
        data = {"InstanceType": "m4.2xlarge"}
        return code(
            lambda: ec2.create_launch_template(
                LaunchTemplateName=name, LaunchTemplateData=data, TagSpecifications=specification
            )
        )

    assert make("ours", OURS) == "allowed"
    assert make("theirs", [{"Key": "a", "Value": "b"}]) == "UnauthorizedOperation"
    assert code(lambda: ec2.delete_launch_template(LaunchTemplateName="nobody's")) == "UnauthorizedOperation"
    assert code(lambda: ec2.delete_launch_template(LaunchTemplateName="ours")) == "allowed"


def test_a_deny_beside_a_policy_wins(account: Sandbox, client: Client, limit: Callable[..., None]) -> None:
    limit(statement("*"))
    assert code(client("ecs").list_clusters) == "allowed"
    control(account, "settings", "PUT", {"denied": ["ecs:ListClusters"]})
    assert code(client("ecs").list_clusters) == "AccessDeniedException"


def test_a_policy_that_iam_would_refuse_is_not_set(account: Sandbox) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        control(account, "settings", "PUT", {"policy": {"Statement": [{"Effect": "Allow"}]}})
    assert b"statement 1: it has Action or NotAction" in refused.value.read()
    assert control(account, "settings")["policy"] is None


def test_the_simulation_answers_from_the_policy(client: Client, limit: Callable[..., None]) -> None:
    limit(
        statement("rds:ModifyDBInstance", DATABASE),
        statement("ecs:RunTask", StringEquals={"ecs:cluster": "c"}),
        statement("ecs:StopTask", effect="Deny"),
        statement("iam:SimulatePrincipalPolicy"),
    )
    iam = client("iam")

    def simulate(**more: Any) -> dict[str, Any]:
        actions = ["rds:ModifyDBInstance", "ecs:RunTask", "ecs:StopTask", "ecs:ListTasks"]
        pages = iam.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=OPERATOR_ARN, ActionNames=actions, PaginationConfig={"PageSize": 3}, **more
        )
        return {each["EvalActionName"]: each for page in pages for each in page["EvaluationResults"]}

    found = simulate(ResourceArns=[DATABASE, f"{DATABASE}2"])
    assert [each["EvalDecision"] for each in found.values()] == [
        "implicitDeny", "implicitDeny", "explicitDeny", "implicitDeny"
    ]  # fmt: skip
    parts = found["rds:ModifyDBInstance"]["ResourceSpecificResults"]
    assert [each["EvalResourceDecision"] for each in parts] == ["allowed", "implicitDeny"]
    assert found["ecs:RunTask"]["MissingContextValues"] == []
    assert found["ecs:RunTask"]["ResourceSpecificResults"][0]["MissingContextValues"] == ["ecs:cluster"]
    assert simulate()["ecs:RunTask"]["MissingContextValues"] == ["ecs:cluster"]
    known = [{"ContextKeyName": "ecs:cluster", "ContextKeyValues": ["c"], "ContextKeyType": "string"}]
    assert simulate(ContextEntries=known)["ecs:RunTask"]["EvalDecision"] == "allowed"


def test_the_simulation_is_of_the_operator_who_is_the_caller(client: Client) -> None:
    assert client("sts").get_caller_identity()["Arn"] == OPERATOR_ARN
    other = OPERATOR_ARN.replace("operator", "other")
    simulate = client("iam").simulate_principal_policy
    assert code(lambda: simulate(PolicySourceArn=other, ActionNames=["ecs:RunTask"])) == "NoSuchEntity"
    result = simulate(PolicySourceArn=OPERATOR_ARN, ActionNames=["ecs:RunTask"])["EvaluationResults"][0]
    assert result["EvalDecision"] == "allowed", "nothing limits it"


def test_who_may_not_ask_is_refused(client: Client, limit: Callable[..., None]) -> None:
    limit()
    simulate = client("iam").simulate_principal_policy
    assert code(lambda: simulate(PolicySourceArn=OPERATOR_ARN, ActionNames=["ecs:RunTask"])) == "AccessDenied"
    assert client("sts").get_caller_identity()["Account"], "needs no permission"


def test_the_workload_is_not_limited(account: Sandbox, limit: Callable[..., None]) -> None:
    limit()
    assert account.clients("ecs").list_clusters()["clusterArns"]
    assert control(account, "status")["queue"]["name"] == "cc-api-staging"
