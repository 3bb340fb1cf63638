# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operation did, or in check mode would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .context import Context


@dataclass
class Result:
    """What an operation did, or in check mode would do.

    Attributes:
        changed: whether anything in the account is different (would be different).
        before: the part of the resource that matters, as it was; in AWS's own terms.
        after: the same part as it is now, or as predicted.
        values: what the module returns beside the diff.
        warnings: sentences for the operator.
        resource: what is (would be) changed, for the plan: ``database dbstaging``.
        verb: what happens to it; by default ``created``, ``changed`` or ``removed``, read from before and after.
        changes: where there are several, the verb and resource of each.
        done: what it did in one line, shown when it ends: ``94 jobs queued``; in a plan, what is changed.
        note: what the record says of the step beside its state; empty: ``resource``.
        facts: a few small ones the record keeps for the report.
        unfinished: the operation has recorded that its step is not done, and the playbook goes on all the same.
    """

    changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    resource: str = ""
    verb: str = ""
    changes: list[tuple[str, str]] = field(default_factory=list)
    done: str = ""
    note: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    unfinished: bool = False

    def all_changes(self) -> list[tuple[str, str]]:
        """Give the verb and resource of each change, where there is only one, too."""
        if self.changes or not (self.changed and self.resource):
            return self.changes
        verb = "changed" if self.before and self.after else "created" if self.after else "removed"
        return [(self.verb or verb, self.resource)]

    def add_to_plan(self, context: Context) -> None:
        """In check mode, add the changes to the plan."""
        for verb, resource in self.all_changes() if context.check_mode else ():
            context.preview.note(verb, f"{resource}: {self.done}" if self.done and verb == "changed" else resource)

    def as_return(self, diff: bool = False) -> dict[str, Any]:
        """Give the result as Ansible's return values (``warnings`` are reported by the face)."""
        answer: dict[str, Any] = {"changed": self.changed, **self.values}
        if diff:
            answer["diff"] = {"before": self.before, "after": self.after}
        return answer
