# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a teardown removed, what it left, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError, Interrupted, Leftover
from ..core.result import Result

SCALED_BACK = "scaled back"


class Removals:
    """What one teardown has removed so far; a failure is noted and keeps nothing else from being removed.

    Attributes:
        removed: what was (in check mode: would be) removed.
        scaled_back: what is not ours and was (would be) put back to what it was.
        left: what could not be removed, with the reason; a later success clears it.
        changed, before, after, warnings, changes, facts: as in the result.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.removed: list[str] = []
        self.scaled_back: list[str] = []
        self.left: dict[str, str] = {}
        self.changed = False
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.changes: list[tuple[str, str]] = []
        self.facts: dict[str, Any] = {}

    def result(self) -> Result:
        """Give the result, and show what is left."""
        left = [f"{what}: {why}" for what, why in self.left.items()]
        for item in left:
            self.context.progress.line(f"still there: {item}")
        parts = {"removed": self.removed, "scaled back": self.scaled_back}
        done = [f"{what}: {', '.join(names)}" for what, names in parts.items() if names]
        message = "; ".join(done) or "nothing was left behind"
        values = {"removed": self.removed, "scaled_back": self.scaled_back, "left": left, "message": message}
        return Result(
            self.changed,
            self.before,
            self.after,
            values,
            self.warnings,
            changes=self.changes,
            note=message,
            facts=self.facts,
            done="" if done or left else "nothing to remove",
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
            self._change(before, after or {})

    def add_scaled_back(self, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Note and show what is put back to what it was, once."""
        if name not in self.scaled_back:
            self.scaled_back.append(name)
            self.context.progress.line(f"{'would scale' if self.context.check_mode else 'scaled'} back {name}")
            self.changes.append((SCALED_BACK, name))
            self._change({name: before}, {name: after})

    def _change(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self.changed = True
        self.before |= before
        self.after |= after


def leftover(values: Mapping[str, Any]) -> Leftover:
    """Write the error of a teardown that left something, from the values of its result."""
    removed, back, left = values["removed"], values["scaled_back"], values["left"]
    text = "\n".join(["Still there:", *(f"  - {each}" for each in left), "Fix that and tear down again."])
    text += f"\nRemoved: {', '.join(removed) or 'nothing'}." + (f" Scaled back: {', '.join(back)}." if back else "")
    return Leftover(text, removed=removed, left=left)
