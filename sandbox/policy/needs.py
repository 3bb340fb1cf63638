"""Which actions on which resources a call needs, as AWS's Service Authorization Reference and user guides say.

A call that is in no table needs its action on ``*``: the sandbox does not know its resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.policy.conditions import Context
from sandbox.runtime import ACCOUNT_ID, REGION

Params = Mapping[str, Any]

# condition keys of a resource's tags
TAG_KEYS = ("aws:resourcetag/", "ecs:resourcetag/", "ec2:resourcetag/", "autoscaling:resourcetag/", "rds:db-tag/")


class Account(Protocol):
    """What the account tells of what a call names."""

    def tags(self, arn: str) -> Mapping[str, str]:
        """Give the tags of a resource; none of one that is not there."""

    def roles(self, definition: str) -> list[str]:
        """Give the roles (ARNs) of a task definition."""

    def template(self, specification: Params) -> Mapping[str, Any]:
        """Give the data of a launch template's version, and its id as ``LaunchTemplateId``."""

    def role(self, profile: Params) -> str:
        """Give the role (ARN) of an instance profile, by its ``Name`` or ``Arn``."""

    def group(self, name: str) -> str:
        """Give the ARN of an Auto Scaling group; with ``*`` for its id where there is none yet."""


@dataclass(frozen=True)
class Need:
    """An action on a resource.

    Attributes:
        action, resource: as policies name them.
        context: what is known of the call.
        instead: what AWS says where it is denied, if not the usual.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    instead: str = ""


class WithTags(Mapping[str, Sequence[str]]):
    """A context with the resource's tags, looked up when a condition asks for one."""

    def __init__(self, known: Context, look_up: Callable[[], Mapping[str, str]]) -> None:
        self._known, self._look_up = known, look_up
        self._tags: dict[str, str] | None = None

    def __getitem__(self, key: str) -> Sequence[str]:
        prefix = next((each for each in TAG_KEYS if key.startswith(each)), None)
        if prefix is None:
            return self._known[key]
        if self._tags is None:
            self._tags = {name.lower(): text for name, text in self._look_up().items()}
        return [self._tags[key.removeprefix(prefix)]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def arn(service: str, resource: str, account: str = ACCOUNT_ID) -> str:
    """Write an ARN of the account; with ``account`` of somebody else's, or of nobody's."""
    region = "" if service in ("iam", "s3") else REGION
    return f"arn:aws:{service}:{region}:{account if service != 's3' else ''}:{resource}"


def requested(tags: Any) -> dict[str, list[str]]:
    """Give the condition keys of the tags that a call sets, from any service's list of them."""
    found = {str(each.get("Key", each.get("key"))): str(each.get("Value", each.get("value", ""))) for each in tags}
    known = {f"aws:requesttag/{name.lower()}": [text] for name, text in found.items()}
    return known | ({"aws:tagkeys": [*found]} if found else {})


def given(params: Params, *names: str) -> Any:
    """Give the first of several members that a request has; None without any."""
    return next((params[name] for name in names if params.get(name)), None)


def pass_role(role: str, service: str) -> Need:
    """Need to hand a role to a service."""
    return Need("iam:PassRole", role, {"iam:passedtoservice": [service]})
