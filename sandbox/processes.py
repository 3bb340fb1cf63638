"""Finds and ends processes: a sandbox's own (containers, scripts, PostgreSQL), what a killed one left, and a client's.

A container's or script's process is known by its environment (the endpoint and an application id no one else sets), a
PostgreSQL server by the data folder in its command line: nothing has to be written down in time, and a reused pid is
never hit.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

# the application id that containers are given as AWS_SDK_UA_APP_ID; SDKs put it in their user agent, too
TASK_APP_ID = "sandbox-task"
# and the one of the scripts that a sandbox runs
SCRIPT_APP_ID = "sandbox-script"

_GRACE = 5.0  # seconds a process has to end by itself


def find(endpoint_url: str, scratch_dir: Path) -> Iterator[psutil.Process]:
    """Give the processes of a sandbox that are alive."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if _is_postgres(process, scratch_dir) or _is_of_account(process, endpoint_url):
                yield process


def _is_postgres(process: psutil.Process, scratch_dir: Path) -> bool:
    return any(argument.startswith(f"{scratch_dir}/") for argument in process.cmdline())


def _is_of_account(process: psutil.Process, endpoint_url: str) -> bool:
    environment = process.environ()
    if environment.get("AWS_ENDPOINT_URL") != endpoint_url:
        return False
    return environment.get("AWS_SDK_UA_APP_ID") in (TASK_APP_ID, SCRIPT_APP_ID)


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


def own(endpoint_url: str, scratch_dir: Path) -> set[psutil.Process]:
    """Give what a sandbox cannot do without: this process, those that started it, and all it started for itself."""
    me = psutil.Process()
    needed = {me, *me.parents()}
    for process in find(endpoint_url, scratch_dir):
        needed.update(_tree(process))
    return needed


def foreign(among: Iterable[psutil.Process], needed: set[psutil.Process]) -> set[psutil.Process]:
    """Choose the processes that are this user's and run, and that are not needed.

    Args:
        among: what to choose from.
        needed: see ``own``.
    """
    me, chosen = psutil.Process(), set()
    for process in among:
        with contextlib.suppress(psutil.Error):
            if process not in needed and process.uids() == me.uids() and _runs(process):
                chosen.add(process)
    return chosen


def started_by_peer(target: psutil.Process, peer: int, port: int) -> bool:
    """Tell whether a process descends from the one that holds a connection to this machine.

    Args:
        target: the process.
        peer: port of the connection's other end.
        port: the connection's port here.
    """
    return any(peer in _connections(ancestor, port) for ancestor in target.parents())


def kill_tree(root: psutil.Process, port: int, needed: set[psutil.Process]) -> tuple[list[int], list[int]]:
    """Kill a process and its descendants, and wait until none of them runs.

    They are stopped first: what is stopped starts no further process, and its connections can be listed.

    Args:
        root: nothing happens if it has ended, even if its pid is another process's now.
        port: on this machine.
        needed: what is spared, see ``own``.

    Returns:
        pids of the killed; their own ports of connections to ``port``.
    """
    stopped: set[psutil.Process] = set()
    while new := foreign(_tree(root), needed) - stopped:
        for process in new:
            with contextlib.suppress(psutil.Error):
                process.suspend()
        stopped |= new
    ports = [number for process in stopped for number in _connections(process, port)]
    for process in stopped:
        with contextlib.suppress(psutil.Error):
            process.kill()
    while any(_runs(process) for process in stopped):
        time.sleep(0.001)
    return sorted(process.pid for process in stopped), ports


def _tree(root: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        if root.is_running():
            return [root, *root.children(recursive=True)]
    return []


def _connections(process: psutil.Process, port: int) -> Iterator[int]:
    with contextlib.suppress(psutil.Error):
        for connection in process.net_connections("tcp"):
            if connection.raddr and connection.raddr.port == port:
                yield connection.laddr.port


def _runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
