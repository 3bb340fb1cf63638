# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds a step's ECS task again after a crash of the controller, so that it is started once.

Before RunTask the record says that the step is being started; some seconds after it, by which task. RunTask carries a
client token derived from run, step and attempt, so a repeated call starts no second task. ECS shows stopped tasks for
at least an hour (ECS developer guide); after that there is no way to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..core.context import Context
from ..core.errors import Refused
from ..core.run import STARTED, Run, Step, StepRecorder
from ..ecs.tasks import describe_tasks
from ..record import go_on

VISIBLE_FOR = timedelta(minutes=50)  # less than the hour for which ECS promises to show a stopped task


class Unknown(Refused):
    """There is no way to tell whether a step was done.

    Args:
        next_attempt: the attempt to make where it is to be done again all the same.
    """

    def __init__(self, message: str, next_attempt: int, **details: Any) -> None:
        super().__init__(message, **details)
        self.next_attempt = next_attempt


@dataclass(frozen=True)
class Start:
    """Where a step begins.

    Attributes:
        attempt: the attempt to make or to follow.
        task: the task that does or did it already; None: it must be started.
    """

    attempt: int
    task: dict[str, Any] | None = None


def find(context: Context, step: StepRecorder, cluster: str, family: str, repeatable: bool) -> Start:
    """Find out where a step begins.

    Args:
        cluster, family: where its task runs, and of which task definition family it is.
        repeatable: whether the command may run twice: then it is started again where there is no way to tell.

    Raises:
        Unknown: it may have been done; the message has the choices by name.
    """
    previous = step.previous
    if previous is None or previous.state != STARTED:
        return Start(step.attempt)
    ecs = context.client("ecs")
    if previous.task:
        found = describe_tasks(ecs, cluster, [previous.task])
    else:
        started_by = step.run.started_by(step.name, previous.attempt, previous.part)
        found = _started_by(ecs, cluster, family, started_by)
    if found:
        context.progress.line(f"{step.name}: found its task again: {found[0]['taskArn']}")
        return Start(previous.attempt, found[0])
    age = context.now() - datetime.fromisoformat(previous.at)
    if not previous.task and age < VISIBLE_FOR:
        return Start(previous.attempt)  # ECS would still show it; the token covers a call that is under way
    if repeatable:
        return Start(previous.attempt + 1)
    message, choices = _choices(step, previous)
    raise Unknown(message, previous.attempt + 1, step=step.name, **{go_on.CHOICES: choices})


def running(context: Context, cluster: str, run: Run, steps: Mapping[str, Step]) -> list[str]:
    """Give the ARNs of the tasks of steps that have begun and not ended: those could still queue jobs.

    Args:
        steps: of the run, by name. The record has the ARN of a task only once it has run for a while.
    """
    ecs, begun = context.client("ecs"), {name: step for name, step in steps.items() if step.state == STARTED}
    arns = [step.task for step in begun.values() if step.task]
    for name, step in begun.items():
        if not step.task:
            started_by = run.started_by(name, step.attempt, step.part)
            arns += ecs.list_tasks(cluster=cluster, startedBy=started_by)["taskArns"]
    return [task["taskArn"] for task in describe_tasks(ecs, cluster, arns) if task["lastStatus"] != "STOPPED"]


def _started_by(ecs: Any, cluster: str, family: str, started_by: str) -> list[dict[str, Any]]:
    """Find a task by its ``startedBy``; ListTasks takes no other filter with it, so stopped tasks are searched."""
    arns = ecs.list_tasks(cluster=cluster, startedBy=started_by)["taskArns"]
    if not arns:
        pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, family=family, desiredStatus="STOPPED")
        arns = [arn for page in pages for arn in page["taskArns"]]
    return [task for task in describe_tasks(ecs, cluster, arns) if task.get("startedBy") == started_by]


def _choices(step: StepRecorder, previous: Step) -> tuple[str, dict[str, dict[str, str]]]:
    """Say what is not known and what may be done, and the variables for each."""
    name, task = step.name, f" by task {previous.task}" if previous.task else ""
    lost = (
        f"{name} was started{task} at {previous.at}, and ECS can no longer tell how it ended: it forgets a stopped task"
        " after an hour."
    )
    assumed = {"ingest_assume_done": name}
    for variable in ("commands_before", "commands_after"):
        if name in (getattr(step.run, variable) or ()):
            return (
                f"{lost} Look at its log, then choose: -e ingest_assume_done={name} if it did what it should, or"
                f" repeatable: true in ingest_{variable} to run it again.",
                {"if it did what it should": assumed, "to run it again, with repeatable: true": {}},
            )
    return (
        f"{lost} A second task would queue the jobs twice. Look at its log and at the queue, then choose:"
        f" -e ingest_assume_done={name} if all jobs were queued, or -e ingest_purge_queue=true to empty the queue and"
        " create the jobs again.",
        {"if all jobs were queued": assumed, "to empty the queue and create the jobs again": go_on.PURGE},
    )
