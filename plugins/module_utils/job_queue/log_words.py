# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words by which workers tell in their log that a job is taken, that a try failed, and that a job is given up.

Regular expressions of Python, whose named groups are the fields of the job key, and ``scenario`` and ``dataset`` where
a line says them. A line of other words is no error: what it does not say stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import InvalidInput
from ..record.job_key import DEFAULT, RESERVED, Value, read_value
from . import climate_api

MARKER_VARIABLE, VARIABLE = "ingest_log_marker", "ingest_log_words"
EXPRESSIONS = ("taken", "failed", "given_up")
FINAL = "final"
WORDS_SPEC: dict[str, Any] = {
    "failure_marker": {"type": "str", "default": climate_api.MARKER},
    "log_words": {
        "type": "dict",
        "default": {},
        "options": {name: {"type": "str"} for name in (*EXPRESSIONS, FINAL)},
    },
}


@dataclass(frozen=True)
class LoggedJob:
    """A job as a line of the log says it.

    Attributes:
        group: the fields but the last, as the job key's groups are named; or ``model id 3``.
        value: of the last field.
        scenario: its name, or ``scenario id 1``; empty: the line says none.
        dataset: its name; empty: the line says none.
    """

    group: str
    value: Value
    scenario: str = ""
    dataset: str = ""

    @property
    def named(self) -> bool:
        """Whether it is known by names, not by ids of the application's database."""
        return not (climate_api.UNNAMED.match(self.group) or climate_api.UNNAMED.match(self.scenario))

    def is_same(self, other: LoggedJob) -> bool:
        """Say whether another line is about the same job, as far as both say it."""
        pairs = ((self.scenario, other.scenario), (self.dataset, other.dataset))
        same = all(one == two for one, two in pairs if one and two)
        return same and (self.group, self.value) == (other.group, other.value)


@dataclass(frozen=True)
class LogWords:
    """The words of an application.

    Attributes:
        marker: what all lines about failures have.
        key: the fields by which a job is known.
        taken, failed, given_up: of a job that is begun, of a try that failed, of a job given up; None: not known.
        final: what the line of a job given up ends in; empty: it is told by ``given_up`` alone.
    """

    marker: str
    key: tuple[str, ...]
    taken: re.Pattern[str] | None
    failed: re.Pattern[str] | None
    given_up: re.Pattern[str] | None
    final: str

    def marked_lines(self, text: str) -> list[str]:
        """Give the marked lines of an event of the log, which holds several where its driver joins them."""
        return [line for line in text.splitlines() if self.marker in line]

    def is_final(self, line: str) -> bool:
        """Say whether a marked line is the end of a job, not of one of its tries."""
        if self.final:
            return line.rstrip().endswith(self.final)
        return self.given_up is not None and self.given_up.search(line) is not None

    def read_given_up(self, line: str) -> LoggedJob | None:
        """Read a final line; None where its words are others."""
        return self._read(self.given_up, line)

    def read_named(self, line: str) -> LoggedJob | None:
        """Read the line of a job that is taken, or of a try that failed; None where it is another one."""
        return self._read(self.failed, line) or self._read(self.taken, line)

    def begins(self, line: str, job: LoggedJob) -> bool:
        """Say whether what is before this line is not about a job: it is taken here, or the line is another job's."""
        if self._read(self.taken, line) is not None:
            return True
        found = self.read_named(line) or self.read_given_up(line)
        return found is not None and found.named and not found.is_same(job)

    def _read(self, expression: re.Pattern[str] | None, line: str) -> LoggedJob | None:
        found = expression.search(line) if expression else None
        if found is None:
            return None
        said = {name: text.strip() for name, text in found.groupdict("").items()}
        for kind, group in climate_api.IDS.items():
            said[kind] = said.get(kind) or climate_api.by_id(kind, said.get(group, ""))
        fields = [said[name] for name in self.key]
        if not all(fields) or (self.key != DEFAULT and any(len(each.split()) > 1 for each in fields)):
            return None
        group = " ".join(fields[:-1]) or self.key[0]
        return LoggedJob(group, read_value(fields[-1]), said["scenario"], said.get("dataset", ""))


def read_words(marker: str | None, words: Mapping[str, Any] | None, key: Sequence[str]) -> LogWords:
    """Read marker and words; what is left out is the Climate API's where jobs are known as its are, else unknown.

    Args:
        words: ``log_words`` of WORDS_SPEC.
        key: the fields by which a job is known.

    Raises:
        InvalidInput: an expression is none, has a group that is no field, or lacks a field.
    """
    marker = read_marker(marker)
    given = {name: str(text) for name, text in (words or {}).items() if text}
    own = tuple(key) != DEFAULT
    known = given if own else {**climate_api.WORDS, **given}
    if "given_up" in given and FINAL not in given:
        known = {**known, FINAL: ""}
    compiled = {name: _compile(name, known[name], tuple(key)) for name in EXPRESSIONS if name in known}
    final = known.get(FINAL, climate_api.WORDS[FINAL])
    return LogWords(
        marker=marker,
        key=tuple(key),
        taken=compiled.get("taken"),
        failed=compiled.get("failed"),
        given_up=compiled.get("given_up"),
        final=final,
    )


def read_marker(marker: str | None) -> str:
    """Read the word that all lines about failures have; the Climate API's where there is none.

    Raises:
        InvalidInput: CloudWatch Logs cannot filter by it ("Filter pattern syntax": a term in quotes).
    """
    marker = marker or climate_api.MARKER
    if '"' in marker or "\\" in marker or not marker.isprintable():
        raise InvalidInput(
            f"{MARKER_VARIABLE} is {marker!r}; CloudWatch Logs takes a text without quotes and backslashes."
        )
    return marker


def are_default(marker: str | None, words: Mapping[str, Any] | None, key: Sequence[str]) -> bool:
    """Say whether workers are those of the Climate API, as far as the variables tell."""
    return tuple(key) == DEFAULT and not any((words or {}).values()) and marker in (None, "", climate_api.MARKER)


def _compile(name: str, text: str, key: tuple[str, ...]) -> re.Pattern[str]:
    what = f"{VARIABLE} has {name}: {text!r}"
    try:
        found = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidInput(f"{what}; write a regular expression of Python, which it is not: {error}.") from error
    ids = climate_api.IDS if key == DEFAULT and name == "given_up" else {}
    groups = {*found.groupindex}
    unknown = sorted(groups - {*key, *RESERVED, *ids.values()})
    if unknown:
        raise InvalidInput(
            f"{what}; it has the group {', '.join(unknown)}: groups are the fields of ingest_job_key"
            f" ({', '.join(key)}) and {', '.join(RESERVED)}."
        )
    missing = [field for field in key if field not in groups and ids.get(field) not in groups]
    if missing:
        raise InvalidInput(
            f"{what}; it does not say {', '.join(missing)}: each field of ingest_job_key is a group, such as"
            f" (?P<{missing[0]}>\\S+)."
        )
    return found
