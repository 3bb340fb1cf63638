"""The proxy, as a real client sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from tests.faults.proxy import Proxy
from tests.faults.rules import Fault, Rule, Script
from tests.unit.faults.conftest import Behind

Client = Callable[..., Any]
ARNS = b'{"clusterArns": ["arn:aws:ecs:us-east-1:123456789012:cluster/one"]}'


def met(proxy: Proxy) -> list[tuple[str, Fault | None]]:
    return [(exchange.call.name, exchange.fault) for exchange in proxy.exchanges()]


def test_requests_are_forwarded_as_they_came(proxy: Proxy, behind: Behind, client: Client) -> None:
    sqs = client("sqs")
    answer = sqs.list_queues(QueueNamePrefix="ä / +")
    [request] = behind.requests
    assert request["HTTP_HOST"] == f"127.0.0.1:{proxy.port}", "which the signature covers"
    assert request["HTTP_AUTHORIZATION"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert request["HTTP_X_AMZ_TARGET"] == "AmazonSQS.ListQueues"
    assert request["body"] == b'{"QueueNamePrefix": "\\u00e4 / +"}'
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-id-2"] == "behind"
    assert met(proxy) == [("sqs.ListQueues", None)]


def test_an_object_goes_through_in_both_directions(proxy: Proxy, behind: Behind, client: Client) -> None:
    content = bytes(range(256)) * 4096
    client("s3").put_object(Bucket="b", Key="a key/ä", Body=content)
    assert content in behind.requests[-1]["body"] and behind.requests[-1]["RAW_URI"] == "/b/a%20key/%C3%A4"
    behind.answer = content
    assert client("s3").get_object(Bucket="b", Key="k")["Body"].read() == content
    assert client("s3").head_object(Bucket="b", Key="k")["ContentLength"] == len(content)
    assert [name for name, _ in met(proxy)] == ["s3.PutObject", "s3.GetObject", "s3.HeadObject"]


def test_it_knows_what_changes_something(proxy: Proxy, client: Client) -> None:
    client("ecs").list_clusters()
    client("ecs").delete_service(service="s")
    for dry in (False, True):
        client("ec2").delete_launch_template(LaunchTemplateName="one", DryRun=dry)
    assert [(exchange.call.name, exchange.call.changes) for exchange in proxy.exchanges()] == [
        ("ecs.ListClusters", False),
        ("ecs.DeleteService", True),
        ("ec2.DeleteLaunchTemplate", True),
        ("ec2.DeleteLaunchTemplate (dry run)", False),
    ]


def test_connections_are_kept(proxy: Proxy, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[object] = []
    serve = proxy._serve
    monkeypatch.setattr(proxy, "_serve", lambda *about: (served.append(about), serve(*about)))
    ecs = client("ecs")
    for _ in range(3):
        ecs.list_clusters()
    assert len(served) == 1


@pytest.mark.parametrize(
    ("service", "call", "fault", "status", "code"),
    [
        ("ec2", "describe_instances", Fault.THROTTLE, 503, "RequestLimitExceeded"),
        ("ecs", "list_clusters", Fault.THROTTLE, 400, "ThrottlingException"),
        ("ssm", "describe_parameters", Fault.THROTTLE, 400, "ThrottlingException"),
        ("logs", "describe_log_groups", Fault.THROTTLE, 400, "ThrottlingException"),
        ("sqs", "list_queues", Fault.THROTTLE, 403, "RequestThrottled"),
        ("rds", "describe_db_instances", Fault.THROTTLE, 400, "Throttling"),
        ("autoscaling", "describe_auto_scaling_groups", Fault.THROTTLE, 400, "Throttling"),
        ("s3", "list_buckets", Fault.THROTTLE, 503, "SlowDown"),
        ("ecs", "list_clusters", Fault.WRAPPED, 400, "InvalidParameterException"),
        ("rds", "describe_db_instances", Fault.WRAPPED, 400, "ValidationError"),
        ("ecs", "list_clusters", Fault.TOO_MANY, 429, "TooManyRequestsException"),
        ("rds", "describe_db_instances", Fault.SLOW_DOWN, 503, "SlowDown"),
        ("ssm", "describe_parameters", Fault.SLOW_DOWN, 503, "SlowDown"),
        ("s3", "list_buckets", Fault.TIMEOUT, 400, "RequestTimeout"),
        ("logs", "describe_log_groups", Fault.TIMEOUT, 408, "RequestTimeoutException"),
        ("ecs", "list_clusters", Fault.ERROR, 500, "ServerException"),
        ("ssm", "describe_parameters", Fault.ERROR, 500, "InternalServerError"),
        ("ec2", "describe_instances", Fault.ERROR, 500, "InternalError"),
        ("sqs", "list_queues", Fault.ERROR, 500, "InternalFailure"),
        ("ec2", "describe_instances", Fault.UNAVAILABLE, 503, "Unavailable"),
        ("autoscaling", "describe_auto_scaling_groups", Fault.UNAVAILABLE, 503, "ServiceUnavailable"),
        ("ec2", "describe_instances", Fault.BAD_GATEWAY, 502, "502"),
        ("rds", "describe_db_instances", Fault.BAD_GATEWAY, 502, "502"),
    ],
)
def test_errors_are_spelled_as_the_service_does(
    proxy: Proxy, behind: Behind, client: Client, service: str, call: str, fault: Fault, status: int, code: str
) -> None:
    proxy.plan = Script([Rule(fault)])
    caller = client(service)
    with pytest.raises(exceptions.ClientError) as failed:
        getattr(caller, call)()
    answer = failed.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (status, code)
    assert behind.requests == []
    getattr(caller, call)()
    assert [fault for _, fault in met(proxy)] == [fault, None]


def test_a_head_request_has_no_body_to_fail_with(proxy: Proxy, client: Client) -> None:
    proxy.plan = Script([Rule(Fault.ERROR)])
    s3 = client("s3")
    with pytest.raises(exceptions.ClientError, match="500"):
        s3.head_bucket(Bucket="b")
    s3.head_bucket(Bucket="b")


@pytest.mark.parametrize(("fault", "performed"), [(Fault.WEB_PAGE, 0), (Fault.HALF, 1)])
def test_what_is_no_answer_though_it_says_200(
    proxy: Proxy, behind: Behind, client: Client, fault: Fault, performed: int
) -> None:
    """botocore makes an empty answer of it where the protocol is JSON, and an error where it is XML."""
    behind.answer = ARNS
    proxy.plan = Script([Rule(fault, times=2)])
    assert "clusterArns" not in client("ecs").list_clusters()
    behind.answer = b"<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>"
    if fault is Fault.HALF:
        with pytest.raises(ResponseParserError):
            client("ec2").describe_instances()
    else:
        assert "Reservations" not in client("ec2").describe_instances()
    assert len(behind.requests) == 2 * performed


@pytest.mark.parametrize("used_before", [False, True], ids=["a fresh connection", "a connection used before"])
@pytest.mark.parametrize(("fault", "performed"), [(Fault.RESET_BEFORE, 0), (Fault.RESET_AFTER, 1)])
def test_a_connection_that_ends(
    proxy: Proxy, behind: Behind, client: Client, fault: Fault, performed: int, used_before: bool
) -> None:
    behind.answer = ARNS
    ecs = client("ecs")
    if used_before:
        ecs.list_clusters()
        behind.requests.clear()
    proxy.plan = Script([Rule(fault)])
    with pytest.raises(exceptions.HTTPClientError):
        ecs.list_clusters()
    assert len(behind.requests) == performed
    assert ecs.list_clusters()["clusterArns"] != []


def test_an_error_though_the_call_was_performed(proxy: Proxy, behind: Behind, client: Client) -> None:
    proxy.plan = Script([Rule(Fault.ERROR_AFTER)])
    with pytest.raises(exceptions.ClientError, match="ServerException"):
        client("ecs").list_clusters()
    assert len(behind.requests) == 1


def test_a_late_answer(proxy: Proxy, behind: Behind, client: Client) -> None:
    proxy.plan = Script([Rule(Fault.DELAY)])
    began = time.monotonic()
    client("ecs").list_clusters()
    assert time.monotonic() - began >= proxy.delay
    assert len(behind.requests) == 1


def test_no_answer(proxy: Proxy, behind: Behind, client: Client) -> None:
    proxy.plan = Script([Rule(Fault.BLACK_HOLE)])
    ecs = client("ecs", read_timeout=0.3)
    with pytest.raises(exceptions.ReadTimeoutError):
        ecs.list_clusters()
    ecs.list_clusters()
    assert len(behind.requests) == 1


def test_a_network_that_is_cut(proxy: Proxy, behind: Behind, client: Client) -> None:
    ecs = client("ecs")
    ecs.list_clusters()
    for _ in range(3):
        proxy.cut()
        with pytest.raises((exceptions.HTTPClientError, exceptions.EndpointConnectionError)):
            ecs.list_clusters()
        with pytest.raises(exceptions.EndpointConnectionError):
            client("ecs").list_clusters()
        proxy.cut()
        proxy.restore()
        proxy.restore()
        ecs.list_clusters()
    assert len(behind.requests) == 4 == len(proxy.exchanges()), "what is refused never comes"


def test_who_awaits_an_answer_when_the_network_is_cut_gets_none(proxy: Proxy, client: Client) -> None:
    proxy.plan = Script([Rule(Fault.BLACK_HOLE, times=None)])
    take = proxy.take

    def cut_when_taken(call: Any) -> Fault | None:
        fault = take(call)
        proxy.cut()
        return fault

    proxy.take = cut_when_taken
    with pytest.raises(exceptions.ConnectionClosedError):
        client("ecs", read_timeout=60).list_clusters()


def test_a_network_that_comes_back(proxy: Proxy, behind: Behind, client: Client) -> None:
    proxy.plan, proxy.outage = Script([Rule(Fault.CUT)]), 0.3
    restored = threading.Event()
    restore = proxy.restore
    proxy.restore = lambda: (restore(), restored.set())
    ecs = client("ecs")
    with pytest.raises(exceptions.ConnectionClosedError):
        ecs.list_clusters()
    assert restored.wait(10)
    ecs.list_clusters()
    assert len(behind.requests) == 1


def test_nothing_behind_the_proxy(proxy: Proxy, client: Client) -> None:
    proxy.upstream = ("127.0.0.1", 1)
    with pytest.raises(exceptions.ConnectionClosedError):
        client("ecs").list_clusters()
