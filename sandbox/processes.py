"""Finds and ends the processes a sandbox started: containers and PostgreSQL, also those a killed sandbox left behind.

A container's process is known by its environment (the endpoint and the application id no one else sets), a PostgreSQL
server by the data folder in its command line: nothing has to be written down in time, and a reused pid is never hit.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

# the application id that containers are given as AWS_SDK_UA_APP_ID; SDKs put it in their user agent, too
TASK_APP_ID = "sandbox-task"

_GRACE = 5.0  # seconds a process has to end by itself


def find(endpoint_url: str, scratch_dir: Path) -> Iterator[psutil.Process]:
    """Give the processes of a sandbox that are alive."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if _is_postgres(process, scratch_dir) or _is_container(process, endpoint_url):
                yield process


def _is_postgres(process: psutil.Process, scratch_dir: Path) -> bool:
    return any(argument.startswith(f"{scratch_dir}/") for argument in process.cmdline())


def _is_container(process: psutil.Process, endpoint_url: str) -> bool:
    environment = process.environ()
    return environment.get("AWS_ENDPOINT_URL") == endpoint_url and environment.get("AWS_SDK_UA_APP_ID") == TASK_APP_ID


def end(endpoint_url: str, scratch_dir: Path, grace: float = _GRACE) -> None:
    """Wait until a sandbox's processes are gone; kill those that are not after the grace.

    Args:
        endpoint_url: the sandbox's address.
        scratch_dir: its scratch folder.
        grace: seconds; 0 kills at once.
    """
    deadline = time.monotonic() + grace
    while left := list(find(endpoint_url, scratch_dir)):
        if time.monotonic() >= deadline:
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        time.sleep(0.05)
