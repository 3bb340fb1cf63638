# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a controller has read of the account and need not read again.

The tasks of a playbook are processes of their own, so it is kept in a file of the controller's; a module has none and
remembers nothing. Only what cannot change meanwhile, or changes only through this collection, belongs here, and never a
secret: no environment of a container, no user data.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """Values of JSON's types by key, ``<kind>/<name>``.

    Args:
        path: the file, which need not exist; None keeps them in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, Any] = json.loads(path.read_text()) if path and path.exists() else {}
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

    def forget(self, prefix: str) -> None:
        """Forget all keys that begin with a prefix: they have changed, or are about to."""
        with self._lock:
            self._known = {key: value for key, value in self._known.items() if not key.startswith(prefix)}
            self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        text = json.dumps(self._known, default=str)
        draft = self._path.with_suffix(".new")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(self._path)  # a task that is killed leaves the old one
