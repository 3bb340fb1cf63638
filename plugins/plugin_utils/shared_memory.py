# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Memory the controller shares with the tasks it forks.

It is made when the first action plugin is loaded, in the controller's main process, and ends with it: what it holds is
never on a disk, so definitions with their environment may be in it.
"""

from __future__ import annotations

import json
import mmap
import multiprocessing
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

SIZE = 16 * 1024 * 1024  # bytes of address space; pages are taken as they are written
HEADER = struct.Struct("<QI")  # length and checksum of the text
PATIENCE = 2.0  # seconds; a task that was killed while it wrote keeps the lock for ever


class SharedMemory:
    """Texts by name, for the processes forked from the one that made it.

    What a killed task was writing is lost, and what does not fit is not kept: then it is read of the account again.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._memory = mmap.mmap(-1, size)  # MAP_SHARED and anonymous
        self._lock = multiprocessing.get_context("fork").Lock()

    def text(self, name: str) -> SharedText:
        """Give the text of a name."""
        return SharedText(self, name)

    def read(self, name: str) -> str:
        """Read a text; empty where there is none."""
        with self._locked() as locked:
            return self._load().get(name, "") if locked else ""

    def write(self, name: str, text: str) -> None:
        """Replace a text, if there is room."""
        with self._locked() as locked:
            if locked:
                self._store({**self._load(), name: text})

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        locked = self._lock.acquire(timeout=PATIENCE)
        try:
            yield locked
        finally:
            if locked:
                self._lock.release()

    def _load(self) -> dict[str, str]:
        length, checksum = HEADER.unpack(self._memory[: HEADER.size])
        data = self._memory[HEADER.size : HEADER.size + length]
        if not length or zlib.crc32(data) != checksum:
            return {}
        known: dict[str, str] = json.loads(data)
        return known

    def _store(self, texts: dict[str, str]) -> None:
        data = json.dumps(texts).encode()
        if HEADER.size + len(data) > len(self._memory):
            return
        self._memory[: HEADER.size] = bytes(HEADER.size)
        self._memory[HEADER.size : HEADER.size + len(data)] = data
        self._memory[: HEADER.size] = HEADER.pack(len(data), zlib.crc32(data))


class SharedText:
    """One text of a :class:`SharedMemory`."""

    def __init__(self, memory: SharedMemory, name: str) -> None:
        self._memory, self._name = memory, name

    def read(self) -> str:
        """Give the text; empty in the beginning."""
        return self._memory.read(self._name)

    def write(self, text: str) -> None:
        """Replace it, if there is room."""
        self._memory.write(self._name, text)


SHARED = SharedMemory()
