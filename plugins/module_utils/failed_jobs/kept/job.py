# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job that has failed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ...core.text import together
from ...job_queue.climate_api import UNNAMED
from ...record.job_key import Value
from ...record.store import CUT

Key = tuple[str, str, str]  # data set, scenario or import, group of the job key
OWN_VALUE = "\N{SYMBOL FOR SUBSTITUTE}"  # where an exception names the job: ``no tile 17`` is what ``no tile 18`` is
WORD = re.compile(r"(?<![\w.])\w+")
LONGEST_NAME = 400  # bytes; a longer name is no name that create_jobs could be given


@dataclass(frozen=True)
class FailedJob:
    """A job the application gave up, or that left no trace.

    Attributes:
        scenario, group: names, or ``model id 3`` where they could not be found; empty: unknown.
        value: of the last field of the job key; None: unknown.
        exception: ``Name: message``, or the line of the log.
        at: when it failed, ISO 8601.
        log_stream: of the worker; empty: unknown.
        retried: how often it was queued again.
        queued: the retry that queued it again and whose outcome is not known yet; 0: it has failed.
        imported: a retry imported it; it is kept for the report only.
        dataset: its name; empty: the application has none, or it is unknown.
        rounded: ``at`` is some time after it failed: so many jobs were kept that their times were not.
    """

    scenario: str
    group: str
    value: Value | None
    exception: str
    at: str
    log_stream: str = ""
    retried: int = 0
    queued: int = 0
    imported: bool = False
    dataset: str = ""
    rounded: bool = field(default=False, compare=False)

    @property
    def named(self) -> bool:
        """Whether scenario, group and value are known by the names create_jobs takes."""
        unnamed = UNNAMED.match(self.scenario) or UNNAMED.match(self.group)
        cut = any(each.endswith(CUT) for each in self.key)
        return bool(self.scenario and self.group) and self.value is not None and not unnamed and not cut

    @property
    def key(self) -> Key:
        """The document it is kept in."""
        return self.dataset, self.scenario, self.group

    @property
    def title(self) -> str:
        """What a person calls it: ``A1B HadCM3 2031``, ``LOCA A1B HadCM3 2031``."""
        return together(*self.key, self.value) or "a job"

    @property
    def alike(self) -> str:
        """The exception as other jobs have it, too: with OWN_VALUE in the place of the job's value."""
        text, own = self.exception.replace(OWN_VALUE, "?"), str(self.value)
        if self.value is None or own not in text:
            return text
        if not WORD.fullmatch(own):
            return re.sub(rf"(?<![\w.]){re.escape(own)}(?!\w)", OWN_VALUE, text)
        # an expression of each number's own would have to be compiled tens of thousands of times
        return WORD.sub(lambda word: OWN_VALUE if word[0] == own else word[0], text)

    def is_of(self, dataset: str, scenario: str) -> bool:
        """Say whether it is of a scenario, or may be: what names no data set is of the only one there is."""
        return self.scenario == scenario and (not self.dataset or not dataset or self.dataset == dataset)

    def as_fact(self) -> dict[str, Any]:
        """Give it as the facts of a run show it."""
        return {
            "dataset": self.dataset or None,
            "scenario": self.scenario or None,
            "model": self.group or None,
            "year": self.value,
            "exception": self.exception,
            "at": self.at,
            "log_stream": self.log_stream or None,
            "retried": self.retried,
            "imported": self.imported,
        }
