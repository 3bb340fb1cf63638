# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a run can clone its task definitions: that of the commands, and that of the workers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..core.secrets import container_definition
from ..ecs.definitions import overrides, revisions, task_size
from ..ecs.definitions.clone import register_input, reshape
from ..ecs.definitions.revisions import Revision
from . import logs
from .check_context import COMMANDS, WORKERS, CheckContext, Cloned
from .findings import Findings
from .permissions import check_roles

WORKER_COMMAND = "ingest_worker_command"
WORKER_SIZES = ("ingest_worker_task_memory", "ingest_worker_memory")
NETWORK, WORKER_NETWORK = "ingest_network_configuration", "ingest_worker_network_configuration"
MOST_CONSTRAINTS = 10  # of a task, those of its definition included (ECS API reference, CreateService)


def check_definitions(ctx: CheckContext) -> Findings:
    """Make sure that there are revisions to clone, with the containers; keep what the workers' clone will be."""
    findings = Findings()
    commands = worker = _check(ctx, COMMANDS, findings)
    if ctx.workers != COMMANDS and ctx.needs("task_definition"):
        worker = _check(ctx, WORKERS, findings)
        if commands and worker:
            _compare_images(ctx, commands, worker, findings)
    if worker is not None:
        findings.seen["worker"] = worker
        if ctx.needs("task_definition"):
            _check_worker(ctx, worker, findings)
    return findings


def _check(ctx: CheckContext, cloned: Cloned, findings: Findings) -> dict[str, Any] | None:
    """Look at one of them; give what the workers' clone of it would be, as a register input."""
    family, container, ecs = ctx.values[cloned.family], ctx.values[cloned.container], ctx.context.client("ecs")
    base = findings.attempt(cloned.family, family, lambda: list(revisions.since_base(ctx.context, family))[-1])
    if base is None:
        return None
    where = logs.destination(ctx, base.definition, cloned)
    desired = {
        "container": container,
        "task_memory": ctx.values.get("ingest_worker_task_memory"),
        "task_cpu": ctx.values.get("ingest_worker_cpu") or None,
        "memory": ctx.values.get("ingest_worker_memory"),
        "log_group": where.group,
    }
    clone = findings.attempt(
        cloned.container, container, lambda: reshape(register_input(ecs, base.definition), desired, ctx.region)
    )
    if clone is None:
        return None
    _check_entry_point(ctx, cloned, container_definition(base.definition, container), findings)
    findings.facts["task_definition" if cloned == COMMANDS else "worker_task_definition"] = base.arn
    findings.add(logs.check(ctx, base.definition, clone, where, cloned))
    findings.add(check_roles(ctx, clone))
    if cloned == COMMANDS:
        _check_command(ctx, base, findings)
        _check_network(ctx, NETWORK, base.definition, findings)
    return clone


def _check_entry_point(ctx: CheckContext, cloned: Cloned, container: Mapping[str, Any], findings: Findings) -> None:
    """Note the commands of a container that name its entry point again; other containers have other ones."""
    for name, arguments in ctx.values.get("commands", {}).items():
        own = WORKERS if name == WORKER_COMMAND and ctx.workers != COMMANDS else COMMANDS
        if own == cloned:
            findings.attempt(name, arguments, partial(overrides.check_entry_point, arguments, container))


def _check_network(ctx: CheckContext, variable: str, definition: Mapping[str, Any], findings: Findings) -> None:
    """Note that a task would be refused: it needs a network configuration in awsvpc mode, and there alone.

    See the ECS API reference, RunTask and CreateService, networkConfiguration.
    """
    if variable not in ctx.values:
        return
    network, mode = ctx.values[variable], definition.get("networkMode", "bridge")
    needed, family = mode == "awsvpc", definition["family"]
    if needed and not network and ctx.values.get("ingest_launch_type") != task_size.FARGATE:  # told of that already
        findings.wrong(variable, network, f"task definition family {family} is in awsvpc mode: give it subnets.")
    elif network and not needed:
        findings.wrong(
            variable,
            network,
            f"task definition family {family} is in {mode} mode; only awsvpc takes it: leave it empty.",
        )


def _check_command(ctx: CheckContext, base: Revision, findings: Findings) -> None:
    """Note what ECS would refuse of the memory and CPU of the clone that the commands run on."""
    if not ctx.needs("prepare") or not ctx.has("ingest_memory_reservation"):
        return
    reservation = ctx.values["ingest_memory_reservation"]
    desired = {"container": ctx.values[COMMANDS.container], "memory": 0, "memory_reservation": reservation}
    clone = reshape(register_input(ctx.context.client("ecs"), base.definition), desired, ctx.region)
    problems = task_size.problems(clone, ctx.values.get("ingest_launch_type") == task_size.FARGATE)
    if problems:
        findings.wrong("ingest_memory_reservation", reservation, " ".join(problems))


def _check_worker(ctx: CheckContext, worker: Mapping[str, Any], findings: Findings) -> None:
    """Note what ECS would refuse of the clone that the workers run; the fleet is held against it later."""
    if ctx.has(*WORKER_SIZES):
        problems = task_size.problems(worker)
        task, container = (ctx.values[name] for name in WORKER_SIZES)
        if problems and container <= task:  # that one is more than the other was said of the variables already
            advice = "See ingest_worker_memory and ingest_worker_cpu, too."
            findings.wrong("ingest_worker_task_memory", task, " ".join([*problems, advice]))
    if not ctx.values.get("ingest_worker_service"):  # which keeps its own network
        _check_network(ctx, WORKER_NETWORK, worker, findings)
    _check_constraints(ctx, worker, findings)


def _check_constraints(ctx: CheckContext, worker: Mapping[str, Any], findings: Findings) -> None:
    """Note that the definition and the service together have more placement constraints than ECS takes."""
    more = ctx.values.get("ingest_worker_placement_constraints") or []
    own = worker.get("placementConstraints") or []
    number = len(own) + len(more) + 1  # that of the instance types
    if own and number > MOST_CONSTRAINTS:
        findings.wrong(
            "ingest_worker_placement_constraints",
            more,
            f"with the {len(own)} of task definition family {worker['family']} and that of the instance types, a worker"
            f" would have {number} placement constraints; ECS takes {MOST_CONSTRAINTS}.",
        )


def _compare_images(
    ctx: CheckContext, commands: Mapping[str, Any], worker: Mapping[str, Any], findings: Findings
) -> None:
    """Warn where the workers run another image: another version may understand other jobs, and another database."""
    images = [
        container_definition(clone, ctx.values[cloned.container]).get("image", "")
        for clone, cloned in ((commands, COMMANDS), (worker, WORKERS))
    ]
    if images[0] != images[1]:
        findings.warnings.append(
            f"The workers run the image {images[1]} ({WORKERS.family}), the commands {images[0]} ({COMMANDS.family}):"
            " make sure that both hold the same version of the application."
        )
