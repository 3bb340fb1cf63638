"""Calls that are refused for want of a permission or of good credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from sandbox.server import Sandbox
from tests.fakes.sandbox.control import control

Client = Callable[..., Any]

# what each protocol has been asked for, and what AWS's error codes are: denied, expired, unknown
CALLS: dict[str, tuple[str, Callable[[Client], Any], str, str, str]] = {
    "ecs": (
        "RunTask",
        lambda client: client("ecs").run_task(taskDefinition="StagingManagement"),
        "AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException",
    ),
    "ssm": (
        "PutParameter",
        lambda client: client("ssm").put_parameter(Name="refused", Value="v", Type="String"),
        "AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException",
    ),
    "logs": (
        "CreateLogGroup",
        lambda client: client("logs").create_log_group(logGroupName="refused"),
        "AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException",
    ),
    "sqs": (
        "CreateQueue",
        lambda client: client("sqs").create_queue(QueueName="refused"),
        "AccessDenied", "ExpiredToken", "InvalidClientTokenId",
    ),
    "rds": (
        "ModifyDBInstance",
        lambda client: client("rds").modify_db_instance(DBInstanceIdentifier="dbstaging"),
        "AccessDenied", "ExpiredToken", "InvalidClientTokenId",
    ),
    "autoscaling": (
        "DeleteAutoScalingGroup",
        lambda client: client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="refused"),
        "AccessDenied", "ExpiredToken", "InvalidClientTokenId",
    ),
    "ec2": (
        "CreateKeyPair",
        lambda client: client("ec2").create_key_pair(KeyName="refused"),
        "UnauthorizedOperation", "RequestExpired", "AuthFailure",
    ),
    "s3": (
        "CreateBucket",
        lambda client: client("s3").create_bucket(Bucket="refused"),
        "AccessDenied", "ExpiredToken", "InvalidAccessKeyId",
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def allowed_again(account: Sandbox) -> Iterator[None]:
    yield
    control(account, "settings", "PUT", {"denied": [], "credentials": None})


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


@pytest.mark.parametrize("service", CALLS)
def test_what_is_denied_says_what_is_missing(account: Sandbox, client: Client, service: str) -> None:
    operation, call, code, _, _ = CALLS[service]
    control(account, "settings", "PUT", {"denied": [f"{service}:{operation}", "sns:Publish"]})
    assert refusal(lambda: call(client))[0] == code
    assert f"{service}:{operation}" in refusal(lambda: call(client))[1]
    recorded = control(account, "calls")["calls"][-1]
    assert (recorded["operation"], recorded["error"], recorded["status"] >= 400) == (operation, code, True)
    control(account, "settings", "PUT", {"denied": [f"{service}:Nothing"]})
    allowed = ""
    try:
        call(client)
    except ClientError as error:
        allowed = error.response["Error"]["Code"]
    assert allowed != code
    assert "Exist" not in allowed and "Duplicate" not in allowed, "it had been done all the same"


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize(("wrong", "column"), [("expired", 3), ("unknown", 4)])
def test_credentials_that_are_no_good(account: Sandbox, client: Client, service: str, wrong: str, column: int) -> None:
    control(account, "settings", "PUT", {"credentials": wrong})
    assert refusal(lambda: CALLS[service][1](client))[0] == CALLS[service][column]
    assert refusal(lambda: client("sts").get_caller_identity())[0] == CALLS["rds"][column]


def test_who_asks_who_he_is_needs_no_permission(account: Sandbox, client: Client) -> None:
    control(account, "settings", "PUT", {"denied": ["sts:GetCallerIdentity"]})
    assert client("sts").get_caller_identity()["Account"]


def test_the_workload_and_the_sandbox_are_not_refused(account: Sandbox, client: Client) -> None:
    control(account, "settings", "PUT", {"denied": ["sqs:ListQueues"], "credentials": "expired"})
    assert client("sqs", account.credentials.task).list_queues()["QueueUrls"]
    assert control(account, "status")["queue"]["name"] == "cc-api-staging"


DRY_RUNS: list[tuple[str, dict[str, Any]]] = [
    ("RunInstances", {"MinCount": 1, "MaxCount": 1, "ImageId": "ami-03cf127a"}),
    ("CreateLaunchTemplate", {"LaunchTemplateName": "dry-run", "LaunchTemplateData": {"InstanceType": "m4.2xlarge"}}),
    ("DeleteLaunchTemplate", {"LaunchTemplateName": "dry-run"}),
    ("CreateTags", {"Resources": ["i-0123456789abcdef0"], "Tags": [{"Key": "k", "Value": "v"}]}),
    ("TerminateInstances", {"InstanceIds": ["i-0123456789abcdef0"]}),
    ("DescribeSpotPriceHistory", {}),
    ("DescribeInstanceTypes", {}),
    ("DescribeSecurityGroups", {}),
    ("DescribeImages", {}),
]


@pytest.mark.parametrize(("operation", "parameters"), DRY_RUNS, ids=[name for name, _ in DRY_RUNS])
def test_a_dry_run_says_whether_it_is_allowed(
    account: Sandbox, client: Client, operation: str, parameters: dict[str, Any]
) -> None:
    ec2 = client("ec2")
    call = getattr(ec2, xform_name(operation))
    assert refusal(lambda: call(DryRun=True, **parameters))[0] == "DryRunOperation"
    assert control(account, "calls")["calls"][-1]["changes"] is False
    control(account, "settings", "PUT", {"denied": [f"ec2:{operation}"]})
    assert refusal(lambda: call(DryRun=True, **parameters))[0] == "UnauthorizedOperation"
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
