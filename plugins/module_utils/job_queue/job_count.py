# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts the jobs in the queue: none may be there before create_jobs, exactly the requested ones after it.

Where several commands queue the jobs together, those of the earlier commands must be there before, and no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.aws import ClientError, error_code
from ..core.context import Context
from ..core.errors import DeadlineExceeded, Incomplete, InvalidInput, Refused
from ..core.result import Result
from ..core.waiting import poll
from ..record import go_on
from ..record.job_key import DEFAULT
from .dataset import DATASET_SPEC, Dataset
from .depth import COUNTS, predict_jobs, predicted_jobs

PURGE_TIMEOUT = 150.0  # seconds: two other purges
PURGE_TAKES = 60.0  # seconds in which it may still delete what is sent after it (API reference, PurgeQueue)
PURGING = {"AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress"}

COUNT_SPEC: dict[str, Any] = {
    "queue": {"type": "str", "required": True},
    **DATASET_SPEC,
    "already": {"type": "int", "default": 0},
    "purge": {"type": "bool", "default": False},
    "settle": {"type": "int", "default": 60},
}


def check(params: Mapping[str, Any]) -> None:
    """Refuse wrong values of COUNT_SPEC.

    Raises:
        InvalidInput: ``settle`` or ``already`` is negative.
    """
    for name, unit in (("settle", "seconds"), ("already", "jobs")):
        if params[name] < 0:
            raise InvalidInput(f"{name} is {params[name]}; it must be 0 or more {unit}.")


def read_counts(context: Context, url: str) -> dict[str, int]:
    """Give the approximate numbers of messages: ``visible``, ``in_flight``, ``delayed``.

    They may lag by a minute (API reference, GetQueueAttributes).
    """
    jobs = predicted_jobs(context, url)
    if jobs is not None:
        return {**dict.fromkeys(COUNTS, 0), "visible": jobs}
    answer = context.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS.values()))
    return {name: int(answer["Attributes"].get(attribute, 0)) for name, attribute in COUNTS.items()}


def ready(context: Context, url: str, params: Mapping[str, Any]) -> Result:
    """Make sure that nothing is queued but what earlier commands queued: it would be done twice, or mixed up.

    Returns:
        What was purged, if anything.

    Raises:
        Refused: something else is in the queue, and is not to be purged.
    """
    already = params["already"]
    purge_it = params["purge"] and not already  # it would take what the earlier commands queued, too
    counts = read_counts(context, url) if purge_it else settled(context, url, params, wanted=already)
    if sum(counts.values()) == already:
        return Result()
    if already:
        raise Refused(
            f"The queue {params['queue']!r} must hold the {already} jobs that earlier commands queued, and holds"
            f" {words(counts)}. Begin again with an empty queue (ingest_purge_queue=true).",
            **go_on.PURGED,
            counts=counts,
        )
    if not purge_it:
        raise Refused(
            f"The queue {params['queue']!r} is not empty: {words(counts)}. create_jobs would add to them and the work"
            " would be done twice. Let workers finish them, or delete them (ingest_purge_queue=true) if nobody"
            " needs them; messages in flight return when their visibility timeout ends.",
            **go_on.PURGED,
            counts=counts,
        )
    predict_jobs(context, url, 0)
    if not context.check_mode:
        purge(context, url, params)
    return Result(changed=True, before=dict(counts), after=dict.fromkeys(COUNTS, 0))


def purge(context: Context, url: str, params: Mapping[str, Any]) -> None:
    """Delete all messages; SQS takes up to a minute, and allows one purge a minute (API reference, PurgeQueue).

    What is sent meanwhile may be deleted as well, so it is waited for; ``settle`` says how long counts take at most.

    Raises:
        DeadlineExceeded: somebody else purges all the time.
        Refused: messages keep coming: something sends, or workers return theirs.
    """

    def begin() -> bool | None:
        try:
            context.client("sqs").purge_queue(QueueUrl=url)
        except ClientError as error:
            if error_code(error) not in PURGING:
                raise
            context.progress.status(f"queue {params['queue']}: purged less than a minute ago")
            return None
        return True

    poll(context, begin, what=f"a purge of queue {params['queue']!r}", timeout=PURGE_TIMEOUT, interval=2.0, longest=5.0)
    takes = min(PURGE_TAKES, params["settle"])
    if takes:
        context.progress.status(f"queue {params['queue']}: being purged")
        context.sleep(takes)
    left = settled(context, url, params, wanted=0)
    if sum(left.values()):
        raise Refused(
            f"The queue {params['queue']!r} was purged and is not empty: {words(left)}. Something still sends jobs,"
            " or workers still hold some.",
            counts=left,
        )


def counted(context: Context, url: str, params: Mapping[str, Any], requested: Dataset) -> dict[str, int]:
    """Compare what arrived with what was requested.

    Raises:
        Incomplete: fewer jobs arrived.
        Refused: more jobs arrived.
    """
    already = params["already"]
    counts = settled(context, url, params, wanted=already + requested.jobs)
    arrived = sum(counts.values()) - already
    if arrived == requested.jobs:
        return counts
    shape = f"{requested.jobs} requested jobs ({requested.shape})"
    facts = {"counts": counts, "jobs": arrived, "requested": requested.jobs, **go_on.PURGED}
    key = tuple(params.get("job_key") or DEFAULT)
    meaning = "all_models and all_years say" if key == DEFAULT else "all_values says"
    if arrived < requested.jobs:
        raise Incomplete(
            f"Only {arrived} of the {shape} arrived in the queue {params['queue']!r}. create_jobs may have been cut"
            " short or may combine lists wrongly: purge the queue (ingest_purge_queue=true) and create them again,"
            f" {key[0]} by {key[0]} if need be.",
            **facts,
        )
    raise Refused(
        f"{arrived} jobs arrived in the queue {params['queue']!r}, more than the {shape}. create_jobs may have run"
        f" twice, or all means more than {meaning}. Purge the queue (ingest_purge_queue=true) and"
        " create them again.",
        **facts,
    )


def settled(context: Context, url: str, params: Mapping[str, Any], wanted: int) -> dict[str, int]:
    """Read the counts until they are as wanted, or have not changed for ``settle`` seconds."""
    last = read_counts(context, url)
    since = context.clock()
    settle = 0 if context.check_mode else params["settle"]

    def read() -> dict[str, int] | None:
        nonlocal last, since
        if sum(last.values()) == wanted or context.clock() - since >= settle:
            return last
        context.progress.status(f"queue {params['queue']}: {words(last)}, {wanted} expected")
        counts = read_counts(context, url)
        if counts != last:
            last, since = counts, context.clock()
        return last if sum(last.values()) == wanted else None

    try:
        return poll(
            context,
            read,
            what=f"the counts of queue {params['queue']!r}",
            timeout=10 * settle,
            interval=0.5,
            longest=5.0,
        )
    except DeadlineExceeded:
        return last  # something else sends or receives all the time: judge what there is


def words(counts: Mapping[str, int]) -> str:
    """Write the counts for people."""
    return f"{counts['visible']} visible, {counts['in_flight']} in flight, {counts['delayed']} delayed"
