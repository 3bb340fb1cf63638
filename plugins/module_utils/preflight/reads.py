# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads that a run makes only later, or only when something goes wrong, tried before it begins.

What comes of them does not matter, unless they are denied; EC2's are dry runs, the others ask for one item at most.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..core.aws import ClientError, is_denied
from .check_context import CheckContext
from .findings import Findings, refusal

NO_ID = "0" * 32  # of a task that is not there


def try_call(findings: Findings, call: Callable[[], Any], purpose: str = "") -> None:
    """Make a call of which only a missing permission matters; a dry run is an error whatever comes of it.

    Args:
        purpose: what the run makes it for: ``to follow commands``.
    """
    try:
        call()
    except ClientError as error:
        if is_denied(error):
            findings.problems.append(refusal(error, purpose))


def check_tasks(ctx: CheckContext) -> Findings:
    """Try what follows commands and workers, and finds them again."""
    findings, ecs, cluster = Findings(), ctx.context.client("ecs"), ctx.values["ingest_cluster"]
    arn = ctx.arn("ecs", f"task/{cluster}/{NO_ID}")
    try_call(findings, partial(ecs.describe_tasks, cluster=cluster, tasks=[arn]), "to follow commands and workers")
    try_call(
        findings, partial(ecs.list_tasks, cluster=cluster, maxResults=1), "to find commands and workers that still run"
    )
    return findings


def check_services(ctx: CheckContext) -> Findings:
    """Try what finds the services that a run left."""
    findings, ecs, cluster = Findings(), ctx.context.client("ecs"), ctx.values["ingest_cluster"]
    try_call(
        findings,
        partial(ecs.list_services, cluster=cluster, maxResults=1),
        "to find the services that are to be removed, and those that use the database",
    )
    return findings


def check_fleet(ctx: CheckContext) -> Findings:
    """Try what a fleet is priced, raised and watched with."""
    findings, ec2 = Findings(), ctx.context.client("ec2")
    activities = partial(
        ctx.context.client("autoscaling").describe_scaling_activities,
        AutoScalingGroupName=ctx.values.get("ingest_fleet_group") or ctx.names.fleet,
        MaxRecords=1,
    )
    try_call(findings, activities, "to say why instances are not launched")
    dry_runs: dict[str, Callable[[], Any]] = {
        "to see the instances of the fleet run and end": partial(ec2.describe_instances, DryRun=True),
        "to compare and copy launch templates": partial(
            ec2.describe_launch_template_versions, DryRun=True, Versions=["$Latest"]
        ),
        "to know what the fleet costs": partial(ec2.describe_spot_price_history, DryRun=True),
        "to know the zones of the fleet": partial(ec2.describe_subnets, DryRun=True),
    }
    for purpose, call in dry_runs.items():
        try_call(findings, call, purpose)
    return findings
