# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks before a run gather: problems, warnings and facts, in the words of the operator's variables."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..core.aws import AWS_ERRORS, denied_action, error_code, error_text, explain, is_denied
from ..core.errors import IngestError, Refused

T = TypeVar("T")

PREFIX = "ingest_"
SHOWN = 80  # characters of a value


def shown(value: Any) -> str:
    """Write a value briefly, as YAML and JSON have it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


@dataclass
class Findings:
    """What one or several checks found.

    Attributes:
        problems: what would make a run fail or do harm; a sentence or more each.
        warnings: what is good to know.
        notes: what the run does, that nobody need act on.
        facts: what was learnt about the account.
        seen: what other checks need of it; not to be shown, it may hold secrets.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    def wrong(self, variable: str, value: Any, remedy: str) -> None:
        """Note a wrong value.

        Args:
            variable: the name of the variable.
            value: what it is.
            remedy: what is allowed, or what to do.
        """
        self.problems.append(f"{variable} is {shown(value)}; {remedy}")

    def attempt(
        self, variable: str, value: Any, look: Callable[[], T], words: Mapping[str, str] | None = None
    ) -> T | None:
        """Look at what a variable names; note a failure, and give None for it.

        Args:
            variable: the one to blame.
            value: what it is.
            look: reads, and raises an IngestError for what is wrong.
            words: the operation's own names of options, with the variables they come from.
        """
        try:
            return look()
        except AWS_ERRORS as error:  # first: that AWS cannot be reached is no fault of the variable
            self.problems.append(refusal(error))
        except IngestError as error:
            text = reword(error.message, {variable.removeprefix(PREFIX): variable, **(words or {})})
            begins = re.match(rf"{variable}( is | has |: | ')", text)
            self.problems.append(text if begins else f"{variable} is {shown(value)}: {text}")
        return None

    def add(self, other: Findings) -> None:
        """Take in what another check found; the same finding is kept once."""
        self.problems += [each for each in other.problems if each not in self.problems]
        self.warnings += [each for each in other.warnings if each not in self.warnings]
        self.notes += [each for each in other.notes if each not in self.notes]
        self.facts |= other.facts
        self.seen |= other.seen

    def refuse(self) -> None:
        """Report all problems at once.

        Raises:
            Refused: there are some.
        """
        if not self.problems:
            return
        count = "One problem stops" if len(self.problems) == 1 else f"{len(self.problems)} problems stop"
        details = {"problems": self.problems} | ({"preflight_warnings": self.warnings} if self.warnings else {})
        # Ansible prints a message twice; the list is printed once
        raise Refused(f"{count} this run before anything is changed.", **details)


def reword(text: str, words: Mapping[str, str]) -> str:
    """Replace the names of an operation's options by those of the variables."""
    for option, name in words.items():
        alone = rf"(?<![\w'.-]){re.escape(option)}(?= is | has | must | what | at )"
        text = re.sub(rf"{alone}|\A{re.escape(option)}(?= '|: )", name, text)
    return text


def refusal(error: Exception, purpose: str = "") -> str:
    """Explain a call that failed; one that is not permitted with the remedy.

    Args:
        purpose: what the call is for: ``to follow commands``.
    """
    if is_denied(error):
        name = getattr(error, "operation_name", "a call")
        action = denied_action(error)
        needed = f" {action} is needed {purpose}." if purpose else ""
        return (
            f"These credentials may not call {name} ({error_code(error)}: {error_text(error)}).{needed}"
            " docs/permissions.md has the policy a run needs."
        )
    return explain(error).message
