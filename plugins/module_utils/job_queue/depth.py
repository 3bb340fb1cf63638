# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The job queue: how many messages wait, are being worked on, and are delayed."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.aws import ClientError, error_code
from ..core.context import Context
from ..core.errors import NotFound

COUNTS = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}
NO_QUEUE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
TIMEOUT = "VisibilityTimeout"
RETENTION = "MessageRetentionPeriod"
REDRIVE = "RedrivePolicy"


@dataclass(frozen=True)
class Depth:
    """The counts of a queue at one moment; approximate, and up to a minute late (SQS guide).

    Attributes:
        waiting: messages a worker could take.
        in_flight: taken, neither deleted nor returned.
        delayed: not to be taken yet.
        visibility_timeout: seconds after which a message in flight returns by itself.
        redrive_policy: JSON that says when a message is moved to which dead-letter queue; empty: never.
    """

    waiting: int
    in_flight: int
    delayed: int
    visibility_timeout: int
    redrive_policy: str = ""

    @property
    def left(self) -> int:
        """All jobs that are not done."""
        return self.waiting + self.in_flight + self.delayed


def queue_url(context: Context, queue: str) -> str:
    """Look up a queue's URL by name.

    Raises:
        NotFound: there is none.
    """

    def read() -> str:
        return str(context.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])

    try:
        return context.memo.once(f"queue_url/{queue}", read)
    except ClientError as error:
        if error_code(error) in NO_QUEUE:
            raise NotFound(f"There is no queue {queue!r} in this account and region.") from error
        raise


def predicted_jobs(context: Context, url: str) -> int | None:
    """Give the number of jobs that earlier steps of a check-mode run would have left; None: they did not touch them."""
    known: int | None = context.preview.get(_key(url))
    return known


def predict_jobs(context: Context, url: str, jobs: int) -> None:
    """Predict the number of jobs for the steps that follow, in check mode."""
    if context.check_mode:
        context.preview.predict(_key(url), jobs)


def _key(url: str) -> str:
    return f"queue/{url.rsplit('/', 1)[-1]}"


def attributes(context: Context, url: str) -> dict[str, str]:
    """Read counts, visibility timeout and retention (seconds) as they are, in one call."""
    names = [*COUNTS.values(), TIMEOUT, RETENTION]
    found: dict[str, str] = context.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return found


def read_depth(context: Context, url: str) -> Depth:
    """Read the three counts, in one call."""
    names = [*COUNTS.values(), TIMEOUT, REDRIVE]
    found = context.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    waiting, in_flight, delayed = (int(found[COUNTS[name]]) for name in ("visible", "in_flight", "delayed"))
    jobs = predicted_jobs(context, url)
    if jobs is not None:
        waiting, in_flight, delayed = jobs, 0, 0
    return Depth(waiting, in_flight, delayed, int(found[TIMEOUT]), found.get(REDRIVE, ""))
