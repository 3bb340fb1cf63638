"""The job queue: one SQS message a (model, year)."""

from __future__ import annotations

import time
from typing import Any

import boto3
from botocore.exceptions import ClientError
from django.conf import settings

LONGEST_WAIT = 20  # seconds; SQS's limit for a long poll
DIFFERENT = "queue already exists with the same name and a different value"


class JobQueue:
    """The SQS queue named by ``SQS_QUEUE_NAME``: made where it is missing, its attributes set where they differ.

    Raises:
        botocore.exceptions.ClientError: SQS refuses.
    """

    def __init__(self) -> None:
        self._sqs = boto3.client("sqs")
        self._url = self._get_or_create(settings.SQS_QUEUE_NAME, settings.SQS_QUEUE_ATTRIBUTES)

    def _get_or_create(self, name: str, attributes: dict[str, str]) -> str:
        try:
            return str(self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "QueueAlreadyExists" or DIFFERENT not in str(error):
                raise
        url = str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return url

    def send(self, body: str) -> None:
        """Queue one message."""
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body)

    def receive(self) -> dict[str, Any] | None:
        """Take one message, or give None after ``SQS_POLL_SECONDS`` without one.

        A long poll waits whole seconds only; the rest of a poll's length is slept.
        """
        wait = min(int(settings.SQS_POLL_SECONDS), LONGEST_WAIT)
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=wait,
            AttributeNames=["ApproximateReceiveCount"],
        )
        if messages := answer.get("Messages"):
            return messages[0]
        time.sleep(settings.SQS_POLL_SECONDS - wait)
        return None

    def delete(self, message: dict[str, Any]) -> None:
        """Remove a message for good."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def release(self, message: dict[str, Any]) -> None:
        """Make a message visible again at once."""
        self._sqs.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
