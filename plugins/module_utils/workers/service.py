# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The service that keeps the ingest's workers running on the spot instances."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..core.aws import ClientError, error_code, tag_dict, tag_list
from ..core.context import Context
from ..core.errors import Foreign, InvalidInput, NotFound, Refused
from ..core.names import Names
from ..core.operation import Operation
from ..core.result import Result
from ..core.text import count
from ..ecs import capacity_fit, services
from ..ecs.container_instances import list_instances
from ..ecs.definitions.revisions import ENVIRONMENT_TAG, RUN_TAG, resolve
from ..ecs.launch import LAUNCH_SPEC
from ..fleet import predicted_fleet
from ..record.steps import STEP_SPEC
from . import standing_service
from .arrival import Start
from .desired_service import changes, memberships, on_fargate, summary, wanted

DEFAULT_STRATEGY = [{"type": "spread", "field": "attribute:ecs.instance-type"}]  # the runbook's
PLAN = "plan/workers"
REMOVED = "removed"
AT_ONCE = "plan/at_once"


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Make or remove the service of an environment's workers; see the module's documentation for the parameters."""
    name = params.get("standing_service") or params.get("name") or Names(params["environment"]).service
    if params["state"] == "present":
        return present(context, {**params, "name": name})
    where = {"cluster": params["cluster"], "name": name, "environment": params["environment"]}
    timeout = params["timeout"] if params["wait"] else None
    if params.get("standing_service"):
        return standing_service.absent(context, **where, timeout=timeout)
    return absent(context, **where, timeout=timeout)


def present(context: Context, params: Mapping[str, Any]) -> Result:
    """Create or update the service, then wait until as many workers run as fit.

    Raises:
        InvalidInput: the container is not in the definition.
        NotFound: no such cluster or task definition.
        Refused: the name is taken by a service that is not ours; or not one worker fits anywhere.
        TaskFailed: the workers crash.
        DeadlineExceeded: none ran in time.
    """
    if params["count"] < 1:
        raise InvalidInput(f"count is {params['count']}; it must be 1 or more.")
    definition = _definition(context, params)
    standing = standing_service.read(context, params) if params.get("standing_service") else None
    service = standing.service if standing else _ours(context, params["cluster"], params["name"], params["environment"])
    active = service if service and service["status"] == "ACTIVE" else None
    arn = definition["taskDefinitionArn"]
    desired = standing.wanted(params, arn) if standing else wanted(params, arn)
    plan = _plan(context, params, definition, desired, active)
    result = Result(before=summary(active) if active else {}, after=summary(desired))
    result.changed = result.before != result.after
    result.values = {
        "service": params["name"],
        "task_definition_arn": definition["taskDefinitionArn"],
        "desired_count": params["count"],
        "running_count": active["runningCount"] if active else 0,
        "fits": plan.fits,
        "message": plan.sentence,
    }
    result.resource = f"service {params['name']}"
    if plan.fits < params["count"]:
        context.progress.line(plan.sentence)
    if plan.fits < 1:
        raise Refused(f"Not one worker fits: {plan.sentence} Raise the spot capacity first (tag capacity).")
    if standing:
        standing.borrow(context, params, result)
    if context.check_mode:
        _predict(context, params, desired, active)
        context.preview.predict(f"{PLAN}/{params['name']}", plan.sentence)
        context.preview.predict(f"{AT_ONCE}/{params['name']}", min(plan.fits, params["count"]))
        result.values["predicted"] = True
        return result
    if service and not active:
        services.await_inactive(context, params["cluster"], params["name"], params["timeout"])
    start = Start(context, params, min(plan.fits, params["count"]), active)
    if standing:
        standing.apply(context, params, desired)
    elif result.changed:
        _apply(context, params, desired, active)
    if params["wait"]:
        start.wait(result)
        result.done = f"{result.values['running_count']} of {count(params['count'], 'worker')} running"
    return result


def absent(context: Context, cluster: str, name: str, environment: str, timeout: float | None) -> Result:
    """Delete the service with its workers, and wait until the last of them has ended.

    Args:
        timeout: seconds; None: nothing is waited for.

    Raises:
        Foreign: the service is not ours.
        DeadlineExceeded: it, or a worker, did not end in time.
    """
    waited_for = context.memo.get(_key(name)) == REMOVED  # by an earlier task of this play, to the last worker
    service = None if waited_for else _ours(context, cluster, name, environment)
    active = service is not None and service["status"] == "ACTIVE"
    result = Result(changed=active, before=summary(service) if service and active else {})
    result.values = {"service": name}
    result.resource = f"service {name}"
    result.done = f"service {name} removed" if active else "no service to remove"
    if context.check_mode:
        context.preview.predict(_key(name), None)
        return result
    if active:
        _delete(context, cluster, name)
    if timeout is not None and not waited_for:
        deadline = context.clock() + timeout
        if service:
            services.await_inactive(context, cluster, name, timeout)
        services.await_stopped(context, cluster, name, max(deadline - context.clock(), 1))
        context.memo.put(_key(name), REMOVED)
    return result


def _delete(context: Context, cluster: str, name: str) -> None:
    """Delete the service; one that is being deleted is fine: the answer of an earlier call may have been lost."""
    try:
        context.client("ecs").delete_service(cluster=cluster, service=name, force=True)
    except ClientError as error:
        if error_code(error) not in services.NOT_ACTIVE:
            raise


def _definition(context: Context, params: Mapping[str, Any]) -> dict[str, Any]:
    """Look up what the workers run; a family alone means our own clone, as only that carries the workers' command."""
    name = params["task_definition"]
    revision = resolve(context, name, params["purpose"])
    if ":" not in name and not revision.ours:
        raise NotFound(f"Family {name} has no clone for {params['purpose']}: make it first (tag task_definition).")
    containers = [each["name"] for each in revision.definition["containerDefinitions"]]
    if params["container"] not in containers:
        raise InvalidInput(f"container {params['container']!r} is not in {name}; there are {', '.join(containers)}.")
    return revision.definition


def _ours(context: Context, cluster: str, name: str, environment: str) -> dict[str, Any] | None:
    if _key(name) in context.preview:
        predicted: dict[str, Any] | None = context.preview.get(_key(name))
        return predicted
    service = services.read(context, cluster, name)
    if service and tag_dict(service.get("tags")).get(ENVIRONMENT_TAG) != environment:
        raise Foreign(
            f"Service {name} exists and carries no tag {ENVIRONMENT_TAG}={environment}: "
            "no run made it, so it is left alone. Choose another name."
        )
    return service


def _key(name: str) -> str:
    return f"service/{name}"


def _predict(
    context: Context, params: Mapping[str, Any], desired: Mapping[str, Any], active: Mapping[str, Any] | None
) -> None:
    """Predict the service, as it would be described, for the steps that follow."""
    counts = {name: active[name] if active else 0 for name in ("runningCount", "pendingCount")}
    context.preview.predict(_key(params["name"]), {**desired, **counts, "status": "ACTIVE"})


def _plan(
    context: Context,
    params: Mapping[str, Any],
    definition: Mapping[str, Any],
    desired: Mapping[str, Any],
    active: Mapping[str, Any] | None,
) -> capacity_fit.Fit:
    """Compute how many workers fit on what is registered, or in check mode on what is going to be."""
    need, requested = capacity_fit.need_of(definition), params["count"]
    if {"type": "distinctInstance"} in desired.get("placementConstraints", []):
        need = replace(need, alone=True)
    if on_fargate(params) or params.get("capacity_provider_strategy"):
        return capacity_fit.Fit(requested, requested, "capacity providers", need.memory)
    constraints = [*desired["placementConstraints"], *definition.get("placementConstraints", [])]
    query = memberships({"placementConstraints": constraints})
    instances = [
        each
        for each in list_instances(context, params["cluster"], query, status="ACTIVE")
        if capacity_fit.misfit(definition, capacity_fit.attributes_of(each)) is None
    ]
    fleet = predicted_fleet.of_environment(context, params["environment"])
    if fleet and len(instances) < fleet[1]:
        types = capacity_fit.describe_types(context, fleet[0])
        for name, each in types.items():
            reason = capacity_fit.misfit(definition, capacity_fit.attributes_of_type(each), constraints)
            if reason:
                raise Refused(f"No worker can be placed on {name}: {reason}.")
        return capacity_fit.fit_types(requested, need, types, fleet[1])
    present_workers = active["runningCount"] + active["pendingCount"] if active else 0
    return capacity_fit.fit_registered(requested, need, instances, present_workers)


def _apply(
    context: Context, params: Mapping[str, Any], desired: Mapping[str, Any], active: Mapping[str, Any] | None
) -> None:
    ecs = context.client("ecs")
    context.memo.forget(_key(params["name"]))
    if active:
        ecs.update_service(cluster=params["cluster"], service=params["name"], **changes(summary(active), desired))
        return
    tags = {RUN_TAG: context.run_id, ENVIRONMENT_TAG: params["environment"]}

    def created() -> dict[str, Any] | None:
        found = services.read(context, params["cluster"], params["name"])
        is_ours = found is not None and found["status"] == "ACTIVE" and tag_dict(found.get("tags")) == tags
        return found if is_ours else None

    ecs.unless(created).create_service(
        clientToken=uuid.uuid4().hex,
        cluster=params["cluster"],
        serviceName=params["name"],
        tags=tag_list(tags, lower=True),
        propagateTags="SERVICE",
        enableECSManagedTags=True,
        **desired,
    )


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "environment": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "standing_service": {"type": "str"},
        "cluster": {"type": "str", "required": True},
        "task_definition": {"type": "str"},
        "purpose": {"type": "str", "default": "run_jobs"},
        "container": {"type": "str", "default": "management"},
        "count": {"type": "int", "default": 200},
        "instance_types": {"type": "list", "elements": "str"},
        **LAUNCH_SPEC,
        "placement_strategy": {**LAUNCH_SPEC["placement_strategy"], "default": DEFAULT_STRATEGY},
        "wait": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 900},
    },
    constraints={
        "required_if": [["state", "present", ["task_definition"]]],
        "mutually_exclusive": [["launch_type", "capacity_provider_strategy"]],
    },
    recorded=True,
    services=("ec2", "ecs", "logs"),
)
