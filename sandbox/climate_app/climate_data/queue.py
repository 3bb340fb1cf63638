"""The job queue: one SQS message a (model, year)."""

from __future__ import annotations

import time
from typing import Any

import boto3
from django.conf import settings

LONGEST_WAIT = 20  # seconds; SQS's limit for a long poll


class JobQueue:
    """The SQS queue named by ``SQS_QUEUE_NAME``.

    Raises:
        botocore.exceptions.ClientError: there is no such queue; it is never created here.
    """

    def __init__(self) -> None:
        self._sqs = boto3.client("sqs")
        self._url = self._sqs.get_queue_url(QueueName=settings.SQS_QUEUE_NAME)["QueueUrl"]

    def send(self, body: str) -> None:
        """Queue one message."""
        self._sqs.send_message(QueueUrl=self._url, MessageBody=body)

    def receive(self) -> dict[str, Any] | None:
        """Take one message, or give None after ``SQS_POLL_SECONDS`` without one.

        A long poll waits whole seconds only; the rest of a poll's length is slept.
        """
        wait = min(int(settings.SQS_POLL_SECONDS), LONGEST_WAIT)
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=wait)
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
