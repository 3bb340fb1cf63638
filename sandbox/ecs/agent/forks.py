"""Containers that are forks of a process which imported their libraries once, rather than each of them again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PROGRAM = Path(__file__).with_name("fork_server.py")
_LARGEST = 1 << 16  # bytes of an answer
# variables that take effect when a program starts, too late for a fork
_AT_START = ("PYTHON", "LD_", "LC_", "LANG", "MALLOC_", "OPENBLAS_", "OMP_")
# by these a container's process is known, see ``sandbox.processes``
_KNOWN_BY = ("PATH", "HOME", "AWS_ENDPOINT_URL", "AWS_SDK_UA_APP_ID")


class Fork:
    """A fork as ``subprocess.Popen`` would give it.

    Attributes:
        pid: its process id, and its process group's.
        stdout: what it prints.
    """

    def __init__(self, server: ForkServer, pid: int, stdout: IO[bytes]) -> None:
        self._server = server
        self.pid = pid
        self.stdout = stdout
        self._code: int | None = None

    def poll(self) -> int | None:
        """Give its exit code (negative: the signal), None while it runs."""
        if self._code is None:
            self._code = self._server.exit_code(self.pid)
        return self._code

    def wait(self) -> int:
        """Wait for its end."""
        while (code := self.poll()) is None:
            with contextlib.suppress(OSError):
                self._server.listen()
        return code


class ForkServer:
    """The process that forks.

    Args:
        interpreter: of the image.
        modules: what it imports.
        environment: tells that it belongs to the sandbox; its forks get their own, but keep this in the process table.
    """

    def __init__(self, interpreter: str, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ended: dict[int, int] = {}
        self._started: list[int] = []
        self.ready = False
        with theirs:
            self._process = subprocess.Popen(
                [interpreter, str(_PROGRAM), str(theirs.fileno()), *modules],
                # a thread of a library would not be there in a fork
                env={**environment, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def can_start(self, environment: Mapping[str, str]) -> bool:
        """Tell whether it has imported everything, and can make a container with these variables."""
        self._receive(socket.MSG_DONTWAIT)
        return self.ready and not any(name.startswith(_AT_START) for name in environment)

    def start(self, argv: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Fork:
        """Start a script with its arguments.

        Raises:
            OSError: the server has ended.
        """
        request = {"argv": list(argv), "directory": str(directory), "environment": dict(environment)}
        ours, theirs = os.pipe()
        stdout = os.fdopen(ours, "rb", buffering=0)
        try:
            socket.send_fds(self._channel, [json.dumps(request).encode()], [theirs])
            while not self._started:
                self.listen()
        except OSError:
            stdout.close()
            raise
        finally:
            os.close(theirs)
        return Fork(self, self._started.pop(), stdout)

    def exit_code(self, pid: int) -> int | None:
        """Give a fork's exit code, None while it runs. One whose parent has ended is killed: nobody would learn it."""
        if not self._receive(socket.MSG_DONTWAIT) and pid not in self._ended:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            return -signal.SIGKILL
        return self._ended.pop(pid, None)

    def listen(self) -> None:
        """Wait for what it says next.

        Raises:
            OSError: it has ended.
        """
        if not self._receive():
            raise ConnectionResetError("the fork server has ended")

    def close(self) -> None:
        """End it; its forks go on."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def _receive(self, flags: int = 0) -> bool:
        """Read an answer, or with MSG_DONTWAIT all that are there; False at the end."""
        with contextlib.suppress(BlockingIOError):
            while data := self._channel.recv(_LARGEST, flags):
                answer: dict[str, Any] = json.loads(data)
                self.ready = True
                if "started" in answer:
                    self._started.append(answer["started"])
                elif answer:
                    self._ended[answer["ended"]] = answer["code"]
                if not flags:
                    return True
            self.ready = False
            return False
        return True


class ForkServers:
    """A fork server for each interpreter and set of libraries, from the first container that wants it."""

    def __init__(self) -> None:
        self._servers: dict[tuple[str, tuple[str, ...]], ForkServer] = {}

    def start(
        self, argv: Sequence[str], directory: Path, environment: Mapping[str, str], modules: tuple[str, ...]
    ) -> Fork | None:
        """Start a container as a fork; None where it has to be a program of its own.

        Args:
            argv: interpreter, script and arguments.
            directory: where it is started.
            environment: all its variables.
            modules: what is imported in advance; none: no fork.

        Raises:
            OSError: it cannot be started.
        """
        # elsewhere, libraries do not survive a fork
        if not modules or sys.platform != "linux" or not argv[1:] or not argv[1].endswith(".py"):
            return None
        server = self._servers.get((argv[0], modules))
        if server is None:
            known_by = {name: environment[name] for name in _KNOWN_BY if name in environment}
            server = self._servers[argv[0], modules] = ForkServer(argv[0], modules, known_by)
        return server.start(argv[1:], directory, environment) if server.can_start(environment) else None

    def close(self) -> None:
        """End the servers."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
