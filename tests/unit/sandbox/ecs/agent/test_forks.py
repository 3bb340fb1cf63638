"""Containers that are forks."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.ecs.agent.forks import Fork, ForkServer, ForkServers
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="containers are forks on Linux only")

Until = Callable[..., Any]
MARK = {"AWS_SDK_UA_APP_ID": "of the test"}


@pytest.fixture
def server(until: Until) -> Iterator[ForkServer]:
    server = ForkServer(sys.executable, ("csv", "django.core.management"), MARK)
    until(lambda: server.can_start({}))
    yield server
    server.close()


@pytest.fixture
def run(server: ForkServer, tmp_path: Path) -> Callable[..., Fork]:
    names = chain(["script.py"], (f"script-{number}.py" for number in count(2)))  # one may not have been read yet

    def run(script: str, *arguments: str, **environment: str) -> Fork:
        name = next(names)
        (tmp_path / name).write_text(script)
        return server.start([name, *arguments], tmp_path, environment)

    return run


def output(fork: Fork) -> str:
    """Give what it prints until it ends."""
    with os.fdopen(fork.stdout.fileno(), "rb", closefd=False) as stdout:
        return stdout.read().decode()


def test_it_runs_as_if_it_had_been_started(run: Callable[..., Fork], tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("NAME = 'beside'")
    script = """
import os, sys, beside
print(__name__, sys.argv, os.getcwd(), sorted(os.environ.items()), beside.NAME, os.getpgrp() == os.getpid())
print("csv" in sys.modules, "django.core.management" in sys.modules, "forks" in sys.modules, file=sys.stderr)
"""
    fork = run(script, "a b", "c", X="1")
    told = output(fork).splitlines()
    assert told[1] == f"__main__ ['script.py', 'a b', 'c'] {tmp_path} [('X', '1')] beside True"
    assert told[0] == "True True False"
    assert fork.wait() == 0


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("", 0),
        ("raise SystemExit(7)", 7),
        ("import sys; sys.exit('no')", 1),
        ("1 / 0", 1),
        ("import os; os._exit(9)", 9),
    ],
)
def test_its_exit_code_is_the_interpreters(run: Callable[..., Fork], script: str, code: int) -> None:
    fork = run(script)
    printed = output(fork)
    assert fork.wait() == code
    assert fork.poll() == code, "also when asked again"
    assert ("ZeroDivisionError: division by zero" in printed) is (script == "1 / 0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_signal_ends_it_alone(run: Callable[..., Fork], number: signal.Signals) -> None:
    script = "import time; print('up', flush=True); time.sleep(60)"
    first, second = run(script), run(script)
    assert first.stdout.readline() == second.stdout.readline() == b"up\n"
    os.killpg(first.pid, number)
    code = first.wait()
    assert code == -number
    assert second.poll() is None
    os.killpg(second.pid, signal.SIGKILL)
    assert second.wait() == -signal.SIGKILL


def test_of_its_children_it_takes_care_itself(run: Callable[..., Fork]) -> None:
    assert output(run("import subprocess; print(subprocess.run(['sh', '-c', 'exit 5']).returncode)")) == "5\n"


def test_it_holds_nothing_of_its_neighbours(run: Callable[..., Fork]) -> None:
    first = run("import time; time.sleep(60)")
    second = run("import os; print(len(os.listdir('/proc/self/fd')))")
    # its own three, and the one that lists
    assert output(second) == "4\n"
    os.killpg(first.pid, signal.SIGKILL)
    assert output(first) == ""


def test_random_numbers_differ(run: Callable[..., Fork]) -> None:
    script = "import random, uuid; print(random.random(), uuid.uuid4())"
    assert output(run(script)) != output(run(script))


def test_a_process_table_shows_whose_it_is(run: Callable[..., Fork]) -> None:
    fork = run("import time; time.sleep(60)")
    assert psutil.Process(fork.pid).environ().items() >= MARK.items()
    os.killpg(fork.pid, signal.SIGKILL)


def test_forks_of_a_server_that_was_killed_are_killed(server: ForkServer, run: Callable[..., Fork]) -> None:
    fork = run("import time; time.sleep(60)")
    process = psutil.Process(fork.pid)
    server._process.kill()
    assert fork.wait() == -signal.SIGKILL
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert not server.can_start({})
    with pytest.raises(OSError):
        run("")


def test_a_server_ends_with_the_sandbox(server: ForkServer) -> None:
    server._channel.shutdown(socket.SHUT_RDWR)
    assert server._process.wait(timeout=PATIENCE) == 0


def test_libraries_that_are_missing_mean_no_forks(capfd: pytest.CaptureFixture[str]) -> None:
    server = ForkServer(sys.executable, ("no_such_module",), {})
    assert server._process.wait(timeout=PATIENCE) == 1
    assert not server.can_start({})
    assert "No module named 'no_such_module'" in capfd.readouterr().err
    server.close()


@pytest.fixture
def servers() -> Iterator[ForkServers]:
    servers = ForkServers()
    yield servers
    servers.close()


def test_what_cannot_be_a_fork_is_a_program_of_its_own(servers: ForkServers, tmp_path: Path, until: Until) -> None:
    (tmp_path / "a.py").write_text("")

    def start(*argv: str, modules: tuple[str, ...] = ("csv",), **environment: str) -> Fork | None:
        return servers.start([sys.executable, *argv], tmp_path, environment, modules)

    assert until(lambda: start("a.py")).wait() == 0
    assert start("a.py", modules=()) is None
    assert start("-c", "pass") is None and start() is None
    # these take effect when an interpreter starts
    for name in ("PYTHONUNBUFFERED", "LANG", "LC_ALL", "LD_PRELOAD"):
        assert start("a.py", **{name: "1"}) is None
    assert start("a.py", OTHER="1") is not None


def test_the_first_container_does_not_wait_for_the_server(servers: ForkServers, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    assert servers.start([sys.executable, "a.py"], tmp_path, {}, ("django.core.management",)) is None


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_a_container_is_a_program_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    servers = ForkServers()
    assert servers.start([sys.executable, "script.py"], tmp_path, {}, ("csv",)) is None
    assert servers._servers == {}
