"""A queue of tens of thousands of messages: moto's looks at all of them for each that is sent, taken or deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar

from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue

VISIBLE, IN_FLIGHT, DELAYED = COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class SandboxQueue(Queue):
    """moto's queue, whose attributes are those that do not need the messages to be counted, see ``counts``."""

    BASE_ATTRIBUTES: ClassVar[list[str]] = [name for name in Queue.BASE_ATTRIBUTES if name not in COUNTS]

    @property
    def messages(self) -> Iterator[Message]:
        """Give those that can be received, oldest first; a reader takes a few."""
        return (each for each in self._messages if each.visible and not each.delayed)

    def counts(self) -> dict[str, int]:
        """Count the messages, by attribute."""
        now = time.time() * 1000
        delayed = in_flight = visible = 0
        for message in self._messages:
            delayed += now < message.delayed_until
            in_flight += now <= message.visible_at
            visible += now > message.visible_at and now >= message.delayed_until
        return {VISIBLE: visible, IN_FLIGHT: in_flight, DELAYED: delayed}

    def delete_message(self, receipt_handle: str) -> None:
        """Delete the message that had a receipt handle; to do it again is no error.

        DeleteMessage: ReceiptHandleIsInvalid.
        """
        if receipt_handle in self.deleted_messages:
            return
        # those that were taken are among the first
        found = (place for place, each in enumerate(self._messages) if each.had_receipt_handle(receipt_handle))
        if (place := next(found, None)) is None:
            raise ReceiptHandleIsInvalid
        message: Any = self._messages.pop(place)
        self.pending_messages.discard(message)
        self.deleted_messages.update(message.all_receipt_handles)
