# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the log of a container can be read, and the log group of the environment where it cannot.

Of the log drivers of ECS only awslogs writes what GetLogEvents reads, in a group that must be there, of the class
STANDARD (CloudWatch Logs User Guide, "Log classes"), in a region of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..core.aws import AWS_ERRORS, TAG_PREFIX, ClientError, error_code, error_text, is_denied, why_unread
from ..core.context import Context
from ..core.errors import IngestError, Refused
from ..core.names import Names
from ..core.run import Step
from ..core.secrets import container_definition
from ..core.text import count
from .definitions.task_size import FARGATE

NONE = "none"  # in place of a group's name: logs stay where they are
AWSLOGS = "awslogs"
RETENTION_DAYS = 30  # PutRetentionPolicy takes 1, 3, 5, 7, 14, 30, 60, 90, ...
READABLE = ("STANDARD", "")
TAKEN = "ResourceAlreadyExistsException"
PREDICTED = "log_group"  # kind of a prediction
FACT = "log_group"  # fact of a step: the group that its clone logs to
CAPABILITY = "com.amazonaws.ecs.capability.logging-driver.awslogs"  # attribute of a container instance
READABLE_BY = "Leave ingest_log_group empty, or name a log group in it."
NEEDS = "logs:CreateLogGroup, logs:PutRetentionPolicy and logs:TagResource"


@dataclass(frozen=True)
class LogGroup:
    """The log group that a container's awslogs driver names.

    Attributes:
        name: of the group.
        region: of the group; empty: that of the run.
        prefix: of the names of its streams; empty: they have the container's runtime id alone.
        created_by_driver: whether the driver makes it (``awslogs-create-group``).
    """

    name: str
    region: str = ""
    prefix: str = ""
    created_by_driver: bool = False


@dataclass(frozen=True)
class Destination:
    """Where a container of our clones is to log.

    Attributes:
        group: of the run's region; empty: the container logs as it did.
        made: whether the run makes the group where it is missing.
        why: what is wrong with the container's own log, as the end of a sentence; empty: nothing, or it is not known.
    """

    group: str = ""
    made: bool = False
    why: str = ""


def group_of(container: Mapping[str, Any]) -> LogGroup | None:
    """Read the log group of a container definition; None with another driver than awslogs."""
    configuration = container.get("logConfiguration") or {}
    options = configuration.get("options") or {}
    if configuration.get("logDriver") != AWSLOGS or not options.get("awslogs-group"):
        return None
    return LogGroup(
        options["awslogs-group"],
        options.get("awslogs-region", ""),
        options.get("awslogs-stream-prefix", ""),
        options.get("awslogs-create-group", "").lower() == "true",
    )


def driver_of(container: Mapping[str, Any]) -> str:
    """Name the log driver of a container definition; Docker's own where it names none."""
    return str((container.get("logConfiguration") or {}).get("logDriver") or "the log driver of its Docker daemon")


def choose(
    context: Context, definition: Mapping[str, Any], container: str, chosen: str | None, environment: str | None
) -> Destination:
    """Choose where a container of a clone logs, so that its log can be read.

    Args:
        definition: what is cloned.
        chosen: a group of the run's region, NONE, or nothing: the container's own group where it can be read, in
            whatever region, else that of the environment.
        environment: whose group; without one, only a group that is named is used.
    """
    if chosen == NONE:
        return Destination()
    described = container_definition(definition, container)
    if chosen:
        there, region = group_of(described), context.client("ecs").meta.region_name
        same = there is not None and (there.name, there.region or region) == (chosen, region)
        return Destination("" if same else chosen)
    why = unreadable(context, described)
    if not why or not environment:
        return Destination()
    return Destination(Names(environment).log_group, made=True, why=why)


def unreadable(context: Context, container: Mapping[str, Any]) -> str:
    """Say why the log of a container cannot be read, as the end of a sentence; empty where it can, or nobody knows.

    What may not be asked is not taken for missing: the reads of the log tell.
    """
    group = group_of(container)
    if group is None:
        return f"it logs through {driver_of(container)}"
    if group.created_by_driver:
        return ""
    try:
        found = find(context, group.name, group.region)
    except (IngestError, *AWS_ERRORS):
        return ""
    if found is None:
        return f"its log group {group.name} does not exist{f' in {group.region}' if group.region else ''}"
    kind = found.get("logGroupClass", "")
    return "" if kind in READABLE else f"its log group {group.name} is of class {kind}, whose events cannot be read"


def find(context: Context, name: str, region: str = "") -> dict[str, Any] | None:
    """Look a log group up; None: it does not exist. One that was found is not looked up again in a play."""
    if not region and context.preview.get(f"{PREDICTED}/{name}"):
        return {"logGroupName": name, "retentionInDays": RETENTION_DAYS}
    return context.memo.once(f"log_group/{region}/{name}", partial(_find, context, name, region))


def _find(context: Context, name: str, region: str) -> dict[str, Any] | None:
    pages = context.client("logs", region).get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    found = (each for page in pages for each in page["logGroups"] if each["logGroupName"] == name)
    return next(found, None)


def ensure(context: Context, destination: Destination, tags: Mapping[str, str]) -> tuple[bool, list[str]]:
    """Make the group of a destination, if it is one that we make and it is missing; it is never removed.

    Args:
        tags: of the group.

    Returns:
        Whether it was made (in check mode: would be), and warnings.

    Raises:
        Refused: it may not be made; the message has the choices.
    """
    if not destination.made:
        return False, []
    name = destination.group
    try:
        found = find(context, name)
    except ClientError as error:
        if not is_denied(error):
            raise
        found = None  # making it tells
    if found is not None:
        return False, _complete(context, found, tags)
    if context.check_mode:
        context.preview.predict(f"{PREDICTED}/{name}", True)
        return True, []
    made = _create(context, name, tags)
    warnings = _retain(context, name) if made else []
    context.memo.put(f"log_group//{name}", {"logGroupName": name})
    return made, warnings


def _create(context: Context, name: str, tags: Mapping[str, str]) -> bool:
    logs = context.client("logs")

    def there() -> dict[str, Any] | None:
        return {} if _find(context, name, "") else None

    try:
        logs.unless(there).create_log_group(logGroupName=name, tags=dict(tags))
    except ClientError as error:
        if error_code(error) == TAKEN:
            return False
        if is_denied(error):
            raise Refused(f"Log group {name} could not be made: {error_text(error)} {remedy(name)}") from error
        raise
    return True


def remedy(name: str) -> str:
    """Say what to do where the group of the environment cannot be made."""
    return (
        f"Allow {NEEDS} (docs/permissions.md), or create {name} yourself, or name a log group that exists in"
        f" ingest_log_group; {NONE} leaves logs where they are, and nothing can be verified then."
    )


def _complete(context: Context, found: Mapping[str, Any], tags: Mapping[str, str]) -> list[str]:
    """Give a group of ours the retention that a crash may have kept it from; others' stay as they are."""
    if found.get("retentionInDays") or context.check_mode or not found.get("arn"):
        return []
    arn = str(found["arn"]).removesuffix(":*")  # as the tagging operations take it
    try:
        known = context.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
    except AWS_ERRORS:
        return []
    environment = f"{TAG_PREFIX}environment"
    if known.get(environment) != tags.get(environment):
        return []
    context.memo.forget(f"log_group//{found['logGroupName']}")
    return _retain(context, str(found["logGroupName"]))


def _retain(context: Context, name: str) -> list[str]:
    try:
        context.client("logs").put_retention_policy(logGroupName=name, retentionInDays=RETENTION_DAYS)
    except ClientError as error:
        if not is_denied(error):
            raise
        return [f"Log group {name} keeps its events for ever: {why_unread(error)}."]
    return []


def problems(definition: Mapping[str, Any], container: str, fargate: bool = False) -> list[str]:
    """Give what ECS refuses of a clone that logs through awslogs, each as a sentence for the operator.

    Args:
        definition: what RegisterTaskDefinition is to be given.
        container: that was made to log there.
        fargate: tasks run on Fargate, whatever the definition requires.
    """
    on_fargate = fargate or FARGATE in (definition.get("requiresCompatibilities") or [])
    if not on_fargate or definition.get("executionRoleArn"):
        return []
    if group_of(container_definition(definition, container)) is None:
        return []
    return [
        f"Container {container} is to log through awslogs, which on Fargate needs an execution role (executionRoleArn)"
        " that may logs:CreateLogStream and logs:PutLogEvents, and the definition has none. Give it one, or set"
        f" ingest_log_group to {NONE}, where nothing can be verified."
    ]


def kept(steps: Mapping[str, Step]) -> str:
    """Name the groups that the clones of a run log to, which stay when it is over; empty: they kept their own."""
    return " and ".join(sorted({str(step.facts[FACT]) for step in steps.values() if step.facts.get(FACT)}))


def title(name: str) -> str:
    """Name the group for the plan and the record: it stays when the run is over."""
    return f"log group {name} (kept after the run; events for {count(RETENTION_DAYS, 'day')})"
