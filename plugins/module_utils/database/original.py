# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The class and parameter group that an instance had before a run, and goes back to: kept in tags on the instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.aws import TAG_PREFIX, tag_dict, tag_list
from ..core.context import Context
from .parameter_group import GROUP

ORIGINAL_CLASS_TAG = f"{TAG_PREFIX}original-class"
CLASS_AFTER_TAG = f"{TAG_PREFIX}class-after"
GROUP_TAG = f"{TAG_PREFIX}original-parameter-group"
TAGS = (ORIGINAL_CLASS_TAG, CLASS_AFTER_TAG, GROUP_TAG)


@dataclass(frozen=True)
class Original:
    """What a run of ours is to give back.

    Attributes:
        name: the class the instance had.
        after: the class it gets instead, as that one cannot be ordered any more; empty: the class it had.
        group: the DB parameter group it had; empty: no run has changed it.
    """

    name: str
    after: str = ""
    group: str = ""

    @property
    def target(self) -> str:
        """The class the instance goes back to."""
        return self.after or self.name

    @property
    def tags(self) -> dict[str, str]:
        """The tags that remember it."""
        tags = {ORIGINAL_CLASS_TAG: self.name, CLASS_AFTER_TAG: self.after, GROUP_TAG: self.group}
        return {name: text for name, text in tags.items() if text}

    @property
    def desired(self) -> dict[str, str]:
        """What the instance goes back to, as ModifyDBInstance names it."""
        return {"DBInstanceClass": self.target, **({GROUP: self.group} if self.group else {})}

    @property
    def explanation(self) -> str:
        """Say why it does not get the class it had; empty if it does."""
        return f"in place of {self.name}, which cannot be ordered any more" if self.after else ""

    @classmethod
    def of(cls, database: Mapping[str, Any]) -> Original | None:
        """Read it from an element of DescribeDBInstances; None where no run has changed the class."""
        tags = tag_dict(database.get("TagList"))
        name = tags.get(ORIGINAL_CLASS_TAG)
        return cls(name, tags.get(CLASS_AFTER_TAG, ""), tags.get(GROUP_TAG, "")) if name else None


def remember(context: Context, database: Mapping[str, Any], original: Original) -> None:
    """Write it on the instance before anything changes."""
    if Original.of(database) != original:
        tags = tag_list(original.tags)
        context.client("rds").add_tags_to_resource(ResourceName=database["DBInstanceArn"], Tags=tags)


def forget(context: Context, database: Mapping[str, Any]) -> None:
    """Remove it from the instance, unless in check mode."""
    known = Original.of(database)
    if known and not context.check_mode:
        rds = context.client("rds")
        rds.remove_tags_from_resource(ResourceName=database["DBInstanceArn"], TagKeys=list(known.tags))
