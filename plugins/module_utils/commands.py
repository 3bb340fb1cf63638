# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs one management command of the application as an ECS task, and waits for it."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils import launch, overrides, revisions
from ansible_collections.climate.ingest.plugins.module_utils.aws import ClientError, error_code, poll, tag_list
from ansible_collections.climate.ingest.plugins.module_utils.ecs_tasks import describe_tasks, exit_code, stopped_reason
from ansible_collections.climate.ingest.plugins.module_utils.errors import (
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context
from ansible_collections.climate.ingest.plugins.module_utils.secrets import Mask, container_definition, variables_of
from ansible_collections.climate.ingest.plugins.module_utils.task_logs import UNREADABLE, Tail, stream_of

LOG_LINES = 20
LONGEST_NAME = 40
QUICK, SLOW = 0.5, 6.0  # seconds between two looks at a task: a command may take a second or hours
LOG_LAG = 0.5
LATE_LOOKS = 4  # at the log of a task that failed without a line
UNKNOWN_AFTER = 60.0  # ECS is eventually consistent: a task just started may not be known at once

COMMAND_SPEC: dict[str, Any] = {
    "cluster": {"type": "str", "required": True},
    "task_definition": {"type": "str", "required": True},
    "purpose": {"type": "str", "default": "management"},
    "container": {"type": "str", "required": True},
    "command": {"type": "raw", "required": True},
    "env": {"type": "dict"},
    "run": {"type": "str"},
    "environment": {"type": "str"},
    "started_by": {"type": "str"},
    "client_token": {"type": "str", "no_log": False},
    "timeout": {"type": "int"},
    "stop_on_timeout": {"type": "bool", "default": False},
    "capacity_timeout": {"type": "int", "default": 600},
    **launch.LAUNCH_SPEC,
}
CONSTRAINTS: dict[str, Any] = {"mutually_exclusive": [("launch_type", "capacity_provider_strategy")]}


@dataclass
class Command:
    """A management command, checked and ready to run.

    Attributes:
        arguments: what follows the container's entry point.
        revision: the task definition it runs in.
        request: RunTask's arguments, but the client token.
        name: what to call it: the command, or its first argument where that would be long.
        mask: takes the secrets of the container out of a line.
    """

    arguments: list[str]
    revision: revisions.Revision
    request: dict[str, Any]
    name: str
    mask: Mask


@dataclass
class Watch:
    """A task under way: its log as it comes.

    Attributes:
        command: what runs.
        container: the container that does the work.
        hear: is given every line; returns whether it is kept to itself (not shown).
        log: the last lines.
    """

    command: Command
    container: str
    hear: Callable[[str], bool]
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))
    tail: Tail | None = None
    readable: bool = True

    def read(self, context: Context, task: dict[str, Any]) -> bool:
        """Show the lines that came; say whether there were any."""
        if self.tail is None:
            stream = stream_of(self.command.revision.definition, task, self.container)
            self.tail = Tail(context.client("logs"), stream, self.command.mask) if stream else None
        if self.tail is None or not self.readable:
            return False
        came = False
        try:
            for line in self.tail.read():
                came = True
                if not self.hear(line):
                    self.log.append(line)
                    context.progress.line(f"{self.command.name}: {line}")
        except ClientError as error:
            if error_code(error) not in UNREADABLE:
                raise
            self.readable = False
            context.progress.line(f"{self.command.name}: its log cannot be read: {error_code(error)}")
        return came

    def drain(self, context: Context, task: dict[str, Any], came: bool) -> None:
        """Read a stopped task's log until nothing more comes: CloudWatch may lag behind ECS.

        Args:
            came: whether the last look brought anything.
        """
        failed = stopped_reason(task, self.container) is not None
        looks = LATE_LOOKS if failed else 1
        while self.tail and (came or (looks and not self.log)):
            context.sleep(LOG_LAG)
            came = self.read(context, task)
            looks -= 1


def prepare(context: Context, params: Mapping[str, Any]) -> Command:
    """Check everything that can be checked before anything is started.

    Args:
        params: the options of COMMAND_SPEC.

    Raises:
        InvalidInput: the command or a name is malformed.
        NotFound: no such definition, container or cluster.
    """
    arguments = overrides.parse_command(params["command"])
    variables = {name: str(value) for name, value in (params.get("env") or {}).items()}
    override = overrides.container_override(params["container"], arguments, variables)
    launch.check_names(params.get("started_by"), params.get("client_token"))
    if params.get("timeout") is not None and params["timeout"] <= 0:
        raise InvalidInput(f"timeout is {params['timeout']}; give seconds, or leave it out for no limit.")
    revision = revisions.resolve(context, params["task_definition"], params["purpose"])
    definition = container_definition(revision.definition, params["container"])
    if not definition:
        names = ", ".join(entry["name"] for entry in revision.definition["containerDefinitions"])
        raise NotFound(f"{revision.arn} has no container {params['container']!r}; it has: {names}.")
    if context.check_mode:
        _check_cluster(context, params["cluster"])
    return Command(
        arguments=arguments,
        revision=revision,
        request=_request(params, revision, override),
        name=_name(arguments),
        mask=Mask({**variables_of(definition), **variables}),
    )


def run_command(
    context: Context, command: Command, params: Mapping[str, Any], hear: Callable[[str], bool] = lambda line: False
) -> tuple[dict[str, Any], Watch]:
    """Run a command to its end.

    Args:
        hear: is given every line of the log; those for which it returns True are not shown.

    Returns:
        The stopped task, its container having ended with exit code 0, and the watch that followed its log.

    Raises:
        TaskFailed: it did not end well; the message has what happened and the last lines of its log.
        DeadlineExceeded: ``timeout`` is over; the task goes on, or was stopped with ``stop_on_timeout``.
    """
    request = {**command.request, "clientToken": params.get("client_token") or uuid.uuid4().hex}
    task = launch.launch(context, request, command.name, params["capacity_timeout"])
    watch = Watch(command, params["container"], hear)
    try:
        task = _follow(context, params, task, watch)
    except DeadlineExceeded as error:
        raise _too_late(context, params, task, command.name) from error
    reason = stopped_reason(task, params["container"])
    if reason is not None:
        raise TaskFailed(
            f"{command.name} {reason}. Task {task['taskArn']}.{_quote(watch.log)}",
            task_arn=task["taskArn"],
            exit_code=exit_code(task, params["container"]),
            log=list(watch.log),
        )
    return task, watch


def _follow(context: Context, params: Mapping[str, Any], task: dict[str, Any], watch: Watch) -> dict[str, Any]:
    """Wait until the task has stopped and its log has been read to the end."""
    ecs, arn, since = context.client("ecs"), task["taskArn"], context.clock()

    def look() -> dict[str, Any] | None:
        found = describe_tasks(ecs, params["cluster"], [arn])
        if not found:
            if context.clock() - since > UNKNOWN_AFTER:
                raise TaskFailed(f"ECS does not know the task of {watch.command.name} any more: {arn}.", task_arn=arn)
            return None
        came = bool(found[0].get("startedAt")) and watch.read(context, found[0])
        if found[0]["lastStatus"] == "STOPPED":
            watch.drain(context, found[0], came)
            return found[0]
        context.progress.status(f"{watch.command.name}: task is {found[0]['lastStatus'].lower()}")
        return None

    limit = float(params["timeout"]) if params.get("timeout") else float("inf")
    return poll(context, look, what=watch.command.name, timeout=limit, interval=QUICK, longest=SLOW)


def _too_late(context: Context, params: Mapping[str, Any], task: dict[str, Any], name: str) -> DeadlineExceeded:
    arn, seconds = task["taskArn"], params["timeout"]
    if params["stop_on_timeout"]:
        context.client("ecs").stop_task(
            cluster=params["cluster"], task=arn, reason=f"{name} took longer than {seconds} seconds"
        )
        return DeadlineExceeded(f"{name} took longer than {seconds} seconds and was stopped: {arn}.", task_arn=arn)
    return DeadlineExceeded(
        f"{name} is still running after {seconds} seconds, and goes on: task {arn}. Wait for it or stop it"
        " before you run it again (stop_on_timeout stops it for you).",
        task_arn=arn,
    )


def _request(params: Mapping[str, Any], revision: revisions.Revision, override: dict[str, Any]) -> dict[str, Any]:
    tags = {revisions.RUN_TAG: params.get("run"), revisions.ENVIRONMENT_TAG: params.get("environment")}
    request = {
        "cluster": params["cluster"],
        "taskDefinition": revision.arn,
        "count": 1,
        "overrides": override,
        "startedBy": params.get("started_by"),
        "tags": tag_list({name: text for name, text in tags.items() if text}, lower=True),
        **launch.launch_arguments(params),
    }
    return {name: value for name, value in request.items() if value}


def _check_cluster(context: Context, cluster: str) -> None:
    found = context.client("ecs").describe_clusters(clusters=[cluster])["clusters"]
    if not found or found[0]["status"] != "ACTIVE":
        raise NotFound(f"There is no ACTIVE cluster {cluster!r} in this account and region.")


def _name(arguments: Sequence[str]) -> str:
    text = overrides.format_command(arguments)
    return text if len(text) <= LONGEST_NAME and "\n" not in text else arguments[0]


def _quote(log: Sequence[str]) -> str:
    if not log:
        return " No line of its log could be had."
    return "\nThe last lines of its log:\n" + "\n".join(f"  {line}" for line in log)
