# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The revisions of a task definition family: the newest, those that a run registered, and those it would register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...core.aws import TAG_PREFIX, ClientError, error_code, error_text, tag_dict
from ...core.context import Context
from ...core.errors import NotFound

RUN_TAG = f"{TAG_PREFIX}run"
PURPOSE_TAG = f"{TAG_PREFIX}purpose"
ENVIRONMENT_TAG = f"{TAG_PREFIX}environment"
CLONED_FROM_TAG = f"{TAG_PREFIX}cloned-from"
UNKNOWN = {"ClientException", "InvalidParameterException"}
STATUSES = ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS")
DESCRIBED, NEWEST = "described", "newest"  # in the keys of the memo


@dataclass(frozen=True)
class Revision:
    """A revision of a family.

    Attributes:
        definition: DescribeTaskDefinition's ``taskDefinition``.
        tags: its tags by name.
    """

    definition: dict[str, Any]
    tags: dict[str, str]

    @property
    def arn(self) -> str:
        """Its ARN, which ends in ``family:number``."""
        return str(self.definition["taskDefinitionArn"])

    @property
    def ours(self) -> bool:
        """Whether a run of this collection registered it."""
        return CLONED_FROM_TAG in self.tags


class PredictedRevisions:
    """A family's revisions as a check-mode run predicted them so far; in a real run it is empty.

    Attributes:
        made: revisions that would be there: ``definition`` (as described), ``tags``; by ARN.
        removed: ARNs of revisions that would not be there any more.
        tags: of revisions that would only be tagged, by ARN.
        highest: the highest number given; numbers are not given again.
    """

    def __init__(self, context: Context, family: str) -> None:
        self._context, self._key = context, f"task_definition/{family}"
        known = context.preview.get(self._key) or {}
        self.made: dict[str, dict[str, Any]] = known.get("made", {})
        self.removed: list[str] = known.get("removed", [])
        self.tags: dict[str, dict[str, str]] = known.get("tags", {})
        self.highest: int = known.get("highest", 0)

    def make(self, definition: dict[str, Any], tags: dict[str, str]) -> None:
        """Predict that a revision (``taskDefinitionArn``, ``revision``, ...) is registered."""
        self.made[definition["taskDefinitionArn"]] = {"definition": definition, "tags": tags}
        self.highest = max(self.highest, definition["revision"])
        self._write()

    def tag(self, arn: str, tags: dict[str, str]) -> None:
        """Predict that a revision has these tags."""
        if arn in self.made:
            self.made[arn]["tags"] = tags
        else:
            self.tags[arn] = tags
        self._write()

    def remove(self, arns: Iterable[str]) -> None:
        """Predict that revisions are deregistered and deleted."""
        for arn in arns:
            self.highest = max(self.highest, int(arn.rsplit(":", 1)[1]))
            if self.made.pop(arn, None) is None:
                self.removed.append(arn)
        self._write()

    def _write(self) -> None:
        state = {"made": self.made, "removed": self.removed, "tags": self.tags, "highest": self.highest}
        self._context.preview.predict(self._key, state)


def number_of(arn: str) -> int:
    """Give the revision number an ARN ends with."""
    return int(arn.rsplit(":", 1)[1])


def describe(context: Context, reference: str) -> Revision:
    """Look a revision up by ARN or ``family:number``; one that an earlier step of a check-mode run would make, too.

    Raises:
        NotFound: there is none.
    """
    family = _family_of(reference)
    predicted = PredictedRevisions(context, family)
    for arn, made in predicted.made.items():
        if reference in (arn, arn.rsplit("/", 1)[1]):
            return Revision(**made)
    answer = context.memo.once(f"revisions/{family}/{DESCRIBED}/{reference}", partial(_describe, context, reference))
    definition = answer["taskDefinition"]
    return Revision(definition, predicted.tags.get(definition["taskDefinitionArn"]) or tag_dict(answer.get("tags")))


def remember(context: Context, answer: Mapping[str, Any]) -> None:
    """Remember a revision as RegisterTaskDefinition answered it, if it answered the tags as well."""
    definition = answer["taskDefinition"]
    if answer.get("tags"):
        key = f"revisions/{definition['family']}/{DESCRIBED}/{definition['taskDefinitionArn']}"
        context.memo.put(key, {"taskDefinition": definition, "tags": answer["tags"]})


def _describe(context: Context, reference: str) -> dict[str, Any]:
    try:
        answer = context.client("ecs").describe_task_definition(taskDefinition=reference, include=["TAGS"])
    except ClientError as error:
        if error_code(error) in UNKNOWN and "nable to describe" in error_text(error):
            raise NotFound(f"There is no task definition {reference!r} in this account and region.") from error
        raise
    return {key: answer[key] for key in ("taskDefinition", "tags") if key in answer}


def arns(context: Context, family: str, status: str = "ACTIVE") -> list[str]:
    """List the ARNs of a family's revisions, newest first; in check mode as earlier steps would have left them."""
    predicted = PredictedRevisions(context, family)
    found = context.memo.once(f"revisions/{family}/{status}", partial(_list, context, family, status))
    found = [arn for arn in found if arn not in predicted.removed] + (
        list(predicted.made) if status == "ACTIVE" else []
    )
    return sorted(set(found), key=number_of, reverse=True)


def _list(context: Context, family: str, status: str) -> list[str]:
    pages = (
        context.client("ecs")
        .get_paginator("list_task_definitions")
        .paginate(familyPrefix=family, status=status, sort="DESC")
    )
    return [arn for page in pages for arn in page["taskDefinitionArns"] if _family_of(arn) == family]


def forget(context: Context, family: str) -> None:
    """Forget which revisions a family has: this collection changes them, or wants to see them as they are now."""
    context.memo.forget(f"revisions/{family}/")


def registered(context: Context, family: str, purpose: str, arn: str) -> None:
    """Remember that a run registered a revision: it is the newest of its purpose, and others' are as they were."""
    listed = context.memo.get(f"revisions/{family}/ACTIVE")
    if listed is not None:
        context.memo.put(f"revisions/{family}/ACTIVE", [arn, *listed])
    context.memo.put(f"revisions/{family}/{NEWEST}/{purpose}", arn)


def since_base(context: Context, family: str) -> Iterator[Revision]:
    """Give the family's ACTIVE revisions, newest first, down to the newest one that is not ours.

    Ours that lie below it were cloned from something older and are of no use any more.

    Raises:
        NotFound: the family has no ACTIVE revision that is not ours.
    """
    for arn in arns(context, family):
        revision = describe(context, arn)
        yield revision
        if not revision.ours:
            return
    raise NotFound(
        f"The task definition family {family!r} has no ACTIVE revision of its own in this account and region"
        " (those that a run of this collection registered do not count)."
    )


def resolve(context: Context, reference: str, purpose: str) -> Revision:
    """Look up what is to run.

    Args:
        reference: an ARN, ``family:number``, or a family, which means its newest revision: ours of that purpose if
            it is newer than any other, else the newest that is not ours. It is looked up once in a play, so that
            all commands of a run use one revision, whatever is deployed meanwhile.
    """
    if ":" in reference:
        return describe(context, reference)
    key = f"revisions/{reference}/{NEWEST}/{purpose}"
    known = context.memo.get(key)
    if known is not None:
        return describe(context, known)
    found = next(
        revision
        for revision in since_base(context, reference)
        if not revision.ours or revision.tags.get(PURPOSE_TAG) == purpose
    )
    context.memo.put(key, found.arn)
    return found


def _family_of(reference: str) -> str:
    """Give the family of an ARN or ``family:number``."""
    return reference.rsplit("/", 1)[-1].rsplit(":", 1)[0]
