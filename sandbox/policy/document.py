"""A policy document, read and evaluated as IAM does: a Deny wins, and what nothing allows is denied.

moto's own evaluator ignores resources and conditions for most calls, takes ``?`` and ``.`` for themselves in a regular
expression, and denies where the condition of an Allow does not hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.policy import conditions
from sandbox.policy.conditions import Condition, Context, MalformedPolicy, arn_matches, matches

LARGEST = 6_144  # characters of a managed policy without white space (IAM quotas)
ALLOWED, IMPLICIT, EXPLICIT = "allowed", "implicitDeny", "explicitDeny"

# the policy of a run
DOCUMENTED = Path(__file__).parents[2] / "docs" / "permissions.md"

_VERSIONS = ("2012-10-17", "2008-10-17")
_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")


@dataclass(frozen=True)
class Statement:
    """A statement; of actions and of resources it has the list or its opposite.

    Attributes:
        allows: its effect.
        actions, resources: patterns.
        but_actions, but_resources: whether it is for all others than those.
    """

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    but_actions: bool = False
    but_resources: bool = False
    conditions: tuple[Condition, ...] = ()

    def is_about(self, action: str, resource: str) -> bool:
        """Say whether it is about an action on a resource, whatever its conditions."""
        named = any(matches(each.lower(), action.lower()) for each in self.actions)
        found = any(arn_matches(each, resource) for each in self.resources)
        return named != self.but_actions and found != self.but_resources


@dataclass(frozen=True)
class Decision:
    """What a policy says of an action on a resource.

    Attributes:
        effect: ``allowed``, ``implicitDeny`` or ``explicitDeny``, as IAM's simulation writes it.
        missing: condition keys that decide and are not known.
    """

    effect: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A document that has been read.

    Attributes:
        statements: of the document.
        denied: actions that are denied beside it.
    """

    statements: tuple[Statement, ...]
    denied: tuple[str, ...] = field(default=())

    @cached_property
    def _all(self) -> tuple[Statement, ...]:
        return (*self.statements, *([Statement(False, self.denied, ("*",))] if self.denied else []))

    def decide(self, action: str, resource: str, context: Context) -> Decision:
        """Decide on one action on one resource (an ARN, or ``*`` where AWS has none for it)."""
        about = [each for each in self._all if each.is_about(action, resource)]
        unmet = [condition for each in about for condition in each.conditions if not condition.holds(context)]
        missing = tuple(sorted({each.key for each in unmet if each.key not in context}))
        holding = [each for each in about if all(condition.holds(context) for condition in each.conditions)]
        if any(not each.allows for each in holding):
            return Decision(EXPLICIT)
        return Decision(ALLOWED) if holding else Decision(IMPLICIT, missing)


EVERYTHING = Policy((Statement(True, ("*",), ("*",)),))


def load(path: Path) -> dict[str, Any]:
    """Read the document of a file: JSON, or Markdown that has it in its first block of JSON.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no JSON in it, or it is no policy.
    """
    text = path.read_text()
    block = re.search(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    document: dict[str, Any] = json.loads(block[1] if block else text)
    read(document)
    return document


def read(document: Any) -> Policy:
    """Read a policy document.

    Args:
        document: as JSON gives it.

    Raises:
        MalformedPolicy: IAM would refuse it, or it has what the sandbox cannot evaluate.
    """
    if not isinstance(document, Mapping) or set(document) - {"Version", "Id", "Statement"}:
        raise MalformedPolicy("a policy has the members Version and Statement")
    if document.get("Version", _VERSIONS[1]) not in _VERSIONS:
        raise MalformedPolicy(f"Version is {document['Version']!r}; there are {' and '.join(_VERSIONS)}")
    size = len(re.sub(r"\s", "", json.dumps(document)))
    if size > LARGEST:
        raise MalformedPolicy(f"the policy has {size} characters; IAM takes {LARGEST} in a managed policy")
    statements = document.get("Statement")
    given = statements if isinstance(statements, list) else [statements]
    return Policy(tuple(_read_numbered(number, each) for number, each in enumerate(given, 1)))


def _read_numbered(number: int, element: Any) -> Statement:
    name = f"statement {number}"
    if isinstance(element, Mapping) and element.get("Sid"):
        name += f" ({element['Sid']})"
    try:
        return _read_statement(element)
    except MalformedPolicy as error:
        raise MalformedPolicy(f"{name}: {error}") from error


def _read_statement(element: Any) -> Statement:
    if not isinstance(element, Mapping):
        raise MalformedPolicy("it is an object")
    if unknown := sorted(set(element) - _ELEMENTS):
        raise MalformedPolicy(f"no element {', '.join(unknown)} in a policy of a user or role")
    if element.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("Effect is Allow or Deny")
    actions, but_actions = _either(element, "Action")
    resources, but_resources = _either(element, "Resource")
    if wrong := [each for each in actions if not _ACTION.fullmatch(each)]:
        raise MalformedPolicy(f"{wrong[0]} is no action; one is service:Name")
    if wrong := [each for each in resources if each != "*" and not each.startswith("arn:")]:
        raise MalformedPolicy(f"{wrong[0]} is no resource; one is an ARN or *")
    return Statement(
        allows=element["Effect"] == "Allow",
        actions=tuple(actions),
        resources=tuple(resources),
        but_actions=but_actions,
        but_resources=but_resources,
        conditions=conditions.read(element.get("Condition", {})),
    )


def _either(element: Mapping[str, Any], name: str) -> tuple[list[str], bool]:
    """Read a list or its opposite; say which it is."""
    given = [each for each in (name, f"Not{name}") if each in element]
    if len(given) != 1:
        raise MalformedPolicy(f"it has {name} or Not{name}")
    return conditions.texts(element[given[0]], given[0]), given[0] != name
