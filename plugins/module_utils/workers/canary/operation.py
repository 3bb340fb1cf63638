# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A canary: one worker does one job before the others are let loose. No job is queued for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...command.own_clone import with_readable_log
from ...command.prepare import COMMAND_SPEC, CONSTRAINTS
from ...core.context import Context
from ...core.errors import InvalidInput
from ...core.names import Names
from ...core.operation import Operation
from ...core.result import Result
from ...ecs import services
from ...ecs.definitions.revisions import since_base
from ...failed_jobs.ask import ASK_SPEC, prepared
from ...fleet import group as spot_group
from ...job_queue.climate_api import TRIES
from ...job_queue.depth import queue_url
from ...job_queue.log_words import WORDS_SPEC
from ...record import record
from .. import queue_drain
from . import images
from .watch import Canary

DECIDE, WATCH = "decide", "watch"
AUTO, ALWAYS, NEVER = "auto", "always", "never"
PASSED = "canary/passed"  # by an earlier task of a check-mode run


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Decide whether a canary is needed, or watch it; the parameters are the module's.

    Raises:
        TaskFailed: the worker does no job, for a reason the message gives.
        Unreadable: the application could not be asked what it has.
    """
    for name in ("deadline", "stable_seconds", "tries"):
        if params[name] < 1:
            raise InvalidInput(f"{name} is {params[name]}; allowed are whole numbers from 1.")
    return _decide(context, params) if params["mode"] == DECIDE else _watch(context, params)


def _decide(context: Context, params: Mapping[str, Any]) -> Result:
    needed, why = _need(context, params)
    context.progress.line(f"{'a canary runs first' if needed else 'no canary'}: {why}")
    instances = _instances(context, params) if needed else 0
    return Result(values={"needed": needed, "instances": instances, "message": why})


def _instances(context: Context, params: Mapping[str, Any]) -> int:
    """Give how many instances the canary has: one, or those the fleet has already, which it does not end."""
    group = spot_group.read(context, params.get("fleet_group") or Names(params["environment"]).fleet)
    return 1 if group is None or spot_group.is_being_deleted(group) else max(1, int(group["DesiredCapacity"]))


def _need(context: Context, params: Mapping[str, Any]) -> tuple[bool, str]:
    environment, wanted = params["environment"], params["canary"]
    if wanted == NEVER:
        return False, "ingest_canary is never"
    if context.preview.get(_passed(environment)):
        return False, "the one before has passed"
    service = None if context.check_mode else services.read(context, params["cluster"], _service(params))
    if service and service["status"] == "ACTIVE" and service["desiredCount"] > 1:
        return False, f"{service['desiredCount']} workers are at work already"  # fewer would end jobs half way
    if wanted == ALWAYS:
        return True, "ingest_canary is always"
    family = params["worker_family"] or params["task_definition"]
    base = next(each for each in since_base(context, family) if not each.ours)
    image = images.of_definition(base.definition, params["worker_container"] or params["container"])
    steps = record.read_all(context, environment).steps.values()
    ran = [step.task for step in steps if step.task]
    image = images.resolved(context, image, params["cluster"], ran)
    if images.has_drained(context, environment, image):
        return False, f"{image.name} has drained a queue of {environment} before"
    return True, f"{image.name} has never drained a queue of {environment}"


@with_readable_log
def _watch(context: Context, params: Mapping[str, Any]) -> Result:
    if not params["scenarios"]:
        raise InvalidInput("scenarios is empty; name those whose jobs are queued.")
    if params["datasets"] and len(params["datasets"]) != len(params["scenarios"]):
        raise InvalidInput(f"datasets is {params['datasets']}; name one for each of scenarios, or none.")
    url = queue_url(context, params["queue"])
    if context.check_mode:
        prepared(context, {**params, "scenario": params["scenarios"][0]})
        context.preview.predict(_passed(params["environment"]), True)
        return Result(values={"predicted": True, "message": "one worker would do a job before the others begin"})
    drained = {
        "container": params["worker_container"] or params["container"],
        "service": _service(params),
        "total": queue_drain.queued(context, params["drain"]),
    }
    canary = Canary(context, {**_DRAIN, **params, **drained}, url, params["container"])
    canary.watch()
    return canary.result()


def _service(params: Mapping[str, Any]) -> str:
    return str(params.get("service") or Names(params["environment"]).service)


def _passed(environment: str) -> str:
    return f"{PASSED}/{environment}"


_DRAIN = {name: option.get("default") for name, option in queue_drain.OPERATION.argument_spec.items()}

OPERATION = Operation(
    run=run,
    argument_spec={
        **COMMAND_SPEC,
        **ASK_SPEC,
        "environment": {"type": "str", "required": True},
        "mode": {"type": "str", "choices": [DECIDE, WATCH], "default": WATCH},
        "canary": {"type": "str", "choices": [AUTO, ALWAYS, NEVER], "default": ALWAYS},
        "queue": {"type": "str", "required": True},
        "service": {"type": "str"},
        "fleet_group": {"type": "str"},
        "worker_family": {"type": "str"},
        "worker_container": {"type": "str"},
        "drain": {"type": "str", "default": "drain"},
        "scenarios": {"type": "list", "elements": "str", "default": []},
        "datasets": {"type": "list", "elements": "str", "default": []},
        "deadline": {"type": "int", "default": 5400},
        "stable_seconds": {"type": "int", "default": 60},
        "tries": {"type": "int", "default": TRIES},
        **WORDS_SPEC,
    },
    constraints=CONSTRAINTS,
    recorded=True,
    once=True,
    services=("autoscaling", "ecs", "logs", "sqs", "ssm"),
)
