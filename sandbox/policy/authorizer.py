"""Whether an operator's policy allows a call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.policy import document, ec2, ecs
from sandbox.policy.document import EVERYTHING, EXPLICIT, Policy
from sandbox.policy.needs import Account, Need, Params, arn, requested
from sandbox.runtime import ACCOUNT_ID, OPERATOR_ARN

# nobody needs a permission for it, and a Deny does not keep anybody from it (STS API reference, GetCallerIdentity)
_ALWAYS_ALLOWED = "sts:GetCallerIdentity"
# what needs the permission of another action (S3 API reference)
S3_ACTIONS = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
}


class Authorizer:
    """Decides on calls.

    Args:
        account: tells of what they name.
        settings: gives the policy document in force (None: everything is allowed), and actions denied beside it.
    """

    def __init__(self, account: Account, settings: Callable[[], tuple[Mapping[str, Any] | None, list[str]]]) -> None:
        self._account, self._settings = account, settings
        self._read: tuple[str, Policy] = ("", EVERYTHING)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        text = json.dumps(self._settings())
        if text != self._read[0]:
            given, denied = self._settings()
            statements = document.read(given).statements if given is not None else EVERYTHING.statements
            self._read = (text, Policy(statements, tuple(denied)))
        return self._read[1]

    def check(self, service: str, name: str, params: Params) -> str:
        """Give what AWS says of a call that is not allowed; empty where it is.

        Args:
            service: as the call's signature has it.
            name: of the operation.
            params: of the request, nested as its model has them.
        """
        if f"{service}:{name}" == _ALWAYS_ALLOWED:
            return ""
        policy = self.policy
        for need in needs(service, name, params, self._account):
            effect = policy.decide(need.action, need.resource, need.context).effect
            if effect != document.ALLOWED:
                return need.instead or _text(need, effect)
        return ""


def _text(need: Need, effect: str) -> str:
    why = (
        "with an explicit deny in an identity-based policy"
        if effect == EXPLICIT
        else f"because no identity-based policy allows the {need.action} action"
    )
    return f"User: {OPERATOR_ARN} is not authorized to perform: {need.action} on resource: {need.resource} {why}"


def needs(service: str, name: str, params: Params, account: Account) -> list[Need]:
    """List the actions on resources that a call needs, see ``Authorizer.check``."""
    if service == "ecs":
        return ecs.needs(name, params, account)
    if service == "ec2":
        return ec2.needs(name, params, account)
    if service == "autoscaling":
        return ec2.auto_scaling(name, params, account)
    if service == "logs":
        return _log_needs(name, params)
    action = f"{service}:{S3_ACTIONS.get(name, name) if service == 's3' else name}"
    tags = requested(params.get("Tags") or [])
    found = [Need(action, each, tags) for each in _resources(service, name, params)]
    if service == "rds" and name.startswith("Create") and tags:
        # "Granting permission to tag resources during creation", RDS user guide
        found.append(Need("rds:AddTagsToResource", found[-1].resource, tags))
    return found


def _resources(service: str, name: str, params: Params) -> list[str]:
    found = {"rds": _rds, "s3": _s3, "sqs": _sqs, "ssm": _ssm, "iam": _iam}.get(service)
    return (found(name, params) if found else []) or ["*"]


def _iam(_name: str, params: Params) -> list[str]:
    return [str(params["PolicySourceArn"])] if params.get("PolicySourceArn") else []


def _s3(_name: str, params: Params) -> list[str]:
    parts = [params[key] for key in ("Bucket", "Key") if params.get(key)]
    return [arn("s3", "/".join(parts))] if parts else []


def _sqs(_name: str, params: Params) -> list[str]:
    queue = params.get("QueueName") or str(params.get("QueueUrl", "")).rpartition("/")[2]
    return [arn("sqs", str(queue))] if queue else []


def _log_needs(name: str, params: Params) -> list[Need]:
    """List what a call to CloudWatch Logs needs (User Guide, "IAM: resources and operations").

    Actions on a group need it with its streams, those on its tags the group itself.
    """
    group, stream, tags = params.get("logGroupName"), params.get("logStreamName", ""), params.get("tags") or {}
    resource = params.get("resourceArn") or (arn("logs", f"log-group:{group}:log-stream:{stream}") if group else "*")
    context = requested([{"Key": key, "Value": text} for key, text in tags.items()])
    found = [Need(f"logs:{name}", str(resource), context)]
    if name == "CreateLogGroup" and tags:
        instead = (
            f"User with accountId: {ACCOUNT_ID} is not authorized to perform CreateLogGroup with Tags. An additional "
            'permission "logs:TagResource" is required.'
        )
        found.append(Need("logs:TagResource", arn("logs", f"log-group:{group}"), context, instead))
    return found


def _rds(name: str, params: Params) -> list[str]:
    if resource := params.get("ResourceName"):
        return [str(resource)]
    members = {"DBInstanceIdentifier": "db", "DBParameterGroupName": "pg", "DBSnapshotIdentifier": "snapshot"}
    named = [arn("rds", f"{kind}:{params[member]}") for member, kind in members.items() if params.get(member)]
    everything = {
        "DescribeDBInstances": "db:*",
        "DescribeDBParameterGroups": "pg:*",
        "DescribeDBSnapshots": "snapshot:*",
    }
    return named or ([arn("rds", everything[name])] if name in everything else [])


def _ssm(_name: str, params: Params) -> list[str]:
    names = [*(params.get("Names") or []), *(params[key] for key in ("Name", "Path") if params.get(key))]
    return [_parameter(str(each)) for each in names]


def _parameter(name: str) -> str:
    """Write the ARN of a parameter; public ones belong to no account."""
    found = arn("ssm", f"parameter/{name.lstrip('/')}")
    return found.replace(f":{ACCOUNT_ID}:", "::") if name.startswith("/aws/") else found
