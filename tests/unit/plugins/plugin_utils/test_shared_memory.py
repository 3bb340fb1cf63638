"""Memory that the controller's main process and its tasks share."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable

import pytest

from ansible_collections.climate.ingest.plugins.plugin_utils import shared_memory
from ansible_collections.climate.ingest.plugins.plugin_utils.shared_memory import HEADER, SharedMemory

FORK = multiprocessing.get_context("fork")


def forked(target: Callable[..., None], *arguments: str) -> int | None:
    process = FORK.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def test_what_one_task_writes_the_next_one_reads() -> None:
    memory = SharedMemory()
    assert memory.text("host").read() == ""
    forked(memory.text("host").write, '{"a": 1}')
    forked(memory.text("other").write, "é")
    assert (memory.text("host").read(), memory.text("other").read()) == ('{"a": 1}', "é")


def test_what_does_not_fit_is_not_kept_and_harms_nothing() -> None:
    memory = SharedMemory(4096)
    memory.text("host").write("small")
    memory.text("host").write("x" * 5000)
    assert memory.text("host").read() == "small"


def test_a_task_killed_while_it_wrote_leaves_nothing_half() -> None:
    memory = SharedMemory(4096)
    memory.text("host").write("whole")
    memory._memory[HEADER.size + 3 : HEADER.size + 4] = b"#"
    assert memory.text("host").read() == ""
    memory.text("host").write("again")
    assert memory.text("host").read() == "again"


def test_a_task_killed_with_the_lock_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SharedMemory(4096)
    monkeypatch.setattr(shared_memory, "PATIENCE", 0.01)

    def die() -> None:
        with memory._locked():
            os.kill(os.getpid(), signal.SIGKILL)

    assert forked(die) == -signal.SIGKILL
    memory.text("host").write("lost")
    assert memory.text("host").read() == ""
