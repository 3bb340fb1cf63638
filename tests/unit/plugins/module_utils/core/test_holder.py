"""Who runs an ingest, and whether that process still lives."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core import holder
from ansible_collections.climate.ingest.plugins.module_utils.core.holder import Holder, of_process


def test_a_holder_is_named_for_people() -> None:
    assert Holder("alice", "laptop", "place", 4711, "1").text == "alice@laptop (process 4711)"


def test_this_process_lives() -> None:
    found = of_process(os.getpid())
    assert (found.user, found.host, found.pid) == (getpass.getuser(), socket.gethostname(), os.getpid())
    assert not found.has_ended()


def test_a_process_that_ended_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    found = of_process(child.pid)
    assert not found.has_ended()
    child.communicate()
    assert found.has_ended()


def test_a_process_nobody_has_waited_for_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        found = of_process(child.pid)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie from now on
        assert found.has_ended()


def test_a_later_process_of_the_same_id_is_another() -> None:
    assert replace(of_process(os.getpid()), started="1").has_ended()


def test_of_another_machine_nothing_is_known() -> None:
    assert not replace(of_process(os.getpid()), place="elsewhere", started="1").has_ended()


def test_a_user_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert of_process(os.getpid()).user == str(os.getuid())


def test_machines_boots_and_containers_are_different_places(monkeypatch: pytest.MonkeyPatch) -> None:
    here = of_process(os.getpid()).place
    assert here == of_process(os.getpid()).place
    with monkeypatch.context() as other:
        other.setattr(os, "readlink", lambda path: "pid:[1]")
        assert of_process(os.getpid()).place != here
    with monkeypatch.context() as other:
        other.setattr(socket, "gethostname", lambda: "desk")
        assert of_process(os.getpid()).place != here


@pytest.fixture
def no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without ``/proc``, such as macOS."""
    read, exists = Path.read_text, Path.exists

    def read_text(path: Path, *args: str) -> str:
        if str(path).startswith("/proc"):
            raise FileNotFoundError(path)
        return read(path, *args)

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(Path, "exists", lambda path: not str(path).startswith("/proc") and exists(path))


@pytest.mark.parametrize(("error", "ended"), [(None, False), (PermissionError(), False), (ProcessLookupError(), True)])
def test_without_proc_only_whether_the_process_is_there_can_be_known(
    no_proc: None, monkeypatch: pytest.MonkeyPatch, error: Exception | None, ended: bool
) -> None:
    found = of_process(os.getpid())
    assert found.started == "?"

    def kill(pid: int, number: int) -> None:
        assert number == 0
        if error:
            raise error

    monkeypatch.setattr(holder.os, "kill", kill)
    assert found.has_ended() is ended
