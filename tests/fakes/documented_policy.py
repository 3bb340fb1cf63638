"""The policy of docs/permissions.md, as tests set it in a sandbox: whole, or less some actions."""

from __future__ import annotations

import json
from typing import Any

from sandbox.policy import document


def without(*actions: str) -> dict[str, Any]:
    """Give the policy without some actions."""
    policy = document.load(document.DOCUMENTED)
    for statement in policy["Statement"]:
        statement["Action"] = [each for each in _actions(statement) if each not in actions]
    return {**policy, "Statement": [each for each in policy["Statement"] if each["Action"]]}


def with_standing(*less: str) -> dict[str, Any]:
    """Give the policy of a run with a standing fleet and service, without some actions."""
    text = document.DOCUMENTED.read_text().partition("## A standing fleet and service")[2]
    more = json.loads(text.partition("```json\n")[2].partition("```")[0])["Statement"]
    for statement in more:
        statement["Action"] = [each for each in _actions(statement) if each not in less]
    policy = without(*less)
    needed = [
        each for each in policy["Statement"] if each.get("Sid") != "LaunchFrom"
    ]  # one policy holds 6,144 characters
    return {**policy, "Statement": [*needed, *(each for each in more if each["Action"])]}


def actions(policy: dict[str, Any] | None = None) -> list[str]:
    """List the actions that the policy, or another one, allows."""
    statements = (policy or document.load(document.DOCUMENTED))["Statement"]
    return sorted({each for statement in statements for each in _actions(statement)})


def _actions(statement: dict[str, Any]) -> list[str]:
    given = statement["Action"]
    return given if isinstance(given, list) else [given]
