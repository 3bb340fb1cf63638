"""docs/permissions.md held against the calls in the code; an integration test holds it against runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
from botocore import xform_name

from sandbox.policy.authorizer import S3_ACTIONS
from tests.fakes import documented_policy

CODE = Path(__file__).parents[2] / "plugins"
# AWS asks for them beside the action of a call
BESIDE = {"autoscaling:CreateOrUpdateTags", "ec2:CreateTags", "iam:PassRole"}
ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}
# of the module's option stop_on_timeout, which no playbook sets
OF_MODULES_ONLY = {"ecs:StopTask"}


def called() -> Iterator[set[str]]:
    """Give the actions of each method of a client in the code: of several services where their methods share a name."""
    code = "".join(path.read_text() for path in (CODE / "module_utils").rglob("*.py"))
    words = set(re.findall(r"\.([a-z]+(?:_[a-z0-9]+)+)\b", code)) | set(re.findall(r'"([a-z]+(?:_[a-z0-9]+)+)"', code))
    services = set(re.findall(r'client\("([a-z0-9-]+)"\)', code))
    session = botocore.session.get_session()
    methods: dict[str, set[str]] = {}
    for service in services:
        for name in session.get_service_model(service).operation_names:
            action = f"{service}:{S3_ACTIONS.get(name, name) if service == 's3' else name}"
            methods.setdefault(xform_name(name), set()).add(action)
    yield from (methods[word] for word in words & methods.keys())


def test_every_call_is_documented() -> None:
    documented = {*documented_policy.actions(documented_policy.with_standing()), *ALWAYS_ALLOWED, *OF_MODULES_ONLY}
    assert [actions for actions in called() if not actions & documented] == []


def test_nothing_is_documented_that_is_not_called() -> None:
    assert {*documented_policy.actions(documented_policy.with_standing())} - BESIDE - set().union(*called()) == set()
