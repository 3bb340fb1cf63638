# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dead-letter queue of a job queue: SQS moves a message there after a number of receives, and nobody logs it.

A message that was received too often disappears from the queue, as if its job had been done (SQS Developer Guide,
"Using dead-letter queues").
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..core.context import Context
from ..core.text import count
from ..core.waiting import if_possible
from .climate_api import TRIES
from .depth import COUNTS


@dataclass(frozen=True)
class Redrive:
    """Where messages of a queue go.

    Attributes:
        target: ARN of the dead-letter queue.
        receives: after how many receives a message is moved.
    """

    target: str
    receives: int

    @property
    def name(self) -> str:
        """Name of the dead-letter queue."""
        return self.target.rsplit(":", 1)[-1]


def read_policy(text: str | None) -> Redrive | None:
    """Read the attribute REDRIVE of a queue; None where it has none."""
    policy = json.loads(text) if text else {}
    if not policy.get("deadLetterTargetArn"):
        return None
    return Redrive(str(policy["deadLetterTargetArn"]), int(policy["maxReceiveCount"]))


def warning(queue: str, redrive: Redrive | None, tries: int | None = TRIES) -> str | None:
    """Warn of a policy that takes jobs away before the application gives them up.

    Args:
        tries: of a job before the application gives it up; None: not known.
    """
    if redrive is None or (tries and redrive.receives >= tries):
        return None
    times = count(redrive.receives, "receive")
    tried = f"run_jobs tries one {tries} times" if tries else "how often a worker tries one is not known"
    remedy = f"to {tries} or more" if tries else "above the application's own number of tries"
    return (
        f"Queue {queue} moves a job to {redrive.name} after {times}, and {tried}: a job that fails or loses its worker"
        f" that often leaves the queue without a line in the log. Raise maxReceiveCount {remedy} for the time of the"
        " ingest."
    )


class DeadLetters:
    """Counts what arrives in the dead-letter queue while a queue drains.

    Args:
        policy: the attribute REDRIVE of the job queue.
    """

    def __init__(self, context: Context, policy: str) -> None:
        self._context = context
        self._redrive = read_policy(policy)
        self._before = self._count()

    def sentence(self) -> str | None:
        """Say how many jobs arrived since this was made; None where none did, or where there is no such queue."""
        if self._redrive is None:
            return None
        name, now = self._redrive.name, self._count()
        if now is None or self._before is None:
            return f"Whether jobs were moved to the dead-letter queue {name} is not known: it could not be read."
        arrived = now - self._before
        if arrived <= 0:
            return None
        return (
            f"SQS moved {count(arrived, 'job')} to the dead-letter queue {name}, after"
            f" {count(self._redrive.receives, 'receive')} each: they are not done, and only the verification names"
            " them."
        )

    def _count(self) -> int | None:
        redrive = self._redrive
        if redrive is None:
            return None
        return if_possible(self._context, lambda brief: _messages(brief, redrive), None, f"Queue {redrive.name}")


def _messages(context: Context, redrive: Redrive) -> int | None:
    sqs, owner = context.client("sqs"), redrive.target.split(":")[4]
    url = sqs.get_queue_url(QueueName=redrive.name, QueueOwnerAWSAccountId=owner)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS.values()))["Attributes"]
    return sum(int(found[name]) for name in COUNTS.values())
