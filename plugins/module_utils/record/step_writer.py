# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records a step of the open run as it begins, fails and ends."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..core.aws import AWS_ERRORS
from ..core.context import Context
from ..core.errors import IngestError
from ..core.run import DONE, FAILED, STARTED
from . import record


@dataclass
class StepWriter:
    """Records a step of the open run.

    Attributes:
        environment, name: which step.
        run: the open run.
        previous: what the record says of the step; None: nothing.
        began: when this attempt began, ISO 8601.
        previous_duration: seconds the step took in an earlier run; None: it is not known.
        each_time: the step is carried out even where it is done.
        part, command, log, did, facts: as in :class:`record.Step`, written with its next state.
        written: whether it has written since it was made.
    """

    context: Context
    environment: str
    name: str
    run: record.Run
    previous: record.Step | None
    began: str = ""
    previous_duration: float | None = None
    each_time: bool = False
    part: str = ""
    command: str = ""
    log: dict[str, Any] = field(default_factory=dict)
    did: list[list[str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    written: bool = False

    @property
    def attempt(self) -> int:
        """The attempt that is under way: a failed one is over, and a done one where the step is done each time."""
        if self.previous is None:
            return 1
        over = {FAILED, DONE} if self.each_time else {FAILED}
        return self.previous.attempt + (self.previous.state in over)

    def write(self, state: str, attempt: int, task: str = "", exit_code: int | None = None, note: str = "") -> None:
        """Write what the step has come to."""
        now, previous = self.context.now().isoformat(timespec="seconds"), self.previous
        began, earlier = self.began or now, list[dict[str, Any]]()
        did, facts = self.did, self.facts
        if previous and previous.attempt == attempt:
            began, earlier = previous.began or previous.at, previous.earlier
            did, facts = [*previous.did, *did], {**previous.facts, **facts}
        elif previous:
            earlier = [*previous.earlier, previous.as_attempt()]
        duration = previous.duration if previous else None
        if state == DONE:
            duration = (datetime.fromisoformat(now) - datetime.fromisoformat(began)).total_seconds()
        self.previous = record.Step(
            run=self.run.id,
            state=state,
            at=now,
            attempt=attempt,
            task=task,
            exit_code=exit_code,
            note=note,
            began=began,
            command=self.command,
            log=self.log,
            did=did,
            facts=facts,
            earlier=earlier,
            duration=duration,
            previous_duration=self.previous_duration,
            part=self.part,
        )
        record.write_step(self.context, self.environment, self.name, self.previous)
        self.written = True

    def fail(self, why: str) -> None:
        """Write that the step failed, unless its task may still be running, or that was written already."""
        started = self.previous is not None and self.previous.state == STARTED
        if self.context.check_mode or self.written or started:
            return
        attempt = self.previous.attempt + 1 if self.previous else 1
        with suppress(IngestError, *AWS_ERRORS):  # they must not hide what failed
            self.write(FAILED, attempt, note=why)

    def started_by(self, attempt: int) -> str:
        """Give the ``startedBy`` of the task of an attempt's ``part``."""
        return self.run.started_by(self.name, attempt, self.part)

    def client_token(self, attempt: int) -> str:
        """Give the ``clientToken`` of an attempt's ``part``."""
        return self.run.client_token(self.name, attempt, self.part)
