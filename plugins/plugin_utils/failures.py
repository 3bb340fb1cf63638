# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The failure of a task in words, from its return values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IN_WORDS = {"msg", "problems", "reason", "outcome", "interrupted", "go_on_if", "go_on_with", "failed", "unreached"}


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
