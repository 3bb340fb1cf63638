"""What a call to EC2 or Auto Scaling needs (Service Authorization Reference; EC2 Auto Scaling User Guide, "API
permissions").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sandbox.policy.needs import Account, Need, Params, WithTags, arn, given, pass_role, requested

INSTANCES = "ec2.amazonaws.com"
_KINDS = {"i": "instance", "lt": "launch-template", "vol": "volume", "subnet": "subnet", "sg": "security-group"}


def needs(name: str, params: Params, account: Account) -> list[Need]:
    """List what a call to EC2 needs."""
    if name == "RunInstances":
        return list(_launch(params, account))
    if name == "CreateLaunchTemplate":
        return list(_created(name, "launch-template", params))
    if name in ("CreateLaunchTemplateVersion", "DeleteLaunchTemplate"):
        template = given(params, "LaunchTemplateId") or account.template(params).get("LaunchTemplateId", "*")
        return [_tagged(f"ec2:{name}", arn("ec2", f"launch-template/{template}"), account)]
    if name == "TerminateInstances":
        ids = given(params, "InstanceIds", "InstanceId") or []
        return [_tagged("ec2:TerminateInstances", arn("ec2", f"instance/{each}"), account) for each in ids]
    if name == "CreateTags":
        known = requested(given(params, "Tags", "Tag") or [])
        return [Need("ec2:CreateTags", _arn(each), known) for each in given(params, "Resources", "ResourceId") or []]
    return [Need(f"ec2:{name}", "*")]


def _arn(resource_id: str) -> str:
    prefix = resource_id.partition("-")[0]
    return arn("ec2", f"{_KINDS[prefix]}/{resource_id}") if prefix in _KINDS else "*"


def _tagged(action: str, resource: str, account: Account, known: Any = None) -> Need:
    return Need(action, resource, WithTags(known or {}, lambda: account.tags(resource)))


def _created(name: str, kind: str, params: Params) -> Iterator[Need]:
    """Need to make something of a kind, and to tag it where the call does."""
    known = requested(_specified(params, kind))
    resource = arn("ec2", f"{kind}/*")
    yield Need(f"ec2:{name}", resource, known)
    if known:
        yield Need("ec2:CreateTags", resource, known | {"ec2:createaction": [name]})


def _specified(params: Params, kind: str) -> list[Any]:
    """List the tags that a call sets on what it makes of a kind."""
    specifications = given(params, "TagSpecifications", "TagSpecification") or []
    return [
        tag for each in specifications if each.get("ResourceType") == kind for tag in given(each, "Tags", "Tag") or []
    ]


def _launch(params: Params, account: Account) -> Iterator[Need]:
    """Need to launch: on everything an instance is made of, and everything it is."""
    for kind in ("instance", "volume"):
        yield from _created("RunInstances", kind, params)
    yield Need("ec2:RunInstances", arn("ec2", "network-interface/*"))
    yield Need("ec2:RunInstances", arn("ec2", f"image/{params.get('ImageId', '*')}", account=""))
    yield Need("ec2:RunInstances", arn("ec2", f"subnet/{params.get('SubnetId', '*')}"))
    for group in _security_groups(params):
        yield Need("ec2:RunInstances", arn("ec2", f"security-group/{group}"))
    if params.get("KeyName"):
        yield Need("ec2:RunInstances", arn("ec2", f"key-pair/{params['KeyName']}"))
    if params.get("LaunchTemplateId"):
        yield _tagged("ec2:RunInstances", arn("ec2", f"launch-template/{params['LaunchTemplateId']}"), account)
    if params.get("IamInstanceProfile"):
        yield pass_role(account.role(params["IamInstanceProfile"]), INSTANCES)


def _security_groups(params: Params) -> list[str]:
    interfaces = given(params, "NetworkInterfaces", "NetworkInterface") or []
    named = [group for each in interfaces for group in given(each, "Groups", "SecurityGroupId") or []]
    return [*(given(params, "SecurityGroupIds", "SecurityGroupId") or named or ["*"])]


def auto_scaling(name: str, params: Params, account: Account) -> list[Need]:
    """List what a call to Auto Scaling needs; with a launch template, also what launching from it does."""
    if name.startswith("Describe"):
        return [Need(f"autoscaling:{name}", "*")]
    tags = params.get("Tags") or []
    if name == "CreateOrUpdateTags":
        return [_group_need(name, str(each.get("ResourceId")), [each], account) for each in tags]
    group = str(params.get("AutoScalingGroupName", "*"))
    found = [_group_need(name, group, tags, account)]
    if tags:
        found.append(_group_need("CreateOrUpdateTags", group, tags, account))
    return found + list(_launches(params, account))


def _group_need(name: str, group: str, tags: Any, account: Account) -> Need:
    return _tagged(f"autoscaling:{name}", account.group(group), account, requested(tags))


def _launches(params: Params, account: Account) -> Iterator[Need]:
    mixed = (params.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    specification = params.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification")
    if not specification:
        return
    template = account.template(specification)
    named = given(specification, "LaunchTemplateId", "LaunchTemplateName")
    for subnet in str(params.get("VPCZoneIdentifier") or "*").split(","):
        for need in _launch({**template, "SubnetId": subnet}, account):
            # Auto Scaling says no more than that
            yield replace(need, instead=f"You are not authorized to use launch template: {named}")
