# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operation works with: clients, clock, sleeper, progress, and what earlier steps predicted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from .holder import Holder
from .memo import Memo
from .patience import BRIEF, DEFAULT, Outages, Patience, PatientClient
from .preview import Preview
from .run import NO_RUN, StepRecorder


class Progress(Protocol):
    """Where an operation reports what it is doing while a person waits."""

    def status(self, text: str, fraction: float | None = None) -> None:
        """Show the live line: what is awaited, its state; ``fraction`` (0 to 1) draws a bar on a terminal."""

    def line(self, text: str) -> None:
        """Print a line that stays: a log line of a command, something that went wrong."""

    def detail(self, text: str) -> None:
        """Print a line for those who want to know more (Ansible's ``-v``)."""

    def expect(self, seconds: float, at_most: bool = False) -> None:
        """Take how long the wait is expected to take, or after how long it is given up; the first is preferred."""


# Takes an argument spec and values by option; gives the values as its types, and what is wrong with them.
Validate = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[dict[str, Any], list[str]]]


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


def take_all(spec: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Find nothing wrong; a :class:`Context` made by a face of Ansible has its validator."""
    return dict(values), []


def utc_now() -> datetime:
    """Give the time of day."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """What an operation needs beside its parameters.

    Attributes:
        connect: gives the boto3 client of a service name (``"ecs"``), and of a region where it is given one, the same
            one until ``renew``.
        check_mode: predict, change nothing.
        clock: seconds on a clock that never goes back.
        sleep: waits that many seconds.
        progress: tells a person what is going on.
        now: the time of day, for what is kept in the account.
        holder: the controller that runs the playbook; None for a module, which cannot know it.
        preview: what earlier steps of the same check-mode run predicted.
        memo: what this controller has read and need not read again.
        command: the command line that resumes the run; empty where it is not known.
        checkpoint: raises where the controller was asked to stop; ``sleep`` does so, too.
        validate: Ansible's validation of values by an argument spec.
        versions: of ansible-core, Python and boto3, for the report.
        patience: seconds for which trouble with AWS is waited out.
        renew: makes further clients with credentials that are read anew; False where those cannot change.
        session_keys: whether the credentials are keys with a session token, given as they are: they end within hours.
        outages: what trouble with AWS has cost so far.
        run_id: of the open run, for tags; ``manual`` where none is open.
        step: records what the operation comes to as a step of the open run; None outside one.
    """

    connect: Callable[..., Any]
    check_mode: bool = False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    progress: Progress = field(default_factory=Silent)
    now: Callable[[], datetime] = utc_now
    holder: Holder | None = None
    preview: Preview = field(default_factory=Preview)
    memo: Memo = field(default_factory=Memo)
    command: str = ""
    checkpoint: Callable[[], None] = lambda: None
    validate: Validate = take_all
    versions: Mapping[str, str] = field(default_factory=dict)
    patience: float = DEFAULT
    renew: Callable[[], bool] = lambda: False
    session_keys: bool = False
    outages: Outages = field(default_factory=Outages)
    run_id: str = NO_RUN
    step: StepRecorder | None = None

    def client(self, service: str, region: str = "") -> PatientClient:
        """Give a client of a service (``"ecs"``) that calls AWS with patience.

        Args:
            region: of the client; empty: that of the run. Another region answers, or fails, for itself.
        """
        elsewhere = bool(region) and region != self.connect(service).meta.region_name
        return PatientClient(
            f"{service} in {region}" if elsewhere else service,
            Patience(
                connect=(lambda _name: self.connect(service, region)) if elsewhere else self.connect,
                renew=self.renew,
                seconds=self.patience,
                clock=self.clock,
                now=self.now,
                sleep=self.sleep,
                status=self.progress.status,
                line=self.progress.line,
                memo=self.memo,
                outages=self.outages,
            ),
        )

    def briefly(self) -> Context:
        """Give a context with little patience, for what is only shown."""
        return replace(self, patience=min(self.patience, BRIEF))
