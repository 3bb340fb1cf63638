# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks before a run gather: problems, warnings and facts, in the words of the operator's variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..core.aws import BotoCoreError, ClientError, error_code, error_text, explain
from ..core.errors import IngestError, Refused

T = TypeVar("T")

PREFIX = "ingest_"
BARE = {"command"}  # variables without the prefix
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
SHOWN = 80  # characters of a value


def variable(option: str) -> str:
    """Give the name of a variable as the operator writes it."""
    return option if option in BARE else PREFIX + option


def shown(value: Any) -> str:
    """Write a value briefly."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


@dataclass
class Findings:
    """What one or several checks found.

    Attributes:
        problems: what would make a run fail or do harm; a sentence or more each.
        warnings: what is good to know.
        facts: what was learnt about the account.
        seen: what other checks need of it; not to be shown, it may hold secrets.
    """

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    def wrong(self, option: str, value: Any, remedy: str) -> None:
        """Note a variable's value that does not do.

        Args:
            option: the variable without its prefix.
            value: what it is.
            remedy: what is allowed, or what to do.
        """
        self.problems.append(f"{variable(option)} is {shown(value)}; {remedy}")

    def attempt(
        self, option: str, value: Any, look: Callable[[], T], words: Mapping[str, str] | None = None
    ) -> T | None:
        """Take a look at what a variable names; what comes of it is noted, and None given, when it fails.

        Args:
            option: the variable without its prefix that is to blame.
            value: what it is.
            look: reads, and raises an IngestError for what is wrong.
            words: the operation's own names of options and the variables they come from, without prefix.
        """
        try:
            return look()
        except IngestError as error:
            text = reword(error.message, {option: option, **(words or {})})
            begins = re.match(rf"{variable(option)}( is | has |: | ')", text)
            self.problems.append(text if begins else f"{variable(option)} is {shown(value)}: {text}")
        except (ClientError, BotoCoreError) as error:
            self.problems.append(refusal(error))
        return None

    def add(self, other: Findings) -> None:
        """Take in what another check found; the same thing is said once."""
        self.problems += [each for each in other.problems if each not in self.problems]
        self.warnings += [each for each in other.warnings if each not in self.warnings]
        self.facts |= other.facts
        self.seen |= other.seen

    def refuse(self) -> None:
        """Report all problems at once.

        Raises:
            Refused: there are some.
        """
        if not self.problems:
            return
        count = "One thing is" if len(self.problems) == 1 else f"{len(self.problems)} things are"
        listing = "\n".join(f"- {each}" for each in self.problems)
        raise Refused(
            f"{count} in the way of this run; nothing has been changed:\n{listing}",
            problems=self.problems,
            preflight_warnings=self.warnings,
        )


def reword(text: str, words: Mapping[str, str]) -> str:
    """Replace the names of an operation's options by those of the variables."""
    for option, name in words.items():
        alone = rf"(?<![\w'.-]){re.escape(option)}(?= is | has | must | what | at )"
        text = re.sub(rf"{alone}|\A{re.escape(option)}(?= '|: )", variable(name), text)
    return text


def is_denied(error: Exception) -> bool:
    """Say whether a permission is missing."""
    return error_code(error) in DENIED or "not authorized to perform" in error_text(error)


def refusal(error: Exception) -> str:
    """Explain a call that failed; one that is not permitted with the remedy."""
    if is_denied(error):
        name = getattr(error, "operation_name", "a call")
        return (
            f"These credentials may not call {name} ({error_code(error)}: {error_text(error)}). "
            "docs/permissions.md has the policy a run needs."
        )
    return explain(error).message
