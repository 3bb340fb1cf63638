"""SQS for many workers at once: moto's queues lose and repeat messages when requests overlap."""

from __future__ import annotations

import json
import secrets
import threading
import time
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from moto.sqs import models, urls
from moto.sqs.exceptions import PurgeQueueInProgress, QueueAlreadyExists, SQSException
from moto.sqs.models import Message, Queue, SQSBackend, sqs_backends

from sandbox.runtime import ACCOUNT_ID, REGION, Runtime
from sandbox.services.moto_patches import alone, replace
from sandbox.services.sqs_queue import COUNTS, SandboxQueue

_HANDLE = 138  # bytes of a receipt handle
_POLL = 0.05  # seconds between looks of a long poll
_NAME_TAKEN = 60.0  # seconds


def install(runtime: Runtime) -> None:
    """Replace moto's SQS until the sandbox ends.

    Args:
        runtime: the sandbox; long polls end with it.
    """
    SandboxSQSBackend.runtime = runtime
    replace(sqs_backends, "backend", SandboxSQSBackend)
    replace(models, "Queue", SandboxQueue)
    # of what moto does for each message, these take the most time
    replace(models, "camelcase_to_underscores", cache(models.camelcase_to_underscores))
    replace(models, "generate_receipt_handle", partial(secrets.token_urlsafe, _HANDLE))


def sent() -> list[tuple[str, str]]:
    """Give queue and body of every message that was ever sent, in order."""
    return list(sqs_backends[ACCOUNT_ID][REGION].sent)


def pass_time(seconds: float) -> None:
    """Bring messages in flight or delayed, and the names of deleted queues, back sooner by so many seconds."""
    backend = sqs_backends[ACCOUNT_ID][REGION]
    with backend.lock:
        for queue in backend.queues.values():
            for message in queue._messages:
                message.visible_at -= seconds * 1000
                message.delayed_until -= seconds * 1000
        backend.taken_until = {name: until - seconds for name, until in backend.taken_until.items()}


class _DeletedRecently(SQSException):
    code = "AWS.SimpleQueueService.QueueDeletedRecently"
    message = "You must wait 60 seconds after deleting a queue before you can create another with the same name."


class SandboxSQSBackend(SQSBackend):
    """moto's backend, one operation at a time; waiting for a message is not one."""

    # moto makes its backends itself, so this is set before
    runtime: ClassVar[Runtime]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        # (queue, body) of every message there ever was, in the order they were sent
        self.sent: list[tuple[str, str]] = []
        self._purged: dict[str, float] = {}  # until when a purge goes on, by queue
        # name of a deleted queue -> when it can be had again, on the monotonic clock
        self.taken_until: dict[str, float] = {}

    @property
    def _url_module(self) -> SimpleNamespace:
        return SimpleNamespace(url_bases=urls.url_bases, url_paths=urls.url_paths)

    send_message_batch = alone(SQSBackend.send_message_batch)
    delete_message = alone(SQSBackend.delete_message)
    change_message_visibility = alone(SQSBackend.change_message_visibility)

    @alone
    def create_queue(self, name: str, tags: dict[str, str] | None = None, **kwargs: Any) -> Queue:
        """Make a queue; one that is there is given as it is, if it has the attributes that are asked for.

        CreateQueue: QueueNameExists, whose code is QueueAlreadyExists, and QueueDeletedRecently.
        """
        wanted = {key: value for key, value in kwargs.items() if key != "region"}
        existing = self.queues.get(name)
        if existing is None:
            if time.monotonic() < self.taken_until.get(name, 0):
                raise _DeletedRecently
            return super().create_queue(name, tags, **wanted)
        # as SQS would have it, with numbers and JSON read
        asked = Queue(name, self.region_name, self.account_id, **wanted).attributes
        for key in wanted:
            if _meaning(existing.attributes.get(key)) != _meaning(asked.get(key)):
                raise QueueAlreadyExists(
                    f"A queue already exists with the same name and a different value for attribute {key}"
                )
        return existing

    @alone
    def delete_queue(self, queue_name: str) -> None:
        """Delete a queue; its name cannot be had for a minute."""
        super().delete_queue(queue_name)
        self.taken_until[queue_name] = time.monotonic() + _NAME_TAKEN

    @alone
    def send_message(self, queue_name: str, message_body: str, *args: Any, **kwargs: Any) -> Message:
        """Queue a message, and remember that it was sent; a batch is sent one by one. One sent in a purge is lost."""
        message = super().send_message(queue_name, message_body, *args, **kwargs)
        self.sent.append((queue_name, message_body))
        if self._is_being_purged(queue_name):
            self.queues[queue_name]._messages.remove(message)
        return message

    @alone
    def get_queue_attributes(self, queue_name: str, attribute_names: list[str]) -> dict[str, Any]:
        """Give attributes; the messages are counted only where that is asked for."""
        others = [name for name in attribute_names if name not in COUNTS]
        attributes = super().get_queue_attributes(queue_name, others)
        if "All" in others or len(others) < len(attribute_names):
            counts = cast("SandboxQueue", self.get_queue(queue_name)).counts()
            attributes |= {name: counts[name] for name in COUNTS if {"All", name} & set(attribute_names)}
        return attributes

    def is_message_valid_based_on_retention_period(self, queue_name: str, message: Message) -> bool:
        """Tell whether a message is to be kept; moto reads all attributes of its queue for that."""
        kept: Any = self.get_queue(queue_name).message_retention_period
        return bool(time.time() < kept + (message.sent_timestamp or 0) / 1000)

    @alone
    def purge_queue(self, queue_name: str) -> None:
        """Delete all messages, and for a while what is sent; AWS takes no other purge for as long (API reference)."""
        if self._is_being_purged(queue_name):
            raise PurgeQueueInProgress(queue_name)
        super().purge_queue(queue_name)
        self._purged[queue_name] = time.monotonic() + self.runtime.timing.delay("purge")

    def _is_being_purged(self, queue_name: str) -> bool:
        return time.monotonic() < self._purged.get(queue_name, 0.0)

    def receive_message(
        self, queue_name: str, count: int, wait_seconds_timeout: int, *args: Any, **kwargs: Any
    ) -> list[Message]:
        """Take up to ``count`` visible messages, waiting up to ``wait_seconds_timeout`` for the first."""
        deadline = time.monotonic() + wait_seconds_timeout
        while True:
            with self.lock:
                messages = super().receive_message(queue_name, count, 0, *args, **kwargs)
            if messages or time.monotonic() >= deadline or self.runtime.stopping.wait(_POLL):
                return messages


def _meaning(value: object) -> object:
    """Give an attribute's value without what does not count: order and blanks of JSON, a number or text."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
