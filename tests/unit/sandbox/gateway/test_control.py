"""The control address."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.fakes.sandbox.control import control

Client = Callable[..., Any]


def test_the_record_is_read_and_begins_empty(account: Sandbox, client: Client) -> None:
    last = control(account, "calls")["last"]
    client("sts").get_caller_identity()
    client("ssm").put_parameter(Name="p", Value="v", Type="String")
    answer = control(account, f"calls?since={last}")
    made = answer["calls"]
    assert [(it["service"], it["operation"], it["changes"]) for it in made] == [
        ("sts", "GetCallerIdentity", False),
        ("ssm", "PutParameter", True),
    ]
    assert made[1]["parameters"]["Name"] == "p" and "Boto3" in made[1]["user_agent"]
    assert answer["last"] == last + 2
    assert [it["operation"] for it in control(account, f"calls?since={last}&changes=1")["calls"]] == ["PutParameter"]


def test_every_message_there_ever_was(account: Sandbox, client: Client) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="messages")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    entries = [{"Id": str(number), "MessageBody": text} for number, text in enumerate(("two", "one"))]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    sqs.purge_queue(QueueUrl=url)
    assert control(account, "messages") == {
        "messages": [{"queue": "messages", "body": body} for body in ("one", "two", "one")]
    }


def test_stopped_tasks_are_forgotten(account: Sandbox) -> None:
    assert control(account, "forget", "POST") == {"forgotten": 0}


def test_settings_are_changed_while_it_runs(account: Sandbox) -> None:
    assert control(account, "settings") == {
        "launch_configurations": True,
        "retired_classes": False,
        "standing": False,
        "tiles": False,
        "web_service": False,
        "web_service_returns": True,
        "snapshots_fail": False,
        "spot_capacity": None,
        "job_seconds": 0.0,
        "policy": None,
        "denied": [],
        "credentials": None,
        "crash": None,
        "crashed": None,
    }
    try:
        assert control(account, "settings", "PUT", {"spot_capacity": 3})["spot_capacity"] == 3
        assert account.runtime.settings.spot_capacity == 3
    finally:
        control(account, "settings", "PUT", {"spot_capacity": None})


@pytest.mark.parametrize(
    ("path", "method", "body", "status", "message"),
    [
        ("nonesuch", "GET", None, 404, "there are /_sandbox/status"),
        ("settings", "POST", {}, 405, "not allowed"),
        ("settings", "PUT", {"lunch": 1}, 400, "no setting lunch"),
        ("settings", "PUT", [], 400, "JSON object"),
        ("settings", "PUT", {"denied": "ecs:RunTask"}, 400, "a list of service:Operation"),
        ("settings", "PUT", {"denied": ["RunTask"], "spot_capacity": 1}, 400, "a list of service:Operation"),
        ("settings", "PUT", {"credentials": "stolen"}, 400, "null, expired or unknown"),
        ("settings", "PUT", {"crashed": None}, 400, "no setting crashed"),
        ("settings", "PUT", {"crash": 7}, 400, "call, when and process"),
        ("settings", "PUT", {"crash": {"call": 0, "when": "after", "process": 2}}, 400, "a number from 1"),
        ("settings", "PUT", {"crash": {"call": 1, "when": "during", "process": 2}}, 400, "before or after"),
        ("settings", "PUT", {"crash": {"call": 1, "when": "after", "process": 1}}, 400, "a pid from 2"),
        ("calls?since=yesterday", "GET", None, 400, "a call's number"),
        ("interrupt", "POST", {"instance": "i-0123"}, 404, "no instance 'i-0123'"),
    ],
)
def test_what_the_control_address_refuses(
    account: Sandbox, path: str, method: str, body: Any, status: int, message: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        control(account, path, method, body)
    assert refused.value.code == status
    assert message in json.load(refused.value)["error"]


def test_time_passes_for_what_waits_for_it(account: Sandbox, client: Client) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="later")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="job", DelaySeconds=900)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert control(account, "wait", "POST", {"seconds": 901}) == {}
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "job"


@pytest.mark.parametrize("seconds", [-1, "13h", None, True, 1e9])
def test_a_time_that_cannot_pass_is_refused(account: Sandbox, seconds: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        control(account, "wait", "POST", {"seconds": seconds})
    assert refused.value.code == 400 and "it is a number from 0 to" in refused.value.read().decode()
