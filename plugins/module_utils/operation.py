# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operation is: plain values and boto3 clients in, a plain result out.

A module under ``plugins/modules`` and the action plugin are two faces of the same :class:`Operation`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from ansible_collections.climate.ingest.plugins.module_utils.holder import Holder
from ansible_collections.climate.ingest.plugins.module_utils.preview import Preview


class Progress(Protocol):
    """Where an operation tells what it is doing while a person waits."""

    def status(self, text: str, fraction: float | None = None) -> None:
        """Show the live line: what is awaited, its state; ``fraction`` (0 to 1) draws a bar on a terminal."""

    def line(self, text: str) -> None:
        """Print a line that stays: a log line of a command, something that went wrong."""

    def detail(self, text: str) -> None:
        """Print a line for those who want to know more (Ansible's ``-v``)."""

    def expect(self, seconds: float, at_most: bool = False) -> None:
        """Take how long the wait is expected to take, or after how long it is given up; the first is preferred."""


class Silent:
    """A :class:`Progress` for modules and tests: says nothing."""

    def status(self, text: str, fraction: float | None = None) -> None:
        """Drop the live line."""

    def line(self, text: str) -> None:
        """Drop the line."""

    def detail(self, text: str) -> None:
        """Drop the line."""

    def expect(self, seconds: float, at_most: bool = False) -> None:
        """Drop the time."""


def utc_now() -> datetime:
    """Give the time of day."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """What an operation needs beside its parameters.

    Attributes:
        client: gives the boto3 client of a service name (``"ecs"``), the same one every time.
        check_mode: predict, change nothing.
        clock: seconds on a clock that never goes back.
        sleep: waits that many seconds.
        progress: tells a person what is going on.
        now: the time of day, for what is kept in the account.
        holder: the controller that runs the playbook; None for a module, which cannot know it.
        preview: what earlier steps of the same check-mode run predicted.
        command: the command line that goes on with a run; empty where it is not known.
        checkpoint: raises where the controller was asked to stop; ``sleep`` does so, too.
        versions: of ansible-core, Python and boto3, for the report.
        step: writes down what the operation has come to as a step of the open run (``steps.Keeper``); None outside one.
    """

    client: Callable[[str], Any]
    check_mode: bool = False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    progress: Progress = field(default_factory=Silent)
    now: Callable[[], datetime] = utc_now
    holder: Holder | None = None
    preview: Preview = field(default_factory=Preview)
    command: str = ""
    checkpoint: Callable[[], None] = lambda: None
    versions: Mapping[str, str] = field(default_factory=dict)
    step: Any = None


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
        did: where there are several changes, each with its verb and resource.
        facts: a few small ones the record keeps for the report.
    """

    changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    resource: str = ""
    verb: str = ""
    did: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What was (would be) changed, by verb and resource."""
        if self.did or not (self.changed and self.resource):
            return self.did
        verb = "changed" if self.before and self.after else "created" if self.after else "removed"
        return [(self.verb or verb, self.resource)]

    def note(self, context: Context) -> None:
        """In check mode, add the changes to the plan."""
        for verb, resource in self.changes if context.check_mode else ():
            context.preview.note(verb, resource)

    def as_return(self, diff: bool = False) -> dict[str, Any]:
        """Give the result as Ansible's return values (``warnings`` are reported by the face)."""
        answer: dict[str, Any] = {"changed": self.changed, **self.values}
        if diff:
            answer["diff"] = {"before": self.before, "after": self.after}
        return answer


@dataclass(frozen=True)
class Operation:
    """An operation with the parameters it takes.

    Attributes:
        run: does the work; gets the context and the validated parameters.
        argument_spec: Ansible's argument spec of those parameters (without the AWS connection options).
        constraints: ``required_if``, ``mutually_exclusive``, ``required_one_of``, ... as Ansible takes them.
        recorded: it may be a step of a run (takes the options of ``steps.STEP_SPEC``), and needs the claim on its
            environment.
        once: such a step is done once in a run; others are brought to what is wanted each time.
        cleans_up: it runs even when the controller was asked to stop.
        services: whose clients it uses; their models are then read once a run instead of once a task.
    """

    run: Callable[[Context, Mapping[str, Any]], Result]
    argument_spec: dict[str, Any]
    constraints: dict[str, Any] = field(default_factory=dict)
    recorded: bool = False
    once: bool = False
    cleans_up: bool = False
    services: Sequence[str] = ()
