# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets to be masked: the values of environment variables whose names suggest a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .text import printable

SECRET_NAME = re.compile(
    r"PASS(WORD|WD|PHRASE)|(^|_)PASS(_|$)|SECRET|TOKEN|CREDENTIAL|KEY(_ID)?$|DSN$|DATABASE_URL$", re.IGNORECASE
)
SHORTEST = 3  # masking shorter values would garble every line
MASK = "********"


class Mask:
    """Replaces secret values in a text, and makes it printable: an escape in a value would hide the value."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        values = {printable(value) for name, value in variables.items() if SECRET_NAME.search(name)}
        self._values = sorted((value for value in values if len(value) >= SHORTEST), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        text = printable(text)
        for value in self._values:
            text = text.replace(value, MASK)
        return text


def container_definition(task_definition: Mapping[str, Any], container: str) -> dict[str, Any]:
    """Give a task definition's entry of a container, empty when it has none of that name."""
    entries = task_definition.get("containerDefinitions", [])
    return next((entry for entry in entries if entry.get("name") == container), {})


def variables_of(definition: Mapping[str, Any]) -> dict[str, str]:
    """Give the environment variables of a container definition by name."""
    return {str(entry["name"]): str(entry.get("value", "")) for entry in definition.get("environment") or []}
