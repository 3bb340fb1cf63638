"""A controller at a terminal, which dies, or whose terminal goes away."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from ptyprocess import PtyProcess

from tests.integration.conftest import ROOT


class Controller:
    """ansible-playbook in a terminal of its own.

    Args:
        command: the program and its arguments.
        log: file to which is added what it prints.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "TERM": "xterm"}
        self.began = time.monotonic()
        self._process = PtyProcess.spawn(list(command), cwd=str(ROOT), env=environment, dimensions=(24, 150))
        self._log = log
        self._hang_up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self._log.open("ab") as log:
            while not self._hang_up.is_set():
                ready, _, _ = select.select([self._process.fd], [], [], 0.1)
                if not ready:
                    continue
                try:
                    text = os.read(self._process.fd, 65536)
                except OSError:  # it has ended
                    return
                log.write(text)
                log.flush()
        self._process.fileobj.close()
        self._process.closed = True  # or it would close it once more, when it may be another's

    def hang_up(self) -> None:
        """Close the terminal, as the end of an ssh connection does: its processes get SIGHUP, their writes fail."""
        self._hang_up.set()
        self._reader.join()

    def kill(self) -> None:
        """Kill it (SIGKILL) with all its processes."""
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._process.pid)
            for one in [*root.children(recursive=True), root]:
                with contextlib.suppress(psutil.Error):
                    one.kill()
        self._process.wait()

    def poll(self) -> int | None:
        """Give its exit code; None while it runs."""
        if self._process.isalive():
            return None
        return -self._process.signalstatus if self._process.signalstatus else int(self._process.exitstatus)
