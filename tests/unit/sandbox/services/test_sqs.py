"""SQS: the three depths, visibility, and many workers at once."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sqs.models import Message

from sandbox.services import sqs
from sandbox.services.sqs_queue import SandboxQueue

Client = Callable[..., Any]


@pytest.fixture
def queue(client: Client, request: pytest.FixtureRequest) -> str:
    name = request.node.name.split("[")[0][:70].replace("test_", "")
    return str(client("sqs").create_queue(QueueName=name, Attributes={"VisibilityTimeout": "14400"})["QueueUrl"])


def depth(sqs: Any, queue: str) -> tuple[int, int, int]:
    names = ["", "NotVisible", "Delayed"]
    attributes = sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names]
    )["Attributes"]
    visible, in_flight, delayed = (int(attributes[f"ApproximateNumberOfMessages{name}"]) for name in names)
    return visible, in_flight, delayed


def test_what_is_visible_in_flight_and_delayed(client: Client, queue: str) -> None:
    sqs = client("sqs")
    for delay in (0, 0, 600):
        sqs.send_message(QueueUrl=queue, MessageBody="job", DelaySeconds=delay)
    assert depth(sqs, queue) == (2, 0, 1)
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert depth(sqs, queue) == (1, 1, 1)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    time.sleep(0.005)
    assert depth(sqs, queue) == (2, 0, 1)
    again = sqs.receive_message(QueueUrl=queue, AttributeNames=["ApproximateReceiveCount"], MaxNumberOfMessages=10)
    assert sorted(it["Attributes"]["ApproximateReceiveCount"] for it in again["Messages"]) == ["1", "2"]
    for it in again["Messages"]:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=it["ReceiptHandle"])
    assert depth(sqs, queue) == (0, 0, 1)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_a_message_comes_back_when_its_visibility_timeout_ends(client: Client, queue: str, until: Any) -> None:
    sqs = client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="job")
    sqs.receive_message(QueueUrl=queue, VisibilityTimeout=1)
    assert depth(sqs, queue) == (0, 1, 0)
    until(lambda: depth(sqs, queue) == (1, 0, 0))


def test_a_purge_takes_a_while_in_which_what_is_sent_is_lost(client: Client, queue: str, until: Any) -> None:
    sqs = client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="job")
    sqs.purge_queue(QueueUrl=queue)
    sqs.send_message(QueueUrl=queue, MessageBody="job")
    with pytest.raises(sqs.exceptions.PurgeQueueInProgress):
        sqs.purge_queue(QueueUrl=queue)
    assert depth(sqs, queue) == (0, 0, 0)

    def arrives() -> bool:
        sqs.send_message(QueueUrl=queue, MessageBody="job")
        return depth(sqs, queue) == (1, 0, 0)

    until(arrives)


def test_a_long_poll_ends_as_soon_as_there_is_a_message(client: Client, queue: str) -> None:
    sqs = client("sqs")
    began = time.monotonic()
    threading.Timer(0.3, lambda: sqs.send_message(QueueUrl=queue, MessageBody="job")).start()
    assert len(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]) == 1
    assert time.monotonic() - began < 5
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)


def test_many_workers_lose_nothing_and_get_nothing_twice(client: Client, queue: str) -> None:
    sqs = client("sqs")
    jobs = [str(number) for number in range(120)]

    def send(body: str) -> None:
        sqs.send_message(QueueUrl=queue, MessageBody=body)

    def work(_: int) -> list[str]:
        got = []
        while messages := sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"):
            got.append(messages[0]["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=messages[0]["ReceiptHandle"])
        return got

    with ThreadPoolExecutor(12) as pool:
        workers = [pool.submit(work, number) for number in range(8)]
        list(pool.map(send, jobs))
        done = [body for worker in workers for body in worker.result()]
    assert sorted(done, key=int) == jobs
    assert depth(sqs, queue) == (0, 0, 0)


def test_what_is_in_flight_or_delayed_comes_back_as_time_passes(client: Client, queue: str) -> None:
    queues = client("sqs")
    for delay in (0, 600):
        queues.send_message(QueueUrl=queue, MessageBody="job", DelaySeconds=delay)
    queues.receive_message(QueueUrl=queue)
    sqs.pass_time(599)
    assert depth(queues, queue) == (0, 1, 1)
    sqs.pass_time(2)
    assert depth(queues, queue) == (1, 1, 0)
    sqs.pass_time(4 * 3600)
    assert depth(queues, queue) == (2, 0, 0)


HABITS = {"VisibilityTimeout": "14400", "ReceiveMessageWaitTimeSeconds": "10", "MaximumMessageSize": "1024"}
POLICY = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}
)


def test_a_queue_that_is_there_is_given_to_who_asks_for_its_own_attributes(client: Client) -> None:
    queues = client("sqs")
    url = queues.create_queue(QueueName="there", Attributes=HABITS, tags={"a": "b"})["QueueUrl"]
    dead = queues.create_queue(QueueName="dead")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": 3}
    queues.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(redrive)})
    queues.send_message(QueueUrl=url, MessageBody="job")
    turned = json.dumps(dict(reversed(redrive.items())), indent=2)
    for attributes in ({}, {"MaximumMessageSize": "1024"}, HABITS, {"DelaySeconds": "0"}, {"RedrivePolicy": turned}):
        assert queues.create_queue(QueueName="there", Attributes=attributes, tags={"c": "d"})["QueueUrl"] == url
    assert queues.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b"}
    assert depth(queues, url) == (1, 0, 0)


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"VisibilityTimeout": "30"}, "VisibilityTimeout"),
        (HABITS | {"ReceiveMessageWaitTimeSeconds": "20"}, "ReceiveMessageWaitTimeSeconds"),
        ({"DelaySeconds": "1"}, "DelaySeconds"),
        ({"RedrivePolicy": '{"deadLetterTargetArn": "ARN", "maxReceiveCount": 3}'}, "RedrivePolicy"),
        ({"Policy": POLICY}, "Policy"),
        ({"KmsMasterKeyId": "alias/aws/sqs"}, "KmsMasterKeyId"),
    ],
)
def test_a_queue_that_is_there_with_other_attributes_is_refused(
    client: Client, attributes: dict[str, str], name: str
) -> None:
    queues = client("sqs")
    url = queues.create_queue(QueueName="other", Attributes=HABITS)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {key: value.replace("ARN", arn) for key, value in attributes.items()}
    with pytest.raises(queues.exceptions.QueueNameExists) as refused:
        queues.create_queue(QueueName="other", Attributes=attributes)
    assert refused.value.response["Error"]["Code"] == "QueueAlreadyExists"
    assert refused.value.response["Error"]["Message"] == (
        f"A queue already exists with the same name and a different value for attribute {name}"
    )
    changed = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert {key: changed[key] for key in HABITS} == HABITS


def test_the_name_of_a_deleted_queue_is_free_after_a_minute(client: Client) -> None:
    queues = client("sqs")
    queues.delete_queue(QueueUrl=queues.create_queue(QueueName="gone")["QueueUrl"])
    sqs.pass_time(55)
    with pytest.raises(ClientError, match="You must wait 60 seconds after deleting a queue") as refused:
        queues.create_queue(QueueName="gone")
    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.QueueDeletedRecently"
    sqs.pass_time(5)
    assert queues.create_queue(QueueName="gone")["QueueUrl"].endswith("/gone")


def test_attributes_by_name_and_all(client: Client, queue: str) -> None:
    sqs = client("sqs")
    every = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert {"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "VisibilityTimeout"} <= every.keys()
    two = ["ApproximateNumberOfMessagesNotVisible", "VisibilityTimeout"]
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=two)["Attributes"]
    assert found == {"ApproximateNumberOfMessagesNotVisible": "0", "VisibilityTimeout": "14400"}
    with pytest.raises(ClientError, match="InvalidAttributeName"):
        sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["NumberOfMessages"])


def test_a_message_is_deleted_once_and_by_its_own_handle(client: Client, queue: str) -> None:
    sqs = client("sqs")
    for body in ("first", "second"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    first, second = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    for _ in range(2):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=second["ReceiptHandle"])
    assert depth(sqs, queue) == (0, 1, 0)
    with pytest.raises(ClientError, match="ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle="nobody's")
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    assert [each["Body"] for each in sqs.receive_message(QueueUrl=queue)["Messages"]] == ["first"]


def test_what_a_message_costs_does_not_grow_with_the_queue() -> None:
    """Counted in looks at messages, not in time."""
    queue = SandboxQueue("many", "us-east-1", "123456789012")
    looks = Counter[str]()

    class Seen(Message):
        def had_receipt_handle(self, receipt_handle: str) -> bool:
            looks["deleted"] += 1
            return super().had_receipt_handle(receipt_handle)

        @property
        def visible(self) -> bool:
            looks["taken"] += 1
            return super().visible

    for number in range(1000):
        message = Seen(str(number), "job")
        message.mark_sent(0)
        queue.add_message(message)
    assert queue.attributes["VisibilityTimeout"] == 30
    first = next(queue.messages)
    first.mark_received(60)
    queue.delete_message(str(first.receipt_handle))
    assert looks == {"taken": 1, "deleted": 1}
    assert queue.counts()["ApproximateNumberOfMessages"] == 999
