# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the spot fleet can be had: something to copy, types that exist and hold a worker, names that are free."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..core.aws import tag_dict
from ..ecs import capacity_fit
from ..fleet import group as spot_group
from ..fleet import launch_copy, launch_template, scheduled_action
from ..fleet.images import chosen as images
from ..fleet.launch_source import find
from .account import check_ours
from .check_context import CheckContext
from .findings import Findings
from .permissions import try_launches

WORDS = {"source": "ingest_launch_source", "disk_gb": "ingest_instance_disk_gb", "cluster": "ingest_cluster"}


def check_source(ctx: CheckContext) -> Findings:
    """Make sure that there is something to copy, for this cluster, whose AMI exists and fits on the disk."""
    findings = Findings()
    cluster, named = ctx.values["ingest_cluster"], ctx.values["ingest_launch_source"] or None
    source = findings.attempt("ingest_launch_source", named or "", lambda: find(ctx.context, cluster, named), WORDS)
    if source is None:
        return findings
    if not source.subnets:
        findings.wrong(
            "ingest_launch_source",
            named or "",
            f"no subnet is known: no instance of {cluster} belongs to a group that has any.",
        )
    copied = findings.attempt("ingest_launch_source", source.name, lambda: launch_copy.user_data_for(source, cluster))
    findings.warnings += copied[1] if copied else []
    choice = ctx.values.get("ingest_image", images.SOURCE)
    variable, named = ("ingest_launch_source", source.name) if choice == images.SOURCE else ("ingest_image", choice)
    chosen = findings.attempt(variable, named, lambda: images.choose(ctx.context, source, choice))
    if chosen is not None and ctx.has("ingest_instance_disk_gb"):
        disk = ctx.values["ingest_instance_disk_gb"]
        device = partial(launch_copy.volume_device, chosen.source, chosen.image, disk)
        findings.attempt("ingest_instance_disk_gb", disk, device, WORDS)
    if chosen is not None and chosen.sentence:
        findings.facts["image"] = chosen.sentence
    findings.facts["source"] = {"name": source.name, "subnets": source.subnets}
    image = chosen.image if chosen else {}
    findings.seen["image"], findings.seen["user_data"] = image, source.data.get("UserData", "")
    findings.add(try_launches(ctx, chosen.source if chosen else source))
    return findings


def check_types(ctx: CheckContext) -> Findings:
    """Make sure that the instance types exist in this region."""
    findings = Findings()
    types = list(dict.fromkeys(ctx.values["ingest_instance_types"]))
    described = findings.attempt(
        "ingest_instance_types", types, lambda: capacity_fit.describe_types(ctx.context, types)
    )
    findings.seen["types"] = described or {}
    return findings


def check_names(ctx: CheckContext) -> Findings:
    """Make sure that the names of launch template and group are free, or taken by ours."""
    findings = Findings()
    environment, name = ctx.values["ingest_environment"], ctx.names.fleet

    def template() -> None:
        found = launch_template.read(ctx.context, name)
        if found:
            check_ours("launch template", name, found.tags, environment)

    def group() -> None:
        found = spot_group.read(ctx.context, name)
        if found:
            check_ours("Auto Scaling group", name, tag_dict(found.get("Tags")), environment)
        scheduled_action.read(ctx.context, name)  # proves that it may be read

    findings.attempt("ingest_environment", environment, template)
    findings.attempt("ingest_environment", environment, group)
    return findings


def check_fit(ctx: CheckContext, findings: Findings) -> None:
    """Hold the workers against the instance types; ``findings`` has what the account said of both."""
    types: Mapping[str, Any] = findings.seen.get("types", {})
    image = findings.seen.get("image", {})
    for name, each in types.items():
        findings.attempt("ingest_instance_types", name, partial(launch_copy.check_architecture, name, each, image))
    worker = findings.seen.get("worker") if ctx.needs("task_definition") else None
    if not (types and worker and ctx.has("ingest_worker_task_memory", "ingest_worker_memory")):
        return
    constraints = findings.seen.get("placement", ctx.values.get("ingest_worker_placement_constraints")) or []
    group = ctx.values.get("ingest_fleet_group")
    unfit = {
        name: capacity_fit.misfit(worker, capacity_fit.attributes_of_type(each), constraints)
        for name, each in types.items()
    }
    for name, reason in unfit.items():
        if reason:
            findings.wrong(*_blamed(group, name), f"no worker can be placed on it: {reason}.")
    need = capacity_fit.need_of(worker)
    small = {name for name, each in types.items() if not capacity_fit.room_of_type(each).holds(need)}
    for name in sorted(small):
        room = capacity_fit.room_of_type(types[name])
        findings.wrong(
            *_blamed(group, name),
            f"it cannot hold one worker: about {room.memory} MiB and {room.cpu} CPU units are usable, a worker needs"
            f" {need.memory} MiB (ingest_worker_task_memory) and {need.cpu}. Choose a larger type or smaller workers.",
        )
    if (
        not small
        and not any(unfit.values())
        and ctx.needs("service")
        and ctx.has("ingest_worker_count", "ingest_instance_count")
    ):
        plan = capacity_fit.fit_types(
            ctx.values["ingest_worker_count"], need, types, ctx.values["ingest_instance_count"]
        )
        findings.facts["workers"] = {"requested": plan.requested, "fits": plan.fits, "message": plan.sentence}
        if plan.fits < plan.requested:
            findings.warnings.append(f"{plan.sentence} See ingest_instance_count and ingest_worker_count.")


def _blamed(group: str | None, name: str) -> tuple[str, str]:
    """Give the variable, and its value, that an instance type comes from."""
    return ("ingest_fleet_group", f"{group}, which launches {name}") if group else ("ingest_instance_types", name)
