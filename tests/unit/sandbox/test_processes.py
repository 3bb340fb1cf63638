"""Which processes are a sandbox's, and their end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.processes import TASK_APP_ID, end, find

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
    assert container.wait(timeout=5) == -9
    assert bystander.poll() is None


def test_what_ends_by_itself_is_waited_for(start: Start, tmp_path: Path) -> None:
    container = start(CONTAINER)
    assert container.stdin is not None
    container.stdin.close()
    end(URL, tmp_path)
    assert container.wait(timeout=5) == 1  # `read` met the end of its input; nobody killed it
