"""Stops a program with all that it started, so that its files stay as they are for a moment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import psutil


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process and its children where they are, and let them go on afterwards.

    Args:
        pid: of the first of them.
    """
    stopped: list[psutil.Process] = []
    try:
        main = psutil.Process(pid)
        _freeze(main, stopped)
        while fresh := [each for each in main.children(recursive=True) if each not in stopped]:
            for child in fresh:  # one may have started another before it stood still
                _freeze(child, stopped)
        yield
    finally:
        for process in reversed(stopped):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


def _freeze(process: psutil.Process, stopped: list[psutil.Process]) -> None:
    """Stop a process, note that, and wait until it has."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.suspend()
        stopped.append(process)
        while process.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
            time.sleep(0.001)
