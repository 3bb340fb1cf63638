# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The failure of a task in words, from its return values, in lines that fit a window."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.text import columns

IN_WORDS = {"msg", "problems", "reason", "outcome", "interrupted", "go_on_if", "go_on_with", "failed", "unreached"}
COMMAND = re.compile(r"\S*ansible-playbook \S")
LEAST = 40  # columns: a narrower window wraps by itself


def is_interruption(values: Mapping[str, Any]) -> bool:
    """Say whether a person stopped the task."""
    return bool(values.get("interrupted"))


def sentence(values: Mapping[str, Any], told: str) -> str:
    """Write what the return values of a failed task say.

    Args:
        told: the message that was shown last; what follows from it does not repeat it.
    """
    if values.get("outcome") and values.get("reason") and str(values["reason"]).strip() == told.strip():
        return str(values["outcome"])
    return "\n".join([str(values["msg"]), *(f"  - {problem}" for problem in values.get("problems") or [])])


def fitted(text: str, width: int) -> list[str]:
    """Break lines between words so that they fit; a longer word stays whole, as it may be copied.

    What follows in the same paragraph is indented. A command is continued as a shell reads it.

    Args:
        width: of the window, in columns.
    """
    width = max(width, LEAST)
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        indent = " " * (len(line) - len(line.lstrip()))
        more = indent + "  "
        if columns(line) <= width:
            lines.append(line)
        elif number and COMMAND.match(line.strip()):
            lines += _filled(_words(line), indent, more + "  ", width, " \\")
        else:
            lines += _filled(line.split(), indent, more, width)
    return lines


def _words(command: str) -> list[str]:
    try:
        words = [shlex.quote(word) for word in shlex.split(command)]
    except ValueError:  # no command after all
        return command.split()
    kept: list[str] = []  # an option and its value in one
    for word in words:
        if kept and kept[-1].startswith("-") and " " not in kept[-1] and not word.startswith("-"):
            kept[-1] += f" {word}"
        else:
            kept.append(word)
    return kept


def _filled(words: Sequence[str], first: str, more: str, width: int, end: str = "") -> Iterator[str]:
    """Fill lines with words.

    Args:
        first, more: indentation of the first line and of the others.
        end: of all lines but the last.
    """
    line = first + words[0]
    for word in words[1:]:
        if columns(f"{line} {word}{end}") <= width:
            line += f" {word}"
        else:
            yield line + end
            line = more + word
    yield line
