# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Starts one ECS task: EC2, Fargate or a capacity provider; waits where there is only no room yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..core.aws import ClientError, error_code, error_text
from ..core.context import Context
from ..core.errors import DeadlineExceeded, InvalidInput, Refused
from ..core.waiting import poll
from .tasks import describe_tasks

LAUNCH_SPEC: dict[str, Any] = {
    "launch_type": {"type": "str", "choices": ["EC2", "FARGATE", "EXTERNAL"]},
    "capacity_provider_strategy": {
        "type": "list",
        "elements": "dict",
        "options": {
            "capacity_provider": {"type": "str", "required": True},
            "weight": {"type": "int"},
            "base": {"type": "int"},
        },
    },
    "network_configuration": {
        "type": "dict",
        "options": {
            "subnets": {"type": "list", "elements": "str", "required": True},
            "security_groups": {"type": "list", "elements": "str"},
            "assign_public_ip": {"type": "bool", "default": False},
        },
    },
    "placement_constraints": {
        "type": "list",
        "elements": "dict",
        "options": {
            "type": {"type": "str", "choices": ["memberOf", "distinctInstance"], "default": "memberOf"},
            "expression": {"type": "str"},
        },
    },
    "placement_strategy": {
        "type": "list",
        "elements": "dict",
        "options": {
            "type": {"type": "str", "choices": ["random", "spread", "binpack"], "required": True},
            "field": {"type": "str"},
        },
    },
}

# Reasons of RunTask's failures (ECS Developer Guide, "API failure reasons") that pass when capacity comes.
NO_ROOM = {
    "RESOURCE": "no container instance that qualifies has enough of it free",
    "AGENT": "the ECS agent of the container instance is not connected",
    "EMPTY CAPACITY PROVIDER": "the capacity provider has no container instances",
    "NO ACTIVE INSTANCES": "the capacity provider has no active container instances",
    "Capacity is unavailable": "AWS has no Fargate capacity of this kind right now",
    "No Container Instances were found": "the cluster has no container instances",
}
# The others do not pass by themselves.
MISFITS = {
    "ATTRIBUTE": "no container instance has an attribute the task definition needs",
    "LOCATION": "the instances are in another subnet or availability zone than the task may use",
    "MemberOf": "no container instance satisfies placement_constraints",
    "INACTIVE": "the container instance is being drained",
    "MISSING": "ECS does not know the resource",
}


def launch_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the options of LAUNCH_SPEC into the arguments of RunTask (and CreateService)."""
    arguments = {
        "launchType": params.get("launch_type"),
        "capacityProviderStrategy": [
            _given(capacityProvider=each["capacity_provider"], weight=each.get("weight"), base=each.get("base"))
            for each in params.get("capacity_provider_strategy") or []
        ],
        "placementConstraints": [_given(**each) for each in params.get("placement_constraints") or []],
        "placementStrategy": [_given(**each) for each in params.get("placement_strategy") or []],
    }
    network = params.get("network_configuration")
    if network:
        arguments["networkConfiguration"] = {
            "awsvpcConfiguration": _given(
                subnets=network["subnets"],
                securityGroups=network.get("security_groups"),
                assignPublicIp="ENABLED" if network.get("assign_public_ip") else "DISABLED",
            )
        }
    return {name: value for name, value in arguments.items() if value}


def check_names(started_by: str | None, client_token: str | None) -> None:
    """Refuse what RunTask would (API reference, RunTask).

    Raises:
        InvalidInput: one has a wrong character or is too long.
    """
    if started_by and not re.fullmatch(r"[A-Za-z0-9/_-]{1,128}", started_by):
        raise InvalidInput(
            f"started_by {started_by!r} must be at most 128 letters, digits, hyphens, slashes, underscores."
        )
    if client_token and not re.fullmatch(r"[!-~]{1,64}", client_token):
        raise InvalidInput(
            f"client_token {client_token!r} must be at most 64 printable ASCII characters without spaces."
        )


def launch(context: Context, request: Mapping[str, Any], name: str, timeout: float) -> dict[str, Any]:
    """Start a task, waiting for capacity.

    Every attempt carries the same client token: an answer that got lost on its way starts no second task.

    Args:
        request: the arguments of RunTask, with ``cluster`` and ``clientToken``.
        name: what is started, for messages.
        timeout: seconds to wait for capacity.

    Returns:
        The task, as RunTask gives it.

    Raises:
        Refused: ECS will not start it, however long one waits.
        DeadlineExceeded: there was no room for it in time.
    """
    ecs = context.client("ecs")
    reason = ""

    def attempt() -> dict[str, Any] | None:
        nonlocal reason
        try:
            answer = ecs.run_task(**request)
        except ClientError as error:
            existing = _existing(ecs, str(request["cluster"]), error)
            if existing:
                return existing
            answer = {"tasks": [], "failures": [{"reason": error_text(error)}]}
            if not _capacity(answer["failures"]):
                raise
        if answer["tasks"]:
            return dict(answer["tasks"][0])
        reason = _reasons(answer["failures"])
        if not _capacity(answer["failures"]):
            raise Refused(f"{name} could not be started: {reason}.", failures=answer["failures"])
        context.progress.status(f"{name}: waiting for room in the cluster: {reason}")
        return None

    try:
        return poll(context, attempt, what=name, timeout=timeout)
    except DeadlineExceeded as error:
        raise DeadlineExceeded(
            f"{name} found no room in cluster {request['cluster']!r} within {timeout:.0f} seconds: {reason}."
            " Add container instances or wait longer (capacity_timeout)."
        ) from error


def _existing(ecs: Any, cluster: str, error: ClientError) -> dict[str, Any] | None:
    """Give the task a former request with this client token started: ECS names it in a ConflictException."""
    arns = error.response.get("resourceIds") or [] if error_code(error) == "ConflictException" else []
    return next(iter(describe_tasks(ecs, cluster, arns)), None)


def _capacity(failures: list[dict[str, Any]]) -> bool:
    """Say whether room may come; RunTask names a reason for each container instance it tried."""
    return any(_known(failure, NO_ROOM) for failure in failures)


def _reasons(failures: list[dict[str, Any]]) -> str:
    """Write ECS's reasons, each once, with what they mean."""
    texts = []
    for failure in failures:
        meaning = _known(failure, NO_ROOM) or _known(failure, MISFITS)
        parts = [failure.get("reason", "no reason given"), meaning, failure.get("detail")]
        texts.append(", ".join(part for part in parts if part))
    return "; ".join(dict.fromkeys(texts)) or "ECS gave no reason"


def _known(failure: dict[str, Any], table: dict[str, str]) -> str | None:
    text = failure.get("reason", "")
    return next((meaning for reason, meaning in table.items() if text.startswith(reason)), None)


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
