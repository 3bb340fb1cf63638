# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a teardown removed, what it left, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError, Interrupted
from ..core.result import Result


class Removals:
    """What one teardown has removed so far; a failure is noted and keeps nothing else from being removed.

    Attributes:
        removed: what was (in check mode: would be) removed.
        left: why something stands, by what it is; a later success takes it back.
        changed, before, after, warnings, changes, facts: as in the result.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.removed: list[str] = []
        self.left: dict[str, str] = {}
        self.changed = False
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.changes: list[tuple[str, str]] = []
        self.facts: dict[str, Any] = {}

    def result(self) -> Result:
        """Give the result, and show what still stands."""
        left = [f"{what}: {why}" for what, why in self.left.items()]
        for item in left:
            self.context.progress.line(f"still there: {item}")
        message = f"removed: {', '.join(self.removed)}" if self.removed else "nothing was left behind"
        values = {"removed": self.removed, "left": left, "message": message}
        return Result(
            self.changed,
            self.before,
            self.after,
            values,
            self.warnings,
            changes=self.changes,
            note=message,
            facts=self.facts,
        )

    def attempt(self, what: str, work: Callable[[], None]) -> bool:
        """Do a part of the work, and note why it failed; say whether it succeeded.

        Raises:
            Interrupted: the controller was asked to stop.
        """
        try:
            work()
        except Interrupted:
            raise
        except IngestError as error:
            self.left[what] = error.message
        except AWS_ERRORS as error:
            self.left[what] = explain(error).message
        else:
            self.left.pop(what, None)
            return True
        return False

    def add(self, names: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any] | None = None) -> None:
        """Note and show what is removed; what was noted before is not shown again."""
        for name in names:
            if name in self.removed:
                continue
            verb, note = ("restore", "changed") if name.startswith("database") else ("remove", "removed")
            self.removed.append(name)
            self.context.progress.line(f"{f'would {verb}' if self.context.check_mode else f'{verb}d'} {name}")
            self.changes.append((note, name))
        if names:
            self.changed = True
            self.before |= before
            self.after |= after or {}
