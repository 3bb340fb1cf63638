# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether what commands and workers print can be read: where it goes, who makes the log group, who can write there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from ..core.aws import AWS_ERRORS, ClientError, error_code, explain, is_denied
from ..core.errors import IngestError, NotFound
from ..core.secrets import container_definition
from ..core.text import count
from ..ecs import log_groups
from ..ecs.container_instances import list_instances
from ..ecs.definitions.task_size import FARGATE
from ..ecs.log_groups import Destination, LogGroup
from ..fleet import user_data
from .check_context import COMMANDS, CheckContext, Cloned
from .findings import Findings, refusal
from .inputs import ANY_COMMAND
from .permissions import ask, clone_changes
from .reads import NO_ID

NO_LOG = "ResourceNotFoundException"
SHOWN = 5  # container instances that are named


def destination(ctx: CheckContext, definition: Mapping[str, Any], cloned: Cloned = COMMANDS) -> Destination:
    """Give where the container of the clones will log."""
    chosen, environment = ctx.values.get("ingest_log_group"), ctx.values.get("ingest_environment")
    return log_groups.choose(ctx.context, definition, ctx.values[cloned.container], chosen, environment)


def check(
    ctx: CheckContext, base: Mapping[str, Any], clone: Mapping[str, Any], where: Destination, cloned: Cloned = COMMANDS
) -> Findings:
    """Make sure that the log of a clone's container can be written and read: reports of commands are in it.

    Args:
        base, clone: the definition that is cloned, and the register input of the clone.
        where: from ``destination``.
        cloned: which definition it is.
    """
    findings = Findings()
    name, family = ctx.values[cloned.container], ctx.values[cloned.family]
    if ctx.values.get("ingest_log_group") == log_groups.NONE:
        _check_forbidden(ctx, container_definition(base, name), findings)
    fargate = cloned == COMMANDS and ctx.values.get("ingest_launch_type") == FARGATE
    for problem in log_groups.problems(clone, name, fargate):
        findings.wrong(cloned.family, family, problem)
    if where.made:
        _check_made(ctx, name, where, findings)
    group = log_groups.group_of(container_definition(clone, name))
    if group is not None:
        _try_reads(ctx, cloned, group, where, findings)
    if cloned == COMMANDS and where.group and not fargate and not ctx.values.get("ingest_capacity_provider_strategy"):
        _check_instances(ctx, findings)
    return findings


def _check_forbidden(ctx: CheckContext, container: Mapping[str, Any], findings: Findings) -> None:
    why = log_groups.unreadable(ctx.context, container)
    if not why:
        return
    text = f"container {container['name']} keeps its log, and {why}: nothing that commands print can be read"
    if ctx.needs("verify"):
        findings.wrong(
            "ingest_log_group",
            log_groups.NONE,
            f"{text}, so nothing can be verified. {log_groups.READABLE_BY}",
        )
    else:
        findings.warnings.append(f"ingest_log_group is none: {text}.")


def _check_made(ctx: CheckContext, container: str, where: Destination, findings: Findings) -> None:
    """Say that the group of the environment is used, and whether the run makes it; ask whether it may."""
    there = None
    try:
        there = log_groups.find(ctx.context, where.group)
    except ClientError as error:
        findings.problems.append(refusal(error, f"to see whether there is a log group {where.group}"))
    findings.facts["log_group"] = {"name": where.group, "exists": there is not None}
    makes = (
        ""
        if there
        else f" The run makes it, with events kept for {count(log_groups.RETENTION_DAYS, 'day')}, and leaves it there"
        f" ({log_groups.NEEDS})."
    )
    findings.notes.append(
        f"The log of container {container} cannot be read: {where.why}. In the run's own task"
        f" definitions it logs to {where.group}.{makes} ingest_log_group names another group, or forbids it"
        f" ({log_groups.NONE})."
    )
    arn = ctx.arn("logs", f"log-group:{where.group}")
    streams = f"{arn}:*"  # as actions on a group but those on its tags are authorized
    changes = (
        []
        if there
        else [
            ("logs:CreateLogGroup", streams),
            ("logs:PutRetentionPolicy", streams),
            ("logs:TagResource", arn),
            ("logs:ListTagsForResource", arn),
        ]
    )
    asked = ask(ctx, [*changes, *([] if ctx.needs("prepare", "task_definition") else clone_changes(ctx))])
    if any("logs:" in each for each in asked.problems):
        asked.problems.append(f"Log group {where.group} cannot be made. {log_groups.remedy(where.group)}")
    findings.add(asked)


def _try_reads(ctx: CheckContext, cloned: Cloned, group: LogGroup, where: Destination, findings: Findings) -> None:
    """Read from the group as the run will."""
    other = group.region not in ("", ctx.region)
    now = int(ctx.context.now().timestamp() * 1000)  # nothing to search
    stream = f"{group.prefix}/{ctx.values[cloned.container]}/{NO_ID}"
    try:
        logs = ctx.context.client("logs", group.region)
        search = partial(logs.filter_log_events, logGroupName=group.name, startTime=now, limit=1)
        read = partial(logs.get_log_events, logGroupName=group.name, logStreamName=stream, limit=1)
        missing = _try(search, "to find the jobs that fail", findings)
        _try(read, "to read what commands print, such as the report of the verification", findings)
    except (IngestError, *AWS_ERRORS) as error:
        why = f"its log group {group.name} in region {group.region} cannot be read: {explain(error).message}"
        findings.wrong(cloned.family, ctx.values[cloned.family], why)
        missing = False
    if missing and not where.group and not group.created_by_driver:
        why = f"its log group {group.name} does not exist, so no container would start."
        findings.wrong(cloned.family, ctx.values[cloned.family], why)
    if other and findings.problems:
        findings.problems.append(
            f"Or send the log of container {ctx.values[cloned.container]} to region {ctx.region}: name a log group of"
            " this region in ingest_log_group."
        )


def _try(call: Callable[[], Any], purpose: str, findings: Findings) -> bool:
    """Read from a log group; say whether it, or the stream, is missing."""
    try:
        call()
    except ClientError as error:
        if error_code(error) == NO_LOG:
            return True
        if not is_denied(error):
            raise
        findings.problems.append(refusal(error, purpose))
    return False


def _check_instances(ctx: CheckContext, findings: Findings) -> None:
    """Name the container instances that cannot take a container that logs through awslogs."""
    cluster = ctx.values.get("ingest_cluster")
    if not cluster or not ctx.needs(*ANY_COMMAND):
        return
    lacking: list[dict[str, Any]] = []
    with suppress(NotFound, *AWS_ERRORS):  # the check of the cluster tells
        lacking = list_instances(ctx.context, cluster, f"attribute:{log_groups.CAPABILITY} !exists")
    if not lacking:
        return
    names = [str(each.get("ec2InstanceId", each.get("containerInstanceArn"))) for each in lacking]
    some = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    why = (
        f"cannot log through awslogs, as ECS_AVAILABLE_LOGGING_DRIVERS of the agent lacks it ({some}). Add it there and"
        f" restart the agent, or set ingest_log_group to {log_groups.NONE}."
    )
    able = list_instances(ctx.context, cluster, f"attribute:{log_groups.CAPABILITY} exists")
    if able:
        findings.warnings.append(f"No command is placed on some container instances of {cluster}: they {why}")
    else:
        findings.wrong("ingest_cluster", cluster, f"no command can be placed: its container instances {why}")


def check_group(ctx: CheckContext) -> Findings:
    """Make sure that the group is there to which containers are to send their logs: none would start without."""
    findings = Findings()
    group = ctx.values["ingest_log_group"]
    if not group or group == log_groups.NONE:
        return findings

    def read() -> None:
        found = log_groups.find(ctx.context, group)
        if found is None:
            raise NotFound(
                f"There is no log group {group} in region {ctx.region}, so no container would start: create it, or"
                " name another one, or leave it empty: then the run makes one where it needs one."
            )
        kind = found.get("logGroupClass", "")
        if kind not in log_groups.READABLE:
            raise NotFound(f"Log group {group} is of class {kind}, whose events cannot be read: name another one.")

    findings.attempt("ingest_log_group", group, read)
    return findings


def check_fleet(ctx: CheckContext, findings: Findings) -> None:
    """Warn where the fleet's copy of the user data keeps its instances from taking the workers' log driver."""
    worker, data = findings.seen.get("worker"), findings.seen.get("user_data")
    if not worker or not data:
        return
    group = log_groups.group_of(container_definition(worker, ctx.values[ctx.workers.container]))
    if group is not None and user_data.lacks_logging_driver(user_data.decode(data), log_groups.AWSLOGS):
        findings.warnings.append(
            "The user data that the fleet copies sets ECS_AVAILABLE_LOGGING_DRIVERS without awslogs, through which the"
            " workers log: none would be placed. Add it there, or name another source in ingest_launch_source."
        )
