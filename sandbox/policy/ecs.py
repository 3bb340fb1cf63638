"""What a call to ECS needs (Service Authorization Reference; ECS Developer Guide, "Tagging resources on creation")."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.policy.needs import Account, Need, Params, WithTags, arn, pass_role, requested

TASKS = "ecs-tasks.amazonaws.com"


def _name(reference: Any) -> str:
    return str(reference).rpartition("/")[2]


def _cluster(params: Params) -> str:
    return _name(params.get("cluster") or "default")


def _cluster_arn(reference: str) -> str:
    return arn("ecs", f"cluster/{_name(reference)}")


def _within(kind: str, params: Params, references: Any) -> list[str]:
    """Write the ARNs of what is in the request's cluster."""
    return [arn("ecs", f"{kind}/{_cluster(params)}/{_name(each)}") for each in references or []]


def _definition(reference: str) -> str:
    """Write a definition's ARN; of a family alone without a revision, as ECS checks it."""
    return reference if reference.startswith("arn:") else arn("ecs", f"task-definition/{reference}")


_RESOURCES: dict[str, Callable[[Params], list[str]]] = {
    "DescribeClusters": lambda call: [
        arn("ecs", f"cluster/{_name(each)}") for each in call.get("clusters", ["default"])
    ],
    "DescribeContainerInstances": lambda call: _within("container-instance", call, call.get("containerInstances")),
    "DescribeServices": lambda call: _within("service", call, call.get("services")),
    "DescribeTasks": lambda call: _within("task", call, call.get("tasks")),
    "ListContainerInstances": lambda call: [_cluster_arn(_cluster(call))],
    "ListTasks": lambda call: _within("container-instance", call, [call.get("containerInstance") or "*"]),
    "CreateService": lambda call: _within("service", call, [call.get("serviceName")]),
    "UpdateService": lambda call: _within("service", call, [call.get("service")]),
    "DeleteService": lambda call: _within("service", call, [call.get("service")]),
    "RunTask": lambda call: [_definition(str(call.get("taskDefinition")))],
    "StopTask": lambda call: _within("task", call, [call.get("task")]),
    "RegisterTaskDefinition": lambda call: [_definition(f"{call.get('family')}:*")],
    "DeleteTaskDefinitions": lambda call: [_definition(each) for each in call.get("taskDefinitions", [])],
    "DeregisterContainerInstance": lambda call: [_cluster_arn(_cluster(call))],
    "TagResource": lambda call: [str(call.get("resourceArn"))],
    "ListTagsForResource": lambda call: [str(call.get("resourceArn"))],
}
# what carries the tags that a call sets
_TAGGED: dict[str, Callable[[Params], list[str]]] = {
    "RunTask": lambda call: _within("task", call, ["*"]),
    "CreateService": _RESOURCES["CreateService"],
    "RegisterTaskDefinition": _RESOURCES["RegisterTaskDefinition"],
}
_IN_CLUSTER = {
    "DescribeContainerInstances", "DescribeServices", "DescribeTasks", "ListTasks", "ListServices", "CreateService",
    "UpdateService", "DeleteService", "RunTask", "StopTask",
}  # fmt: skip


def needs(name: str, params: Params, account: Account) -> list[Need]:
    """List what a call needs."""
    known = requested(params.get("tags") or [])
    if name in _IN_CLUSTER:
        known["ecs:cluster"] = [_cluster_arn(_cluster(params))]
    if "taskDefinition" in params:
        known["ecs:task-definition"] = [_definition(str(params["taskDefinition"]))]
    resources = _RESOURCES[name](params) if name in _RESOURCES else ["*"]
    found = [Need(f"ecs:{name}", each, WithTags(known, partial(account.tags, each))) for each in resources]
    if params.get("tags") and name in _TAGGED:
        creation = known | {"ecs:createaction": [name]}
        found += [Need("ecs:TagResource", each, creation) for each in _TAGGED[name](params)]
    return found + [pass_role(role, TASKS) for role in _roles(name, params, account)]


def _roles(name: str, params: Params, account: Account) -> list[str]:
    """List the roles a call hands to tasks: those of the definition that it registers, or runs."""
    overrides = params.get("overrides") or {}
    own = [each.get(key) for each in (params, overrides) for key in ("taskRoleArn", "executionRoleArn")]
    if name == "RegisterTaskDefinition":
        return [role for role in own if role]
    return [role for role in [*own, *account.roles(str(params["taskDefinition"]))] if role] if name == "RunTask" else []
