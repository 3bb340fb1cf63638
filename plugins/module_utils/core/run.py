# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A run and its steps, as plain data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .text import clipped

OPEN, COMPLETE = "open", "complete"
STARTED, DONE, FAILED = "started", "done", "failed"
NO_RUN = "manual"  # the run's id in tags where no run is open
LONGEST_REQUESTED = 120  # bytes


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
        id: environment and number, ``staging-3``.
        number: counts the runs of the environment.
        key: random; makes its client tokens its own even where an earlier record was deleted.
        state: ``open`` or ``complete``.
        opened_at, opened_by, closed_at: ISO 8601 times, and a person.
        requested: what it imports, by variable.
        goals: the steps that make it complete.
        commands_before: the steps before the imports; None: those of the runbook.
        commands_after: the operator's own steps after the averages.
        titles: what people call the steps of these commands, where that is not made of their names.
        failure: of its last failed attempt: ``at``, ``task``, ``message``.
    """

    id: str
    number: int
    key: str
    state: str
    opened_at: str
    opened_by: str
    requested: dict[str, str] = field(default_factory=dict)
    goals: list[str] = field(default_factory=list)
    commands_before: list[str] | None = None
    commands_after: list[str] = field(default_factory=list)
    closed_at: str = ""
    failure: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def covers(self, requested: Mapping[str, Any]) -> bool:
        """Say whether it imports just that, as far as the variables given go."""
        return {**self.requested, **digested(requested)} == self.requested

    @property
    def is_open(self) -> bool:
        """Whether it can be resumed."""
        return self.state == OPEN

    def started_by(self, step: str, attempt: int, part: str = "") -> str:
        """Give the ``startedBy`` of a step's task, by which ListTasks finds it (at most 128 of these characters)."""
        return re.sub(r"[^A-Za-z0-9/_-]", "-", f"{self.id}-{self.key}/{_try(step, attempt, part)}")[:128]

    def client_token(self, step: str, attempt: int, part: str = "") -> str:
        """Give the ``clientToken`` that makes starting a step's task repeatable (at most 64 characters)."""
        return hashlib.sha256(f"{self.id}/{self.key}/{_try(step, attempt, part)}".encode()).hexdigest()


@dataclass(frozen=True)
class Step:
    """What the record knows of a step of a run.

    Attributes:
        run: the run's id.
        state: ``started``, ``done`` or ``failed``.
        at: when it came to that, ISO 8601.
        attempt: counts the attempts.
        part: where an attempt takes several commands, which of them ``task`` runs; empty: it takes one.
        task: ARN of the ECS task that does or did it.
        exit_code: of that task.
        note: what it made, what was there before, why it failed.
        began: when this attempt began; empty: at ``at``.
        command: the management command, without secrets.
        log: of that command: ``group``, ``stream`` and its last ``lines``, without secrets.
        did: what it changed, ``[verb, resource]`` each.
        facts: of what it changed, for the report.
        earlier: the attempts before, oldest first: ``began``, ``ended``, ``state``, ``exit_code``, ``task``, ``note``,
            ``did``, ``facts``.
        duration: seconds of the last attempt that succeeded, in this run.
        previous_duration: the same of the last run before that has any.
    """

    run: str
    state: str
    at: str
    attempt: int = 1
    task: str = ""
    exit_code: int | None = None
    note: str = ""
    began: str = ""
    command: str = ""
    log: dict[str, Any] = field(default_factory=dict)
    did: list[list[str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    earlier: list[dict[str, Any]] = field(default_factory=list)
    duration: float | None = None
    previous_duration: float | None = None
    part: str = ""

    def as_attempt(self) -> dict[str, Any]:
        """Give this attempt as an element of ``earlier``."""
        fields = {"began": self.began or self.at, "ended": "" if self.state == STARTED else self.at}
        fields |= {name: getattr(self, name) for name in ("state", "exit_code", "task", "note", "did", "facts")}
        return without_empty(fields)


class StepRecorder(Protocol):
    """Records what an operation comes to as a step of the open run (``record.step_writer.StepWriter``).

    Attributes:
        environment, name: which step.
        run: the open run.
        previous: what the record says of the step; None: nothing.
        began: when this attempt began, ISO 8601.
        previous_duration: seconds the step took in an earlier run; None: it is not known.
        part, command, log, facts: as in :class:`Step`, written with its next state.
    """

    environment: str
    name: str
    run: Run
    previous: Step | None
    began: str
    previous_duration: float | None
    part: str
    command: str
    log: dict[str, Any]
    facts: dict[str, Any]

    @property
    def attempt(self) -> int:
        """The attempt that is under way."""

    def write(self, state: str, attempt: int, task: str = "", exit_code: int | None = None, note: str = "") -> None:
        """Write what the step has come to."""

    def started_by(self, attempt: int) -> str:
        """Give the ``startedBy`` of the task of an attempt's ``part``."""

    def client_token(self, attempt: int) -> str:
        """Give the ``clientToken`` of an attempt's ``part``."""


def digested(requested: Mapping[str, Any]) -> dict[str, str]:
    """Write what a run imports so that it stays small: a long list of years as its beginning and a digest.

    A list is written as the same words separated by commas, and blanks beside commas do not count.
    """
    return {name: _digest(_words(value)) for name, value in requested.items()}


def _try(step: str, attempt: int, part: str) -> str:
    return f"{step}/{attempt}{part and f'/{part}'}"


def _words(value: Any) -> str:
    words = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return ",".join(str(word).strip() for word in words)


def without_empty(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty."""
    return {name: value for name, value in document.items() if value not in ("", None, [], {})}


def _digest(text: str) -> str:
    if len(text.encode()) <= LONGEST_REQUESTED:
        return text
    return f"{clipped(text, LONGEST_REQUESTED - 17)}{hashlib.sha256(text.encode()).hexdigest()[:16]}"
