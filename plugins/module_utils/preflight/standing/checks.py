# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a standing group and service can be used: they exist, are at rest and free, and fit the cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...core.text import count
from ...ecs import capacity_fit
from ...ecs.container_instances import list_instances
from ...fleet import launch_copy
from ...fleet.standing import launches, rest, service_rest
from ...record import standing
from ..check_context import CheckContext
from ..findings import Findings, shown
from ..inputs import Values

GROUP, SERVICE = (standing.VARIABLES[kind] for kind in (standing.GROUP, standing.SERVICE))
WITHOUT_EFFECT = {
    GROUP: ("ingest_instance_disk_gb", "ingest_spot_max_price", "ingest_launch_source", "ingest_image"),
    SERVICE: ("ingest_worker_placement_strategy", "ingest_worker_placement_constraints"),
}
MORE = "ingest_instance_types"  # commands keep off these


def check_without_effect(values: Values, defaults: Mapping[str, Any], findings: Findings) -> None:
    """Say which variables that were set have no effect beside a standing group or service."""
    for variable, names in WITHOUT_EFFECT.items():
        unused = [
            f"{name} ({shown(values[name])})"
            for name in names
            if name in values and name in defaults and values[name] != defaults[name]
        ]
        if values.get(variable) and unused:
            findings.warnings.append(
                f"{', '.join(unused)} {'has' if len(unused) == 1 else 'have'} no effect: {variable} is"
                f" {shown(values[variable])}, which keeps its own."
            )


def check_group(ctx: CheckContext) -> Findings:
    """Make sure that the group can be borrowed, and that its instances join the cluster."""
    findings, name, cluster = Findings(), ctx.values[GROUP], ctx.values["ingest_cluster"]
    environment = ctx.values["ingest_environment"]

    def look() -> launches.Launches:
        group = rest.existing(ctx.context, name)
        if standing.find(ctx.context, environment, standing.GROUP, name, cluster) is None:
            rest.check(ctx.context, group, ctx.values.get("ingest_unattended_hours", 0))
            standing.check_free(ctx.context, environment, standing.GROUP, name, cluster)
        found = launches.of_group(ctx.context, group)
        findings.warnings += launch_copy.check_cluster(found.source, cluster)
        return found

    found = findings.attempt(GROUP, name, look)
    if found is None:
        return findings
    findings.facts["source"] = {"name": found.source.name, "subnets": found.source.subnets}
    if not found.types:
        findings.warnings.append(f"{name} chooses instance types itself: how many workers fit is not known beforehand.")
        return findings
    described = findings.attempt(GROUP, name, lambda: capacity_fit.describe_types(ctx.context, found.types))
    findings.seen["types"] = described or {}
    open_to_commands = [each for each in found.types if each not in (ctx.values.get(MORE) or [])]
    if open_to_commands and ctx.has(MORE):
        findings.warnings.append(
            f"{name} launches {', '.join(open_to_commands)}, and commands keep off {', '.join(ctx.values[MORE])} only:"
            f" set {MORE} to what the group launches, or a command may run on an instance that ends."
        )
    return findings


def check_service(ctx: CheckContext) -> Findings:
    """Make sure that the service can be borrowed, and say where its workers may run."""
    findings, name, cluster = Findings(), ctx.values[SERVICE], ctx.values["ingest_cluster"]
    environment = ctx.values["ingest_environment"]

    def look() -> None:
        service = service_rest.existing(ctx.context, cluster, name)
        findings.seen["placement"] = constraints = service.get("placementConstraints", [])
        if standing.find(ctx.context, environment, standing.SERVICE, name, cluster) is not None:
            return
        service_rest.check(ctx.context, cluster, service)
        standing.check_free(ctx.context, environment, standing.SERVICE, name, cluster)
        members = list_instances(ctx.context, cluster, status="ACTIVE")
        others = [
            each for each in members if capacity_fit.misfit({}, capacity_fit.attributes_of(each), constraints) is None
        ]
        if others:
            findings.warnings.append(
                f"The placement of service {name} admits {count(len(others), 'container instance')} that"
                f" {'is' if len(others) == 1 else 'are'} in {cluster} already: workers may run there, beside the"
                " application, unless their task definition has a placement constraint."
            )

    findings.attempt(SERVICE, name, look)
    return findings


def changes(ctx: CheckContext) -> Iterator[tuple[bool, str, str]]:
    """List the changing calls that borrowing takes: whether they are needed, the actions, what they change."""
    cluster, group, service = (str(ctx.values.get(name) or "") for name in ("ingest_cluster", GROUP, SERVICE))
    shared = "parameter" + standing.SHARED
    for kind, name, needed in (
        (standing.GROUP, group, ctx.needs("capacity")),
        (standing.SERVICE, service, ctx.needs("service")),
    ):
        parameter = ctx.arn("ssm", f"{shared}/{standing.key(kind, name, cluster)}")
        yield bool(name) and needed, "ssm:PutParameter ssm:DeleteParameters", parameter
    yield (
        bool(group) and ctx.needs("capacity"),
        "autoscaling:UpdateAutoScalingGroup autoscaling:SuspendProcesses autoscaling:ResumeProcesses"
        " autoscaling:PutScheduledUpdateGroupAction autoscaling:DeleteScheduledAction",
        ctx.arn("autoscaling", f"autoScalingGroup:00000000-0000-0000-0000-000000000000:autoScalingGroupName/{group}"),
    )
    yield bool(service) and ctx.needs("service"), "ecs:UpdateService", ctx.arn("ecs", f"service/{cluster}/{service}")
