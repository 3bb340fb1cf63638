from __future__ import annotations

import socket

import boto3
import botocore.exceptions as errors
import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError, Refused
from ansible_collections.climate.ingest.plugins.module_utils.preflight.identity import identify
from tests.fakes.aws import FakeAws, Refusal

IDENTITY = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/operator", "UserId": "A"}


def test_the_caller_and_the_region_are_told(aws: FakeAws):
    aws.on("GetCallerIdentity", IDENTITY)
    found = identify(aws.context(), "123456789012")
    assert found["account"] == "123456789012"
    assert found["arn"].endswith("user/operator")
    assert found["region"] == "us-east-1"


def test_another_account_is_refused(aws: FakeAws):
    aws.on("GetCallerIdentity", IDENTITY)
    with pytest.raises(Refused, match="of account 123456789012; expected_account is 999"):
        identify(aws.context(), "999")


def test_a_port_of_this_machine_without_a_listener_is_noticed_at_once_with_the_hint():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = boto3.client("sts", region_name="us-east-1", endpoint_url=url)
    with pytest.raises(IngestError, match=rf"cannot be reached: nothing answers at {url}.*Start it with make up"):
        identify(Context(lambda service: client), hint="Start it with make up")


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (errors.EndpointConnectionError(endpoint_url="https://sts.us-esat-1.amazonaws.com"), "us-esat-1.*The hint"),
        (errors.ConnectTimeoutError(endpoint_url="https://x"), "cannot be reached.*The hint"),
        (errors.NoCredentialsError(), "No usable AWS credentials.*AWS_PROFILE"),
        (errors.PartialCredentialsError(provider="env", cred_var="key"), "No usable AWS credentials"),
        (errors.SSOTokenLoadError(error_msg="gone"), "login to AWS has expired.*aws sso login"),
        (errors.UnauthorizedSSOTokenError(), "login to AWS has expired"),
        (errors.NoRegionError(), "No usable AWS region.*us-east-1"),
        (errors.DataNotFoundError(data_path="x"), "The call to AWS failed"),
    ],
)
def test_why_there_is_no_answer(raised: Exception, message: str):
    def client(service: str) -> None:
        raise raised

    with pytest.raises(IngestError, match=message):
        identify(Context(client), hint="The hint")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ExpiredToken", "credentials have expired.*Renew"),
        ("InvalidClientTokenId", "does not know these credentials"),
        ("AccessDenied", "AWS refused GetCallerIdentity: AccessDenied"),
    ],
)
def test_why_the_answer_is_no(aws: FakeAws, code: str, message: str):
    aws.on("GetCallerIdentity", Refusal(code))
    with pytest.raises(IngestError, match=message):
        identify(aws.context())
