# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a management command as an ECS task: starts it once for a step of a run, and follows it to its end."""

from __future__ import annotations

import re
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.aws import AWS_ERRORS, is_denied, why_unread
from ..core.context import Context
from ..core.errors import DeadlineExceeded, TaskFailed
from ..core.patience import classify
from ..core.run import FAILED, STARTED
from ..core.waiting import poll
from ..ecs import launch
from ..ecs.task_logs import Tail, stream_of, why_no_stream
from ..ecs.tasks import describe_tasks, exit_code, stopped_reason
from . import find_task
from .prepare import Command

LOG_LINES = 20
FIRST_POLL = 1.0  # seconds until a task can be over
SHORT = 600.0  # seconds; the end of a command that takes no longer is noticed within LATEST
LATEST, LATEST_OF_LONG = 2.0, 15.0  # seconds between two polls, in a short command and in a longer one
NEAR_END = 0.02  # of the time a long command took last: so near its expected end it is polled like a short one
LOG_INTERVAL = 2.0  # seconds between two reads of the log of a running task
LOG_LAG = 0.5  # seconds CloudWatch may need to show a line
LATE_READS = 4  # of the log of a task that failed without a line
ARN_AFTER = 10.0  # seconds; the task of a shorter command that may be repeated is found by its startedBy
# what `manage.py shell` says of itself since Django 5.2
NOISE = re.compile(r"\d+ objects? imported automatically( \(use -v 2 for details\))?[.:]?")
UNKNOWN_AFTER = 60.0  # ECS is eventually consistent: a task just started may not be known at once


@dataclass
class Watch:
    """A task under way: its log as it comes.

    Attributes:
        command: what runs.
        container: the container that does the work.
        on_line: is given every line; returns whether it is kept to itself (not shown).
        needed: whether what the command prints is its result; otherwise it is only shown.
        log: the last lines.
        denied: why the log may not be read; empty: nobody said so.
    """

    command: Command
    container: str
    on_line: Callable[[str], bool]
    needed: bool = False
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    tail: Tail | None = None
    denied: str = ""
    read_at: float = float("-inf")

    def read(self, context: Context, task: dict[str, Any], to_end: bool = False) -> bool:
        """Show the lines that came; say whether there were any."""
        self.read_at = context.clock()
        if self.tail is None:
            stream = stream_of(self.command.revision.definition, task, self.container)
            asking = context if self.needed else context.briefly()
            self.tail = Tail(stream.client(asking), stream, self.command.mask) if stream else None
        if self.tail is None or self.denied:
            return False
        came = False
        try:
            for line in self.tail.read(to_end):
                came = True
                if NOISE.fullmatch(line.strip()):
                    continue
                self.log.append(line)
                if not self.on_line(line):
                    context.progress.line(f"{self.command.name}: {line}")
        except AWS_ERRORS as error:
            if self.needed and not is_denied(error):
                raise
            # trouble that passes is not told: the next read goes on where this one was cut off
            if classify(error) is None:
                self.denied = why_unread(error)
                context.progress.line(f"{self.command.name}: its log cannot be read: {self.denied}")
        return came

    @property
    def unread(self) -> str:
        """Say why there may be lines that could not be read; empty: all were."""
        if self.denied or self.tail is None:
            return self.denied or why_no_stream(self.command.revision.definition, self.container)
        return "" if self.tail.found else f"there is no log stream {self.tail.name}"

    def kept(self, context: Context, task: dict[str, Any]) -> dict[str, Any]:
        """Give what the record keeps of the log: where it is, the region only if it is another, and its last lines."""
        stream = stream_of(self.command.revision.definition, task, self.container)
        if stream is None:
            return {}
        where = {"group": stream.group, "stream": stream.name, "lines": list(self.log)}
        other = stream.region and stream.region != context.client("logs").meta.region_name
        return where | ({"region": stream.region} if other else {})

    def drain(self, context: Context, task: dict[str, Any], came: bool) -> None:
        """Read a stopped task's log until nothing more comes: CloudWatch may lag behind ECS.

        Args:
            came: whether the last read brought anything.
        """
        failed = stopped_reason(task, self.container) is not None
        reads = LATE_READS if failed else 1
        while self.tail and (came or (reads > 0 and not self.log)):
            context.sleep(LOG_LAG)
            came = self.read(context, task, to_end=True)
            reads -= 1


def run_command(
    context: Context,
    command: Command,
    params: Mapping[str, Any],
    on_line: Callable[[str], bool] = lambda line: False,
    needed: bool = False,
) -> tuple[dict[str, Any], Watch]:
    """Run a command to its end, as the step of a run by the task that was started for it before.

    Args:
        on_line: is given every line of the log; those for which it returns True are not shown.
        needed: whether what it prints is its result; otherwise a log that cannot be read does not matter.

    Returns:
        The stopped task, its container having ended with exit code 0, and the watch that followed its log.

    Raises:
        TaskFailed: it did not end well; the message has what happened and the last lines of its log.
        DeadlineExceeded: ``timeout`` has passed; the task keeps running, or was stopped with ``stop_on_timeout``.
        find_task.Unknown: it may have been done before, and is not repeatable.
    """
    begin = find_start(context, command, params)
    return follow(context, command, params, start(context, command, params, begin), on_line, needed)


def find_start(context: Context, command: Command, params: Mapping[str, Any]) -> find_task.Start:
    """Find out whether a task was started for the command before."""
    if context.step is None:
        return find_task.Start(1)
    family = command.revision.definition["family"]
    return find_task.find(context, context.step, params["cluster"], family, params["repeatable"])


def start(context: Context, command: Command, params: Mapping[str, Any], begin: find_task.Start) -> dict[str, Any]:
    """Give the task of the command, started now if there is none yet; the record knows of it before."""
    step = context.step
    if step is None:
        request = {**command.request, "clientToken": params.get("client_token") or uuid.uuid4().hex}
        return launch.launch(context, request, command.name, params["capacity_timeout"])
    step.command = command.text
    task = begin.task
    if task is None:
        step.write(STARTED, begin.attempt)
        request = {
            **command.request,
            "startedBy": step.started_by(begin.attempt),
            "clientToken": step.client_token(begin.attempt),
        }
        task = launch.launch(context, request, command.name, params["capacity_timeout"])
    if not params["repeatable"]:  # of which task it is must be known even if ECS forgets it
        _write_arn(context, task["taskArn"])
    return task


def follow(
    context: Context,
    command: Command,
    params: Mapping[str, Any],
    task: dict[str, Any],
    on_line: Callable[[str], bool] = lambda line: False,
    needed: bool = False,
) -> tuple[dict[str, Any], Watch]:
    """Wait for the end of a command's task; see :func:`run_command`."""
    watch = Watch(command, params["container"], on_line, needed)
    context.progress.detail(f"{command.name}: task {task['taskArn']} of {command.revision.arn}")
    try:
        task = _follow(context, params, task, watch)
    except DeadlineExceeded as error:
        raise _too_late(context, params, task, command.name) from error
    if context.step is not None:
        context.step.log = watch.kept(context, task)
    reason = stopped_reason(task, params["container"])
    if reason is not None:
        code = exit_code(task, params["container"])
        if context.step is not None:
            context.step.write(FAILED, context.step.attempt, task["taskArn"], code, reason)
        raise TaskFailed(
            f"{command.name} {reason}. Task {task['taskArn']}.{_quote(watch)}",
            task_arn=task["taskArn"],
            exit_code=code,
            log=list(watch.log),
        )
    return task, watch


def _follow(context: Context, params: Mapping[str, Any], task: dict[str, Any], watch: Watch) -> dict[str, Any]:
    """Wait until the task has stopped and its log has been read to the end."""
    ecs, arn, since = context.client("ecs"), task["taskArn"], context.clock()

    def read() -> dict[str, Any] | None:
        found = describe_tasks(ecs, params["cluster"], [arn])
        lasts = context.clock() - since
        if not found:
            if lasts > UNKNOWN_AFTER:
                raise TaskFailed(f"ECS no longer knows the task of {watch.command.name}: {arn}.", task_arn=arn)
            return None
        if found[0]["lastStatus"] == "STOPPED":
            watch.drain(context, found[0], bool(found[0].get("startedAt")) and watch.read(context, found[0]))
            return found[0]
        if lasts >= ARN_AFTER:
            _write_arn(context, arn)
        if found[0].get("startedAt") and context.clock() - watch.read_at >= LOG_INTERVAL:
            watch.read(context, found[0])
        context.progress.status(f"{watch.command.name}: task is {found[0]['lastStatus'].lower()}")
        return None

    limit = float(params["timeout"]) if params.get("timeout") else float("inf")
    expected = context.step.previous_duration if context.step is not None else None
    context.sleep(min(FIRST_POLL, limit))
    return poll(
        context,
        read,
        what=watch.command.name,
        timeout=limit - FIRST_POLL,
        interval=lambda: next_poll(context.clock() - since, expected),
    )


def next_poll(lasts: float, expected: float | None) -> float:
    """Give the seconds until a task is looked at again.

    Args:
        lasts: seconds since it was started.
        expected: seconds the same command took last time; None: not known.
    """
    if lasts < SHORT:
        return min(LATEST, max(FIRST_POLL / 2, lasts / 5))
    interval = min(LATEST_OF_LONG, lasts / 100)
    if expected is None or lasts > expected * (1 + NEAR_END):
        return interval
    return max(LATEST, min(interval, expected * (1 - NEAR_END) - lasts))


def _write_arn(context: Context, arn: str) -> None:
    """Write which task does the step, unless the record has it: ECS forgets a stopped one after an hour."""
    step = context.step
    if step is not None and step.previous is not None and step.previous.task != arn:
        step.write(STARTED, step.previous.attempt, arn)


def _too_late(context: Context, params: Mapping[str, Any], task: dict[str, Any], name: str) -> DeadlineExceeded:
    arn, seconds = task["taskArn"], params["timeout"]
    if params["stop_on_timeout"]:
        context.client("ecs").stop_task(
            cluster=params["cluster"], task=arn, reason=f"{name} took longer than {seconds} seconds"
        )
        return DeadlineExceeded(f"{name} took longer than {seconds} seconds and was stopped: {arn}.", task_arn=arn)
    return DeadlineExceeded(
        f"{name} is still running after {seconds} seconds and keeps running: task {arn}. Wait for it or stop it"
        " before you run it again (stop_on_timeout stops it for you).",
        task_arn=arn,
    )


def _quote(watch: Watch) -> str:
    if not watch.log:
        return f" Its log could not be read: {watch.unread}." if watch.unread else " It printed nothing."
    return "\nThe last lines of its log:\n" + "\n".join(f"  {line}" for line in watch.log)
