"""Calls outlast trouble that passes, end at once where it does not, and are carried out once."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from ansible_collections.climate.ingest.plugins.module_utils.core import patience
from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Interrupted, Unreachable
from tests.fakes.aws import FakeAws, Lost, Refusal

URL = {"QueueUrl": "https://sqs/q"}
WHERE = {"endpoint_url": "https://sqs"}
CUT = Lost(ConnectionClosedError(**WHERE))
GONE = Lost(EndpointConnectionError(**WHERE))
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
PASSING = {
    "throttle": Refusal("ThrottlingException"),
    "EC2's throttle": Refusal("RequestLimitExceeded", status=503),
    "a throttle in another code": Refusal("ClientException", "Rate exceeded"),
    "a status alone": Refusal("429", status=429),
    "a pending update": Refusal("ResourceContention"),
    "500": Refusal("InternalFailure", status=500),
    "503": Refusal("ServiceUnavailable", status=503),
    "408": Refusal("RequestTimeout", status=408),
    "no name": GONE,
    "no connection": Lost(ConnectTimeoutError(**WHERE)),
    "no answer": Lost(ReadTimeoutError(**WHERE)),
    "a reset": CUT,
    "half an answer": Lost(HTTPClientError(error="IncompleteRead")),
    "an answer of somebody else": Lost(ResponseParserError("invalid XML received")),
    "a broken handshake": Lost(SSLError(endpoint_url="https://sqs", error="EOF occurred in violation of protocol")),
}


def url(context: Context) -> str:
    return str(context.client("sqs").get_queue_url(QueueName="q")["QueueUrl"])


@pytest.fixture
def heard(aws: FakeAws) -> Context:
    """A context whose services have answered before."""
    context = aws.context()
    aws.on("GetQueueUrl", URL)
    url(context)
    return context


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
def test_trouble_that_passes_is_waited_out(aws: FakeAws, heard: Context, trouble: Any) -> None:
    aws.on("GetQueueUrl", *[trouble] * 20, URL)
    assert url(heard) == URL["QueueUrl"]
    assert 180 < aws.now < patience.DEFAULT


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
def test_trouble_that_lasts_ends_the_call_when_patience_does(aws: FakeAws, heard: Context, trouble: Any) -> None:
    aws.on("GetQueueUrl", trouble)
    with pytest.raises(Unreachable, match=r"for 30m 00s, as long as ingest_patience allows .*sqs get_queue_url"):
        url(heard)
    assert aws.now == patience.DEFAULT


@pytest.mark.parametrize(
    "error",
    [
        Refusal("AccessDenied", status=403),
        Refusal("AWS.SimpleQueueService.NonExistentQueue"),
        Refusal("LimitExceededException", "too many tasks"),
        Refusal("ExpiredToken"),
        Refusal("InvalidClientTokenId", status=403),
    ],
)
def test_what_will_never_come_ends_at_once(aws: FakeAws, heard: Context, error: Refusal) -> None:
    aws.on("GetQueueUrl", error)
    with pytest.raises(Exception, match=error.code):
        url(heard)
    assert aws.now == 0
    assert aws.count("GetQueueUrl") == 2


def test_a_service_that_never_answered_is_not_waited_for(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", GONE)
    with pytest.raises(EndpointConnectionError):
        url(aws.context())
    assert aws.now <= patience.UNHEARD + patience.FIRST


def test_that_it_answered_an_earlier_task_of_the_play_counts(aws: FakeAws, heard: Context) -> None:
    later = replace(aws.context(), memo=heard.memo)
    aws.on("GetQueueUrl", *[GONE] * 10, URL)
    assert url(later) == URL["QueueUrl"]


def test_a_throttle_is_an_answer(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", *[Refusal("ThrottlingException")] * 10, URL)
    assert url(aws.context()) == URL["QueueUrl"]


def test_the_live_line_says_since_when_and_until_when(aws: FakeAws, heard: Context) -> None:
    aws.on("GetQueueUrl", *[GONE] * 8, URL)
    url(heard)
    text = aws.progress.statuses[-1][0]
    assert text.startswith("AWS cannot be reached since ")
    assert " UTC, waiting until " in text
    assert [line for line in aws.progress.lines if line.startswith("AWS answers again after")]


def test_trouble_of_a_moment_is_not_shown(aws: FakeAws, heard: Context) -> None:
    aws.on("GetQueueUrl", CUT, URL)
    url(heard)
    assert (aws.progress.statuses, aws.progress.lines) == ([], [])


def test_patience_is_that_of_one_outage_whatever_is_called(aws: FakeAws, heard: Context) -> None:
    aws.on("GetQueueUrl", GONE)
    for _ in range(3):
        with pytest.raises(Unreachable):
            url(heard)
    assert aws.now == patience.DEFAULT
    aws.on("GetQueueUrl", URL)
    url(heard)
    aws.on("GetQueueUrl", *[GONE] * 8, URL)
    assert url(heard) == URL["QueueUrl"]


def test_a_stop_ends_the_wait(aws: FakeAws, heard: Context) -> None:
    def stop(seconds: float) -> None:
        raise Interrupted("Ctrl-C")

    aws.on("GetQueueUrl", GONE)
    with pytest.raises(Interrupted):
        url(replace(heard, sleep=stop))


@pytest.mark.parametrize(
    "error",
    [
        Refusal("ExpiredTokenException"),
        Refusal("RequestExpired", "Request has credentials that are past their time"),
        Lost(CredentialRetrievalError(provider="custom-process", error_msg="not logged in")),
        Lost(UnauthorizedSSOTokenError()),
    ],
)
def test_credentials_that_are_renewed_are_waited_for(aws: FakeAws, heard: Context, error: Any) -> None:
    renewed: list[float] = []

    def renew() -> bool:
        renewed.append(aws.now)
        return True

    aws.on("GetQueueUrl", *[error] * 8, URL)
    assert url(replace(heard, renew=renew)) == URL["QueueUrl"]
    assert len(renewed) == 8
    assert "must be renewed since" in aws.progress.statuses[-1][0]


def test_clients_made_anew_are_used(aws: FakeAws, heard: Context) -> None:
    made = [heard.connect("sqs")]
    aws.on("GetQueueUrl", Refusal("ExpiredToken"), URL)
    context = replace(heard, connect=lambda service: made[-1], renew=lambda: made.append(heard.connect("sqs")) is None)
    assert url(context) == URL["QueueUrl"]
    assert len(made) == 2


@pytest.mark.parametrize(("times", "passes"), [(1, True), (2, True), (9, False)])
def test_a_request_signed_before_the_machine_slept_is_signed_again(
    aws: FakeAws, heard: Context, times: int, passes: bool
) -> None:
    late = Refusal("InvalidSignatureException", "Signature expired: 20260301T100000Z is now earlier than ...")
    aws.on("GetQueueUrl", *[late] * times, URL)
    if passes:
        url(heard)
    else:
        with pytest.raises(Exception, match="Signature expired"):
            url(heard)
    assert aws.now < 10


def test_each_page_is_fetched_with_patience(aws: FakeAws) -> None:
    context = aws.context()
    pages = [{"serviceArns": ["a"], "nextToken": "t"}, {"serviceArns": ["b"]}]
    failing = Refusal("ServerException", status=500)
    aws.on("ListServices", Refusal("ThrottlingException"), pages[0], CUT, failing, pages[1])
    listed = context.client("ecs").get_paginator("list_services").paginate()
    assert [arn for page in listed for arn in page["serviceArns"]] == ["a", "b"]


def test_a_client_that_is_renewed_meanwhile_does_not_disturb_the_pages(aws: FakeAws) -> None:
    clients = [boto3.client("ecs", region_name="us-east-1", **KEYS) for _ in range(9)]
    for each in clients:
        each.meta.events.register("before-call", lambda **_: (SimpleNamespace(status_code=200), {"serviceArns": ["a"]}))
    given = iter(clients)
    context = replace(aws.context(), connect=lambda _service, *_region: next(given))
    pages = context.client("ecs").get_paginator("list_services").paginate()
    assert [page["serviceArns"] for page in pages] == [["a"]]


def test_other_parts_of_a_client_are_as_they_were(aws: FakeAws) -> None:
    assert aws.context().client("ecs").meta.region_name == "us-east-1"


class Service:
    """A service that is created once; a second creation is refused."""

    def __init__(self, aws: FakeAws, *answers: Any) -> None:
        self.made: list[str] = []
        aws.on("CreateService", *answers, self.create)

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.made:
            raise Refusal("InvalidParameterException", "Creation of service was not idempotent.")
        self.made.append(params["serviceName"])
        return {"service": {"serviceName": params["serviceName"]}}

    def find(self) -> dict[str, Any] | None:
        return {"service": {"serviceName": self.made[0]}} if self.made else None


def create(aws: FakeAws, service: Service) -> Any:
    ecs = aws.context().client("ecs").unless(service.find)
    return ecs.create_service(serviceName="workers")["service"]["serviceName"]


def test_a_change_whose_answer_was_lost_is_found(aws: FakeAws) -> None:
    service = Service(aws)
    aws.on("CreateService", Lost(CUT.error, service.create), service.create)
    assert create(aws, service) == "workers"
    assert aws.count("CreateService") == len(service.made) == 1


@pytest.mark.parametrize("trouble", [CUT, GONE, Refusal("ThrottlingException"), Refusal("ServerException", status=500)])
def test_a_change_that_was_not_carried_out_is_repeated(aws: FakeAws, trouble: Any) -> None:
    service = Service(aws, trouble)
    assert create(aws, service) == "workers"
    assert aws.count("CreateService") == 2


def test_a_refusal_of_the_repetition_is_looked_into(aws: FakeAws) -> None:
    service = Service(aws)
    aws.on("CreateService", Lost(CUT.error, service.create), service.create)
    seen_late = iter([None, {"service": {"serviceName": "workers"}}])
    ecs = aws.context().client("ecs").unless(lambda: next(seen_late))
    assert ecs.create_service(serviceName="workers")["service"]["serviceName"] == "workers"


def test_a_refusal_of_the_first_attempt_is_not_looked_into(aws: FakeAws) -> None:
    service = Service(aws)
    service.made.append("somebody else's")
    with pytest.raises(Exception, match="not idempotent"):
        create(aws, service)


def test_a_repetition_within_botocore_counts_as_one(aws: FakeAws) -> None:
    service = Service(aws)
    service.made.append("workers")  # by an attempt of botocore's, where aws_config makes it try again

    def refuse(**arguments: Any) -> None:
        error: Any = {"Error": {"Code": "InvalidParameterException"}, "ResponseMetadata": {"RetryAttempts": 1}}
        raise ClientError(error, "CreateService")

    context = replace(aws.context(), connect=lambda name: SimpleNamespace(create_service=refuse))
    assert context.client("ecs").unless(service.find).create_service() == service.find()
