# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the credentials may do what a run does: EC2's dry runs, harmless reads, and IAM's simulation of the rest.

A read that a check makes anyway proves itself: what is refused becomes a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..core.aws import AWS_ERRORS, tag_list, why_unread
from ..ecs.definitions.revisions import ENVIRONMENT_TAG, RUN_TAG
from ..fleet.launch_source import Source
from ..record.store import ROOT
from .check_context import COMMANDS, CheckContext
from .findings import Findings
from .inputs import ANY_COMMAND
from .reads import NO_ID, try_call
from .standing import checks as standing

ANY_ID = "00000000-0000-0000-0000-000000000000"  # in the ARN of a group that does not exist yet
ANYTHING = "*"  # of an action that has no resource
TASKS = "ecs-tasks.amazonaws.com"

Change = tuple[str, str]  # action, ARN of what it changes


def try_launches(ctx: CheckContext, source: Source) -> Findings:
    """Ask EC2 by DryRun whether the launch template could be made and instances launched, with tags and role."""
    findings, ec2 = Findings(), ctx.context.client("ec2")
    if not source.image or not source.subnets:
        return findings
    instance = {"ImageId": source.image, "InstanceType": ctx.values.get("ingest_instance_types", ["m4.2xlarge"])[0]}
    profile = source.data.get("IamInstanceProfile")
    launched = {**instance, **({"IamInstanceProfile": profile} if profile else {})}
    tags = tag_list(_tags(ctx))
    try_call(
        findings,
        partial(
            ec2.create_launch_template,
            DryRun=True,
            LaunchTemplateName=ctx.names.fleet,
            LaunchTemplateData=instance,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
        ),
        "to describe the instances of the fleet",
    )
    try_call(
        findings,
        partial(
            ec2.run_instances,
            DryRun=True,
            MinCount=1,
            MaxCount=1,
            SubnetId=source.subnets[0],
            TagSpecifications=[{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")],
            **launched,
        ),
        "to launch the fleet from a launch template",
    )
    return findings


def _tags(ctx: CheckContext) -> dict[str, str]:
    """Give the tags of what the run creates."""
    return {RUN_TAG: ctx.context.run_id, ENVIRONMENT_TAG: ctx.values["ingest_environment"]}


def check_roles(ctx: CheckContext, definition: Mapping[str, Any]) -> Findings:
    """Ask IAM whether the roles of a task definition may be handed to its tasks; nothing is asked without a role."""
    roles = [definition[name] for name in ("taskRoleArn", "executionRoleArn") if definition.get(name)]
    return ask(ctx, [("iam:PassRole", role) for role in roles])


def clone_changes(ctx: CheckContext) -> list[Change]:
    """List the changing calls that the clones of the task definitions take."""
    cloned = [COMMANDS, *([ctx.workers] if ctx.needs("task_definition") else [])]
    families = dict.fromkeys(ctx.values.get(each.family) for each in cloned)
    named = [f"ecs:{name}" for name in ("RegisterTaskDefinition", "DeleteTaskDefinitions", "TagResource")]
    changes = [(action, ctx.arn("ecs", f"task-definition/{family}:1")) for family in families for action in named]
    return [*changes, ("ecs:DeregisterTaskDefinition", ANYTHING)]


def simulate(ctx: CheckContext) -> Findings:
    """Ask IAM whether the caller's policies allow the changes of the parts that run."""
    return ask(ctx, list(_changes(ctx)))


def ask(ctx: CheckContext, changes: Sequence[Change]) -> Findings:
    """Ask IAM about changes (action, ARN), in one request; a caller that may not ask is told that nothing is known.

    Conditions on what is not known here (other tags, for instance) prove nothing, and are left to the run.
    """
    findings = Findings()
    caller = principal(ctx.identity["arn"])
    if not caller or not changes:
        return findings
    named = [change for change in changes if change[1] != ANYTHING]
    try:
        refused = set(_refused(ctx, caller, named)) | set(_refused(ctx, caller, [*set(changes) - set(named)]))
    except AWS_ERRORS as error:
        findings.warnings.append(
            f"Whether {ctx.identity['arn']} may make the changes of this run is not known: {why_unread(error)}."
        )
        return findings
    if denied := [f"{action} on {resource}" for action, resource in changes if (action, resource) in refused]:
        findings.problems.append(
            f"IAM says that {ctx.identity['arn']} may not: {'; '.join(denied)}. docs/permissions.md has the policy a"
            " run needs."
        )
    return findings


def _refused(ctx: CheckContext, caller: str, changes: Sequence[Change]) -> Iterator[Change]:
    """Give what is denied, whatever is not known.

    IAM gives a result for each action, with a part for each resource, and in the part the keys that are missing (API
    reference, EvaluationResult); it used to give a result for each action and resource.
    """
    if not changes:
        return
    resources = sorted({resource for _action, resource in changes} - {ANYTHING})
    pages = (
        ctx.context.client("iam")
        .get_paginator("simulate_principal_policy")
        .paginate(
            PolicySourceArn=caller,
            ActionNames=sorted({action for action, _resource in changes}),
            ContextEntries=_known(ctx),
            **({"ResourceArns": resources} if resources else {}),
        )
    )
    for result in (each for page in pages for each in page["EvaluationResults"]):
        for each in result.get("ResourceSpecificResults") or [result]:
            decision = each.get("EvalResourceDecision") or each.get("EvalDecision")
            if decision != "allowed" and not each.get("MissingContextValues"):
                yield result["EvalActionName"], each.get("EvalResourceName", ANYTHING)


def _known(ctx: CheckContext) -> list[dict[str, Any]]:
    """Give what is known of the changes, for the conditions of a policy."""
    known = {
        "ecs:cluster": ctx.arn("ecs", f"cluster/{ctx.values.get('ingest_cluster')}"),
        "iam:PassedToService": TASKS,
        "aws:RequestedRegion": ctx.region,
    }
    for name, text in _tags(ctx).items():
        known |= {f"aws:RequestTag/{name}": text, f"aws:ResourceTag/{name}": text}
        known |= {f"{service}:ResourceTag/{name}": text for service in ("autoscaling", "ec2", "ecs")}
    return [
        {"ContextKeyName": name, "ContextKeyValues": [text], "ContextKeyType": "string"} for name, text in known.items()
    ]


def principal(arn: str) -> str | None:
    """Give the user or role behind a caller's ARN, as the simulation takes it; None for others (root, federated)."""
    _arn, partition, service, _region, account, resource = arn.split(":", 5)
    kind, _slash, name = resource.partition("/")
    if service == "iam" and kind == "user":
        return arn
    if kind == "assumed-role":
        return f"arn:{partition}:iam::{account}:role/{name.split('/')[0]}"
    return None


def _changes(ctx: CheckContext) -> Iterator[Change]:
    """List the changing calls of the parts that run, with what they change; those EC2 is asked about itself are not."""
    values, names = ctx.values, ctx.names
    environment, cluster = values.get("ingest_environment"), values.get("ingest_cluster")

    group_of_parameters = str(values.get("ingest_database_parameter_group") or "").lower()
    definition = ctx.arn("ecs", f"task-definition/{values.get('ingest_family')}:1")
    group = ctx.arn("autoscaling", f"autoScalingGroup:{ANY_ID}:autoScalingGroupName/{names.fleet}")
    own_service = ctx.needs("service") and not values.get(standing.SERVICE)
    capacity = ctx.needs("capacity") and not values.get(standing.GROUP)
    snapshot = ctx.needs("snapshot") and bool(values.get("ingest_snapshot"))
    scheduling = "PutScheduledUpdateGroupAction" if values.get("ingest_unattended_hours") else "DeleteScheduledAction"
    wanted: list[tuple[bool, str, str]] = [
        (True, "ssm:PutParameter ssm:DeleteParameters", ctx.arn("ssm", f"parameter{ROOT}/{environment}/run")),
        (ctx.needs(*ANY_COMMAND), "ecs:RunTask", definition),
        (ctx.needs(*ANY_COMMAND), "ecs:TagResource", ctx.arn("ecs", f"task/{cluster}/{NO_ID}")),
        (
            own_service,
            "ecs:CreateService ecs:UpdateService ecs:DeleteService ecs:TagResource",
            ctx.arn("ecs", f"service/{cluster}/{names.service}"),
        ),
        (
            capacity,
            "autoscaling:CreateAutoScalingGroup autoscaling:CreateOrUpdateTags autoscaling:UpdateAutoScalingGroup"
            f" autoscaling:SuspendProcesses autoscaling:DeleteAutoScalingGroup autoscaling:{scheduling}",
            group,
        ),
        (
            capacity,
            "ec2:CreateLaunchTemplateVersion ec2:DeleteLaunchTemplate",
            ctx.arn("ec2", "launch-template/lt-00000000000000000"),
        ),
        (capacity, "ec2:TerminateInstances", ctx.arn("ec2", "instance/i-00000000000000000")),
        (ctx.needs("capacity"), "ecs:DeregisterContainerInstance", ctx.arn("ecs", f"cluster/{cluster}")),
        (
            ctx.needs("database"),
            "rds:ModifyDBInstance rds:AddTagsToResource rds:RemoveTagsFromResource",
            ctx.arn("rds", f"db:{values.get('ingest_database')}"),
        ),
        (
            ctx.needs("database") and bool(group_of_parameters),
            "rds:RebootDBInstance",
            ctx.arn("rds", f"db:{values.get('ingest_database')}"),
        ),
        (
            ctx.needs("database") and bool(group_of_parameters),
            "rds:ModifyDBInstance",
            ctx.arn("rds", f"pg:{group_of_parameters}"),
        ),
        (snapshot, "rds:CreateDBSnapshot", ctx.arn("rds", f"db:{values.get('ingest_database')}")),
        (
            snapshot,
            "rds:CreateDBSnapshot rds:AddTagsToResource",
            ctx.arn("rds", f"snapshot:{names.snapshot(f'{environment}-0')}"),
        ),
        (
            ctx.needs("create_jobs") and bool(values.get("ingest_purge_queue")),
            "sqs:PurgeQueue",
            ctx.arn("sqs", str(values.get("ingest_queue")).rpartition("/")[2]),
        ),
    ]
    if ctx.needs("prepare", "task_definition"):
        yield from clone_changes(ctx)
    for needed, actions, resource in (*wanted, *standing.changes(ctx)):
        for action in actions.split() if needed else ():
            yield action, resource
