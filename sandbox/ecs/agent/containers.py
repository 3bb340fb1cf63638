"""Containers as operating-system processes: started, read, watched and killed."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from sandbox.ecs.agent.forks import Fork, ForkServers
from sandbox.ecs.agent.logs import LogStream

# A line without an end is logged in pieces of this size, as Docker does.
MAX_LINE = 16_384
# The memory watch takes at most this share of one CPU.
WATCH_SHARE = 0.05


@dataclass(eq=False)
class Process:
    """A running container.

    Attributes:
        popen: leader of the process group that is the container.
        limit: hard limit of its memory in MiB, None without one.
        stream: where its output goes, None for nowhere.
    """

    popen: subprocess.Popen[bytes] | Fork
    limit: int | None
    stream: LogStream | None
    out_of_memory: bool = False
    kill_at: float | None = None
    _rest: bytes = b""
    _lines: list[str] = field(default_factory=list)

    def fileno(self) -> int:
        assert self.popen.stdout is not None
        return self.popen.stdout.fileno()

    def read(self) -> bytes | None:
        """Take some of what it has printed: None when there is nothing for now, empty at the end of its output."""
        try:
            chunk = os.read(self.fileno(), 65_536)
        except BlockingIOError:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) >= MAX_LINE:
            lines.append(self._rest)
            self._rest = b""
        self._lines += [line.rstrip(b"\r").decode("utf-8", "replace") for line in lines]
        return chunk

    def finish(self) -> None:
        """Take the rest of its output, with or without a newline at the end."""
        while self.read():
            pass
        self._lines.append(self._rest.decode("utf-8", "replace"))
        self.flush()
        assert self.popen.stdout is not None
        self.popen.stdout.close()

    def flush(self) -> None:
        """Log what was read since the last time."""
        if self._lines and self.stream:
            self.stream.put(self._lines)
        self._lines.clear()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole container."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)

    def stop(self, timeout: float) -> None:
        """Ask it to end and kill it after a timeout in seconds, as ``docker stop`` does."""
        deadline = time.monotonic() + timeout
        if self.kill_at is None:
            self.signal(signal.SIGTERM)
            self.kill_at = deadline
        self.kill_at = min(self.kill_at, deadline)

    def exit_code(self) -> int | None:
        """Give the exit code as Docker does (128 + the signal's number), None while it runs."""
        code = self.popen.poll()
        return code if code is None or code >= 0 else 128 - code


class Processes:
    """All running containers; used by one thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._running: set[Process] = set()
        self._fork_servers = ForkServers()
        self._watch_at = 0.0

    def start(
        self,
        argv: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        limit: int | None,
        stream: LogStream | None,
        preload: tuple[str, ...] = (),
    ) -> Process:
        """Start a container.

        Raises:
            OSError: the program cannot be run.
        """
        popen = self._fork_servers.start(argv, directory, environment, preload) or subprocess.Popen(
            argv,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        process = Process(popen, limit, stream)
        os.set_blocking(process.fileno(), False)
        self._selector.register(process.fileno(), selectors.EVENT_READ, process)
        self._running.add(process)
        return process

    def work(self, timeout: float) -> dict[Process, int]:
        """Read, watch and reap for a while.

        Args:
            timeout: seconds to wait for output at most.

        Returns:
            The processes that ended, with their exit codes.
        """
        self._read(timeout)
        now = time.monotonic()
        if now >= self._watch_at:
            self._watch_memory()
            self._watch_at = now + max(0.25, (time.monotonic() - now) / WATCH_SHARE)
        ended = {}
        for process in list(self._running):
            if process.kill_at is not None and now >= process.kill_at:
                process.signal(signal.SIGKILL)
            code = process.exit_code()
            if code is not None:
                ended[process] = code
                self._forget(process)
        return ended

    def kill_all(self) -> None:
        """End every container at once."""
        for process in list(self._running):
            process.signal(signal.SIGKILL)
        for process in list(self._running):
            process.popen.wait()
            self._forget(process)
        self._fork_servers.close()
        self._selector.close()

    def _read(self, timeout: float) -> None:
        if not self._selector.get_map():
            time.sleep(timeout)
            return
        readable = [key.data for key, _ in self._selector.select(timeout)]
        for process in readable:
            if process.read() == b"":
                # It closed its output and may go on without.
                self._selector.unregister(process.fileno())
            process.flush()

    def _forget(self, process: Process) -> None:
        # What the leader left behind ends with the container.
        process.signal(signal.SIGKILL)
        with contextlib.suppress(KeyError):
            self._selector.unregister(process.fileno())
        process.finish()
        self._running.discard(process)

    def _watch_memory(self) -> None:
        limited = {process.popen.pid: process for process in self._running if process.limit}
        if not limited:
            return
        used = dict.fromkeys(limited, 0)
        for pid, size in _resident(set(limited)):
            used[pid] += size
        for pid, process in limited.items():
            assert process.limit is not None
            if used[pid] > process.limit * 2**20:
                process.out_of_memory = True
                process.signal(signal.SIGKILL)


def _resident(roots: set[int]) -> list[tuple[int, int]]:
    """Give (root, bytes) of every process that descends from a root, in one pass over the machine's processes."""
    table = {
        process.pid: (process.info["ppid"], process.info["memory_info"])
        for process in psutil.process_iter(["ppid", "memory_info"])
    }
    found = []
    for pid, (_parent, memory) in table.items():
        ancestor = pid
        while ancestor in table and ancestor not in roots and table[ancestor][0] not in (0, ancestor):
            ancestor = table[ancestor][0]
        if ancestor in roots and memory is not None:
            found.append((ancestor, memory.rss))
    return found
