# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waits until the job queue is drained, and notices in minutes when it will not be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.context import Context
from ..core.errors import InvalidInput
from ..core.names import Names
from ..core.operation import Operation
from ..core.result import Result
from ..core.waiting import if_possible
from ..job_queue.create_jobs import JOBS
from ..job_queue.depth import predict_jobs, queue_url, read_depth
from ..job_queue.log_words import WORDS_SPEC
from ..job_queue.queued import drained
from ..record import imports, record
from ..record.catalogue import RETRY
from ..record.entry import step_of
from ..record.job_key import KEY_SPEC
from ..record.steps import STEP_SPEC
from .canary import images
from .watch import Drain


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Wait until nothing waits, is in flight or delayed, and it stays so; report on the way.

    Raises:
        NotFound: no such queue or cluster.
        Refused: the service is missing, or its desired count is 0, while jobs are left.
        TaskFailed: the workers crash and no job gets done.
        DeadlineExceeded: the queue does not move, or no worker runs.
    """
    for name in ("stable_seconds", "stall_timeout", "no_worker_timeout"):
        if params[name] < 1:
            raise InvalidInput(f"{name} is {params[name]}; allowed are whole numbers of seconds from 1.")
    url = queue_url(context, params["queue"])
    if context.check_mode:
        depth = read_depth(context, url)
        predict_jobs(context, url, 0)
        values = {"predicted": True, "jobs_left": depth.left, "in_flight": depth.in_flight, "failed_jobs": []}
        return Result(
            values={**values, "message": f"{depth.left} jobs are in {params['queue']}; they would be waited for"}
        )
    service = params.get("service") or Names(params["environment"]).service
    total = params.get("total") or queued(context, context.step.name if context.step else "")
    drain = Drain(context, {**params, "service": service, "total": total}, url)
    drain.watch()
    if context.step is not None and drain.completed and drain.service:
        _remember_image(context, {**params, "service": service}, drain.service)
    return drain.result()


def queued(context: Context, own: str) -> int:
    """Give how many jobs the run queued for a drain; 0 where it is not known. Workers begin before it does."""
    if context.step is None:
        return 0
    table = imports.of_run(context.step.run)
    creating = [own.removesuffix("drain") + "create_jobs"]
    if table.together and not RETRY.fullmatch(own):
        creating = [step_of(name, "create_jobs") for name in table.imports]
    steps, ran = record.read_all(context, context.step.environment).steps, drained(context.step.previous)
    mine = [step for name, step in steps.items() if name.startswith(tuple(creating)) and name not in ran]
    return sum(int(step.facts.get(JOBS, 0)) for step in mine)


def _remember_image(context: Context, params: Mapping[str, Any], service: Mapping[str, Any]) -> None:
    """Keep by which image the queue was drained: a later run then needs no canary for it."""

    def read(brief: Context) -> images.Image:
        ecs = brief.client("ecs")
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        image = images.of_definition(definition, params["container"])
        tasks = ecs.list_tasks(cluster=params["cluster"], serviceName=params["service"])["taskArns"]
        return images.resolved(brief, image, params["cluster"], tasks[:1])

    image = if_possible(context, read, None, "By which image the queue was drained")
    if image is not None and context.step is not None:
        images.remember(context, context.step.environment, image)


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "queue": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "service": {"type": "str"},
        "container": {"type": "str", "default": "management"},
        "total": {"type": "int"},
        "stable_seconds": {"type": "int", "default": 60},
        "jobs_at_once": {"type": "int", "default": 1},
        "stall_timeout": {"type": "int", "default": 1800},
        "no_worker_timeout": {"type": "int", "default": 600},
        "crash_limit": {"type": "int", "default": 3},
        "job_key": KEY_SPEC,
        **WORDS_SPEC,
    },
    constraints={"required_one_of": [["service", "environment"]]},
    recorded=True,
    once=True,
    services=("ecs", "logs", "sqs"),
)
