# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A step's ECS task: started once, found again after a crash of the controller, never guessed about.

Before RunTask the record says that the step is being started; after it, by which task. RunTask carries a client token
derived from run, step and try, so asking again starts no second task. ECS shows stopped tasks for at least an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from ..ecs.tasks import describe_tasks
from ..record import record
from ..record.step_writer import StepWriter

VISIBLE_FOR = timedelta(minutes=50)  # less than the hour for which ECS promises to show a stopped task


class Unknown(Refused):
    """Nobody can know any more whether a step was done."""


@dataclass(frozen=True)
class Start:
    """Where a step begins.

    Attributes:
        attempt: the try.
        task: the task that does or did it already; None: it is to be started.
    """

    attempt: int
    task: dict[str, Any] | None = None


def find(context: Context, writer: StepWriter, cluster: str, family: str, repeatable: bool) -> Start:
    """Find out where a step begins.

    Args:
        cluster, family: where its task runs, and of which task definition family it is.
        repeatable: the command may run twice: then it is started again where nobody can know.

    Raises:
        Unknown: it may have been done; the message has the choices by name.
    """
    previous = writer.previous
    if previous is None or previous.state != record.STARTED:
        return Start(writer.attempt)
    ecs = context.client("ecs")
    if previous.task:
        found = describe_tasks(ecs, cluster, [previous.task])
    else:
        found = _started_by(ecs, cluster, family, writer.started_by(previous.attempt))
    if found:
        context.progress.line(f"{writer.name}: found again: task {found[0]['taskArn']}")
        return Start(previous.attempt, found[0])
    age = context.now() - datetime.fromisoformat(previous.at)
    if not previous.task and age < VISIBLE_FOR:
        return Start(previous.attempt)  # it would be seen: the token settles what may still be under way
    if repeatable:
        return Start(previous.attempt + 1)
    raise Unknown(_choices(writer, previous), step=writer.name)


def _started_by(ecs: Any, cluster: str, family: str, started_by: str) -> list[dict[str, Any]]:
    """Find a task by its ``startedBy``, which ListTasks takes as the only filter: not for stopped tasks."""
    arns = ecs.list_tasks(cluster=cluster, startedBy=started_by)["taskArns"]
    if not arns:
        pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, family=family, desiredStatus="STOPPED")
        arns = [arn for page in pages for arn in page["taskArns"]]
    return [task for task in describe_tasks(ecs, cluster, arns) if task.get("startedBy") == started_by]


def _choices(writer: StepWriter, previous: record.Step) -> str:
    task = f" by task {previous.task}" if previous.task else ""
    return (
        f"{writer.name} was started{task} at {previous.at}, and nobody can know any more how it ended: ECS forgets a"
        " stopped task after an hour, and a second one would queue the jobs twice. Look at its log and at the queue,"
        f" then say which it is: -e ingest_assume_done={writer.name} (all jobs were queued: go on) or"
        " -e ingest_purge_queue=true (delete what is in the queue and create the jobs again)."
    )
