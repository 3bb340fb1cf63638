"""The sandbox's own clients."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Clients
from sandbox.server import Sandbox


def test_a_client_is_made_once_and_leaves_no_record(account: Sandbox) -> None:
    clients = Clients(account.endpoint_url, account.credentials.sandbox)
    last = account.recorder.last
    assert clients("sts").get_caller_identity()["Account"] == "123456789012"
    assert clients("sts") is clients("sts")
    assert account.recorder.last == last


def test_a_refusal_is_not_repeated(account: Sandbox) -> None:
    with pytest.raises(ClientError) as refused:
        Clients(account.endpoint_url, account.credentials.sandbox)("ssm").get_parameter(Name="/nothing")
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0
