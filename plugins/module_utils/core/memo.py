# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a controller has read of the account and need not read again.

Only what cannot change meanwhile, or changes only through this collection, belongs here. The tasks of a playbook are
processes of their own: they share it through memory of the controller's. A module remembers nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import RLock
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Shared(Protocol):
    """A text that several processes share."""

    def read(self) -> str:
        """Give the text; empty in the beginning."""

    def write(self, text: str) -> None:
        """Replace it, if there is room."""


class Memo:
    """Values of JSON's types by key, ``<kind>/<name>``.

    Args:
        shared: where they are kept for other processes; None keeps them in this one.
    """

    def __init__(self, shared: Shared | None = None) -> None:
        self._shared = shared
        text = shared.read() if shared else ""
        self._known: dict[str, Any] = json.loads(text) if text else {}
        self._lock = RLock()  # the checks of a preflight run side by side

    def get(self, key: str) -> Any:
        """Give what is remembered; None: nothing."""
        return self._known.get(key)

    def put(self, key: str, value: Any) -> None:
        """Remember a value."""
        with self._lock:
            self._known[key] = value
            self._write()

    def once(self, key: str, read: Callable[[], T]) -> T:
        """Give what is remembered, or read it now and remember it, unless it is None."""
        known: T | None = self.get(key)
        if known is None:
            known = read()
            if known is not None:
                self.put(key, known)
        return known

    def forget(self, *prefixes: str) -> None:
        """Forget all keys that begin with a prefix: they have changed, or are about to."""
        with self._lock:
            self._known = {key: value for key, value in self._known.items() if not key.startswith(prefixes)}
            self._write()

    def _write(self) -> None:
        if self._shared:
            self._shared.write(json.dumps(self._known, default=str))
