# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check-mode run predicts for a task definition family: what earlier steps would register, tag and delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.context import Context


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
