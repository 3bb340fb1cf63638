"""A walk along AWS's limits: each row of the tables breaks one of them in a request that is otherwise accepted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import seed
from sandbox.server import Sandbox
from tests.unit.sandbox.limits.accepted import ACCEPTED, TEMPLATE
from tests.unit.sandbox.limits.data import DATA
from tests.unit.sandbox.limits.fleet import FLEET, NOT_LAUNCHED
from tests.unit.sandbox.limits.task_definitions import TASK_DEFINITIONS
from tests.unit.sandbox.limits.tasks import TASKS

RAW = Config(parameter_validation=False, retries={"mode": "standard", "total_max_attempts": 1})


@pytest.fixture(scope="module")
def call(account: Sandbox) -> Callable[..., Any]:
    """Make a call that botocore's client does not check, in an account in which all of ACCEPTED was accepted."""
    keys = account.credentials.operator

    @cache
    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=account.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            config=RAW,
        )

    subnets = client("ec2").describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["PrivateSubnet"]}])["Subnets"]
    places = {
        "QUEUE": f"{account.endpoint_url}/123456789012/{seed.QUEUE}",
        "SUBNET": subnets[0]["SubnetId"],
        "DATABASE": f"arn:aws:rds:us-east-1:123456789012:db:{seed.DATABASE}",
    }

    def make(operation: str, members: dict[str, Any]) -> Any:
        service, _, name = operation.partition(".")
        return getattr(client(service), xform_name(name))(**_filled(members, places))

    first = (
        "ec2.CreateLaunchTemplate",
        "ecs.RegisterTaskDefinition",
        "logs.CreateLogGroup",
        "logs.CreateLogStream",
        "ssm.PutParameter",
    )
    for operation in [*first, *(each for each in ACCEPTED if each not in first)]:
        make(operation, ACCEPTED[operation])
    client("autoscaling").delete_auto_scaling_group(AutoScalingGroupName="walk", ForceDelete=True)
    return make


def _filled(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, places) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_filled(each, places) for each in value]
    return places.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize(("operation", "change", "code", "message"), [*TASK_DEFINITIONS, *TASKS, *FLEET, *DATA])
def test_a_broken_limit_is_refused(
    call: Callable[..., Any], operation: str, change: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError) as refused:
        call(operation, {**ACCEPTED[operation], **change})
    error, status = refused.value.response["Error"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert (error["Code"], status < 500) == (code, True), error["Message"]
    assert message in error["Message"]


@pytest.mark.parametrize(("change", "message"), NOT_LAUNCHED)
def test_a_group_is_not_made_of_what_ec2_does_not_launch(
    call: Callable[..., Any], change: dict[str, Any], message: str
) -> None:
    call(
        "ec2.CreateLaunchTemplate", {"LaunchTemplateName": "not-launched", "LaunchTemplateData": {**TEMPLATE, **change}}
    )
    made_of = {"AutoScalingGroupName": "not-launched", "LaunchTemplate": {"LaunchTemplateName": "not-launched"}}
    try:
        with pytest.raises(ClientError, match="You must use a valid fully-formed launch template") as refused:
            call("autoscaling.CreateAutoScalingGroup", {**ACCEPTED["autoscaling.CreateAutoScalingGroup"], **made_of})
        assert refused.value.response["Error"]["Code"] == "ValidationError"
        assert message in refused.value.response["Error"]["Message"]
    finally:
        call("ec2.DeleteLaunchTemplate", {"LaunchTemplateName": "not-launched"})


def test_an_operation_that_the_sandbox_lacks_is_refused_and_not_repeated(call: Callable[..., Any]) -> None:
    """A 500 would be waited out by every patient client."""
    with pytest.raises(ClientError, match="The sandbox has no operation DescribeAdjustmentTypes") as refused:
        call("autoscaling.DescribeAdjustmentTypes", {})
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
