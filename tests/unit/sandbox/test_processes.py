"""Which processes are a sandbox's, and their end."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.processes import TASK_APP_ID, end, find, started_by_peer
from tests.waiting import PATIENCE

URL = "http://127.0.0.1:1"
CONTAINER = {"AWS_ENDPOINT_URL": URL, "AWS_SDK_UA_APP_ID": TASK_APP_ID}
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start(environment: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
        # a shell answers once it runs, so its environment and arguments are in place
        process = subprocess.Popen(
            ["/bin/sh", "-c", "echo up; read line", *command],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        return process

    yield start
    for process in started:
        process.kill()
        with process:  # closes its pipes
            pass


@pytest.mark.parametrize(
    ("environment", "arguments", "found"),
    [
        (CONTAINER, [], True),
        (CONTAINER | {"AWS_SDK_UA_APP_ID": "sandbox-script"}, [], True),
        ({}, ["-D", "{scratch}/dbstaging/data"], True),
        # an operator's shell that uses the account; another sandbox's container and database; a neighbour by name
        ({"AWS_ENDPOINT_URL": URL}, [], False),
        (CONTAINER | {"AWS_ENDPOINT_URL": "http://127.0.0.1:2"}, [], False),
        ({}, ["-D", "{scratch}2/dbstaging/data"], False),
    ],
)
def test_what_is_found(
    start: Start, tmp_path: Path, environment: dict[str, str], arguments: list[str], found: bool
) -> None:
    process = start(environment, *(argument.format(scratch=tmp_path) for argument in arguments))
    assert [it.pid for it in find(URL, tmp_path)] == [process.pid] * found


def test_what_does_not_end_is_killed_after_the_grace(start: Start, tmp_path: Path) -> None:
    container, bystander = start(CONTAINER), start({})
    end(URL, tmp_path, grace=0.1)
    assert container.wait(timeout=PATIENCE) == -9
    assert bystander.poll() is None


def test_what_ends_by_itself_is_waited_for(start: Start, tmp_path: Path) -> None:
    container = start(CONTAINER)
    assert container.stdin is not None
    container.stdin.close()
    end(URL, tmp_path)
    assert container.wait(timeout=PATIENCE) == 1  # `read` met the end of its input; nobody killed it


def test_who_holds_a_connection_started_what_descends_from_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as connection, subprocess.Popen(["sleep", "60"]) as child:
            peer = connection.getsockname()[1]
            try:
                assert started_by_peer(psutil.Process(child.pid), peer, port)
                assert not started_by_peer(psutil.Process(child.pid), peer, port + 1)
                assert not started_by_peer(psutil.Process(child.pid), 1, port)
                assert not started_by_peer(psutil.Process(), peer, port), "it is not its own descendant"
            finally:
                child.kill()
