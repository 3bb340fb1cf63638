# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the credentials may do what a run does: EC2's dry runs, harmless reads, and IAM's simulation of the rest.

A read that a check makes anyway proves itself: what is refused becomes a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.aws import AWS_ERRORS, ClientError, error_code
from ..record.store import ROOT
from .check_context import CheckContext
from .findings import Findings, is_denied, refusal
from .inputs import ANY_COMMAND

NO_GROUP = "ResourceNotFoundException"
ANY_ID = "00000000-0000-0000-0000-000000000000"  # in the ARN of a group that does not exist yet


def try_launches(ctx: CheckContext, image: str, subnets: Sequence[str]) -> Findings:
    """Ask EC2 by DryRun whether the launch template could be made and instances launched."""
    findings, ec2 = Findings(), ctx.context.client("ec2")
    if not image or not subnets:
        return findings
    instance = {"ImageId": image, "InstanceType": ctx.values.get("ingest_instance_types", ["m4.2xlarge"])[0]}
    template = {"LaunchTemplateName": ctx.names.fleet, "LaunchTemplateData": instance}
    _dry(findings, lambda: ec2.create_launch_template(DryRun=True, **template))
    _dry(
        findings,
        lambda: ec2.run_instances(DryRun=True, MinCount=1, MaxCount=1, SubnetId=subnets[0], **instance),
    )
    return findings


def _dry(findings: Findings, call: Callable[[], Any]) -> None:
    """Make a dry run; it is an error whatever comes of it, and only one kind matters here."""
    try:
        call()
    except ClientError as error:
        if is_denied(error):
            findings.problems.append(refusal(error))


def try_log(ctx: CheckContext, container: Mapping[str, Any]) -> Findings:
    """Make sure that the log of the container is there and can be read: reports of commands are in it."""
    findings = Findings()
    configuration = container.get("logConfiguration", {})
    options = configuration.get("options", {})
    group = options.get("awslogs-group")
    if configuration.get("logDriver") != "awslogs" or options.get("awslogs-region", ctx.region) != ctx.region:
        return findings
    now = int(ctx.context.now().timestamp() * 1000)  # nothing to search
    try:
        ctx.context.client("logs").filter_log_events(logGroupName=group, startTime=now, limit=1)
    except ClientError as error:
        if error_code(error) == NO_GROUP and options.get("awslogs-create-group") != "true":
            findings.wrong(
                "ingest_family",
                ctx.values["ingest_family"],
                f"its log group {group} does not exist, so no container would start.",
            )
        elif error_code(error) != NO_GROUP:
            findings.problems.append(refusal(error))
    return findings


def simulate(ctx: CheckContext) -> Findings:
    """Ask IAM whether the caller's policies allow the changes; a caller that may not ask is not asked about.

    Conditions on what is not known here (tags, for instance) prove nothing, and are left to the run.
    """
    findings = Findings()
    caller = principal(ctx.identity["arn"])
    if not caller:
        return findings
    iam, denied = ctx.context.client("iam"), []
    try:
        for actions, resource in _changes(ctx):
            answer = iam.simulate_principal_policy(PolicySourceArn=caller, ActionNames=actions, ResourceArns=[resource])
            denied += [
                f"{each['EvalActionName']} on {resource}"
                for each in answer["EvaluationResults"]
                if each["EvalDecision"] != "allowed" and not each.get("MissingContextValues")
            ]
    except AWS_ERRORS:
        return findings
    if denied:
        findings.problems.append(
            f"IAM says that {ctx.identity['arn']} may not: {'; '.join(denied)}. docs/permissions.md has the policy a"
            " run needs."
        )
    return findings


def principal(arn: str) -> str | None:
    """Give the user or role behind a caller's ARN, as the simulation takes it; None for others (root, federated)."""
    _arn, partition, service, _region, account, resource = arn.split(":", 5)
    kind, _slash, name = resource.partition("/")
    if service == "iam" and kind == "user":
        return arn
    if kind == "assumed-role":
        return f"arn:{partition}:iam::{account}:role/{name.split('/')[0]}"
    return None


def _changes(ctx: CheckContext) -> list[tuple[list[str], str]]:
    """List the changing calls of the parts that run, with what they change."""
    partition, values = ctx.identity["arn"].split(":")[1], ctx.values

    def arn(service: str, resource: str) -> str:
        return f"arn:{partition}:{service}:{ctx.region}:{ctx.identity['account']}:{resource}"

    definition = arn("ecs", f"task-definition/{values.get('ingest_family')}:1")
    service = arn("ecs", f"service/{values.get('ingest_cluster')}/{ctx.names.service}")
    group = arn("autoscaling", f"autoScalingGroup:{ANY_ID}:autoScalingGroupName/{ctx.names.fleet}")
    scheduling = "PutScheduledUpdateGroupAction" if values.get("ingest_unattended_hours") else "DeleteScheduledAction"
    wanted: list[tuple[bool, list[str], str]] = [
        (True, ["ssm:PutParameter"], arn("ssm", f"parameter{ROOT}/{values.get('ingest_environment')}/run")),
        (ctx.needs("prepare", "task_definition"), ["ecs:RegisterTaskDefinition"], definition),
        (ctx.needs(*ANY_COMMAND), ["ecs:RunTask"], definition),
        (ctx.needs("service"), ["ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService"], service),
        (ctx.needs("capacity"), ["autoscaling:CreateAutoScalingGroup", "autoscaling:DeleteAutoScalingGroup"], group),
        (ctx.needs("capacity"), [f"autoscaling:{scheduling}"], group),
        (
            ctx.needs("database"),
            ["rds:ModifyDBInstance", "rds:AddTagsToResource"],
            arn("rds", f"db:{values.get('ingest_database')}"),
        ),
        (
            ctx.needs("create_jobs") and bool(values.get("ingest_purge_queue")),
            ["sqs:PurgeQueue"],
            arn("sqs", str(values.get("ingest_queue"))),
        ),
    ]
    return [(actions, resource) for needed, actions, resource in wanted if needed]
