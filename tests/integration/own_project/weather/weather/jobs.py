"""The queue of jobs."""

import boto3
from django.conf import settings


def queue():
    """Give the queue, which is made where it is missing."""
    return boto3.resource("sqs").create_queue(QueueName=settings.QUEUE, Attributes={"VisibilityTimeout": "14400"})
