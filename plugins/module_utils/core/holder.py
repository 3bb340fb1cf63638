# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who runs an ingest: a person, a machine, a process; and whether that process still lives."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from .text import clipped, printable

LONGEST_NAME = 100  # bytes; what is kept of it must read the same


@dataclass(frozen=True)
class Holder:
    """The controller of a run.

    Attributes:
        user, host: for people.
        place: digest of machine, boot and process namespace; only within one do process ids mean anything.
        pid: of the controller's main process.
        started: when that process started, in the kernel's ticks; tells it from a later one of the same id.
    """

    user: str
    host: str
    place: str
    pid: int
    started: str

    @property
    def text(self) -> str:
        """Name it as a person would: ``alice@laptop (process 4711)``."""
        return f"{self.user}@{self.host} (process {self.pid})"

    def has_ended(self) -> bool:
        """Say whether the process has ended for sure; of another machine's processes nothing is known."""
        return self.place == _place() and _started(self.pid) != self.started


def of_process(pid: int) -> Holder:
    """Describe a process of this machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under an id that has no name
        user = str(os.getuid())
    user, host = (clipped(printable(name), LONGEST_NAME) for name in (user, socket.gethostname()))
    return Holder(user, host, _place(), pid, _started(pid))


def _place() -> str:
    """Tell machines, boots and containers apart: the same host name proves nothing."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):  # not Linux: the name has to do
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), os.readlink("/proc/self/ns/pid")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _started(pid: int) -> str:
    """Give a process's start time; ``""`` when it has ended, ``?`` where only its existence can be checked."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _alive_without_proc(pid)
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else fields[19]  # state, starttime (proc(5))


def _alive_without_proc(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "?"
    return "?"
