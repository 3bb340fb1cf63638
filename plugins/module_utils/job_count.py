# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Counts the jobs in the queue: none may be there before create_jobs, exactly those asked for after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.asked import ASKED_SPEC, read_asked
from ansible_collections.climate.ingest.plugins.module_utils.aws import ClientError, error_code, poll
from ansible_collections.climate.ingest.plugins.module_utils.errors import (
    DeadlineExceeded,
    Incomplete,
    InvalidInput,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.job_queue import (
    COUNTS,
    foresee_jobs,
    foreseen_jobs,
    queue_url,
)
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context, Operation, Result

PURGE_TIMEOUT = 150.0  # seconds: two other purges
PURGING = {"AWS.SimpleQueueService.PurgeQueueInProgress", "PurgeQueueInProgress"}
EXPECT_ANY, EXPECT_EMPTY, EXPECT_ASKED = "any", "empty", "asked"

ARGUMENT_SPEC: dict[str, Any] = {
    "queue": {"type": "str", "required": True},
    "expect": {"type": "str", "choices": [EXPECT_ANY, EXPECT_EMPTY, EXPECT_ASKED], "default": EXPECT_ANY},
    **ASKED_SPEC,
    "purge": {"type": "bool", "default": False},
    "before": {"type": "int", "default": 0},
    "settle": {"type": "int", "default": 60},
}


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Count, and compare with what is expected; the parameters are the module's."""
    if params["settle"] < 0 or params["before"] < 0:
        raise InvalidInput(f"settle is {params['settle']} and before is {params['before']}; both must be 0 or more.")
    asked = read_asked(params).jobs if params["expect"] == EXPECT_ASKED else None
    url = queue_url(context, params["queue"])
    if params["expect"] == EXPECT_EMPTY:
        return _empty(context, url, params)
    if asked is not None and context.check_mode:
        foresee_jobs(context, url, asked + params["before"])
    counts = read_counts(context, url) if asked is None or context.check_mode else _counted(context, url, params, asked)
    return Result(values=_values(url, counts, asked))


def read_counts(context: Context, url: str) -> dict[str, int]:
    """Give the approximate numbers of messages: ``visible``, ``in_flight``, ``delayed``.

    They may lag by a minute (API reference, GetQueueAttributes).
    """
    jobs = foreseen_jobs(context, url)
    if jobs is not None:
        return {**dict.fromkeys(COUNTS, 0), "visible": jobs}
    answer = context.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS.values()))
    return {name: int(answer["Attributes"].get(attribute, 0)) for name, attribute in COUNTS.items()}


def _empty(context: Context, url: str, params: Mapping[str, Any]) -> Result:
    """Make sure that nothing is queued: what create_jobs adds to it would be done twice, or mixed up."""
    counts = read_counts(context, url) if params["purge"] else _settled(context, url, params, wanted=0)
    result = Result(values=_values(url, counts, None))
    if not sum(counts.values()):
        return result
    if not params["purge"]:
        raise Refused(
            f"The queue {params['queue']!r} is not empty: {_words(counts)}. create_jobs would add to them and the work"
            " would be done twice. Let workers finish them, or have them deleted (ingest_purge_queue=true) if nobody"
            " needs them; messages in flight return when their visibility timeout ends.",
            counts=counts,
        )
    result.changed, result.before, result.after = True, counts, dict.fromkeys(COUNTS, 0)
    result.resource, result.verb = f"jobs in queue {params['queue']}", "removed"
    foresee_jobs(context, url, 0)
    if not context.check_mode:
        _purge(context, url, params)
    result.values = _values(url, result.after, None)
    return result


def _purge(context: Context, url: str, params: Mapping[str, Any]) -> None:
    """Delete all messages; SQS takes up to a minute, and allows one purge a minute (API, PurgeQueue).

    Raises:
        DeadlineExceeded: somebody else purges all the time.
        Refused: messages keep coming: something sends, or workers return theirs.
    """

    def purge() -> bool | None:
        try:
            context.client("sqs").purge_queue(QueueUrl=url)
        except ClientError as error:
            if error_code(error) not in PURGING:
                raise
            context.progress.status(f"queue {params['queue']}: purged less than a minute ago")
            return None
        return True

    poll(context, purge, what=f"a purge of queue {params['queue']!r}", timeout=PURGE_TIMEOUT, interval=2.0, longest=5.0)
    left = _settled(context, url, params, wanted=0)
    if sum(left.values()):
        raise Refused(
            f"The queue {params['queue']!r} was purged and is not empty: {_words(left)}. Something still sends jobs,"
            " or workers still hold some.",
            counts=left,
        )


def _values(url: str, counts: Mapping[str, int], asked: int | None) -> dict[str, Any]:
    return {"queue_url": url, "counts": dict(counts), "jobs": sum(counts.values()), "asked": asked}


def _counted(context: Context, url: str, params: Mapping[str, Any], asked: int) -> dict[str, int]:
    """Compare what arrived with what was asked for."""
    counts = _settled(context, url, params, wanted=asked + params["before"])
    arrived = sum(counts.values()) - params["before"]
    if arrived == asked:
        return counts
    asked_for = read_asked(params)
    shape = f"{asked} jobs asked for ({len(asked_for.models)} models x {len(asked_for.years)} years)"
    facts = {"counts": counts, "jobs": sum(counts.values()), "asked": asked}
    if arrived < asked:
        raise Incomplete(
            f"Only {arrived} of the {shape} arrived in the queue {params['queue']!r}. create_jobs may have been cut"
            " short or may combine lists wrongly: purge the queue and create them again, model by model if need be.",
            **facts,
        )
    raise Refused(
        f"{arrived} jobs arrived in the queue {params['queue']!r}, more than the {shape}. create_jobs may have run"
        " twice, or all means more than all_models and all_years say. Purge the queue and create them again.",
        **facts,
    )


def _settled(context: Context, url: str, params: Mapping[str, Any], wanted: int) -> dict[str, int]:
    """Read the counts until they are as wanted, or have not changed for ``settle`` seconds."""
    last = read_counts(context, url)
    since = context.clock()
    settle = 0 if context.check_mode else params["settle"]

    def look() -> dict[str, int] | None:
        nonlocal last, since
        if sum(last.values()) == wanted or context.clock() - since >= settle:
            return last
        context.progress.status(f"queue {params['queue']}: {_words(last)}, {wanted} expected")
        counts = read_counts(context, url)
        if counts != last:
            last, since = counts, context.clock()
        return last if sum(last.values()) == wanted else None

    try:
        return poll(
            context,
            look,
            what=f"the counts of queue {params['queue']!r}",
            timeout=10 * settle,
            interval=0.5,
            longest=5.0,
        )
    except DeadlineExceeded:
        return last  # something else sends or receives all the time: judge what there is


def _words(counts: Mapping[str, int]) -> str:
    return f"{counts['visible']} visible, {counts['in_flight']} in flight, {counts['delayed']} delayed"


OPERATION = Operation(run=run, argument_spec=ARGUMENT_SPEC, services=("sqs",))
