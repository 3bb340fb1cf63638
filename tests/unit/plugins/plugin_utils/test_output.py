"""Standard output and error that go away, in processes of their own."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from typing import IO, Any

import pytest

from ansible_collections.climate.ingest.plugins.plugin_utils import output

BEGIN = "import os, sys\nfrom ansible_collections.climate.ingest.plugins.plugin_utils import output\noutput.protect()\n"


def run(program: str, stdout: int | IO[Any], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", BEGIN + program],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.fixture
def closed_pipe() -> Any:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize("options", [[], ["-u"]], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("code", [0, 2])
def test_a_reader_that_is_gone_leaves_no_trace(closed_pipe: int, options: list[str], code: int) -> None:
    program = f"for _ in range(3): print('x' * 9000); sys.stdout.flush()\nsys.exit({code})"
    ran = run(program, closed_pipe, *options)
    assert (ran.returncode, ran.stderr) == (code, "")


@pytest.mark.parametrize("options", [[], ["-u"]], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("text", ["'x'", "'x' * 9000"], ids=["at the end", "at once"])
def test_a_full_disk_leaves_no_trace(options: list[str], text: str) -> None:
    with open("/dev/full", "w") as full:
        ran = run(f"for _ in range(3): print({text})\nsys.exit(2)", full, *options)
    assert (ran.returncode, ran.stderr) == (2, "")


def test_whatever_else_writes_to_a_pipe_without_reader_goes_on(closed_pipe: int) -> None:
    ran = run(
        "print('x', flush=True)\nos.write(1, b'y')\nsys.stdout.buffer.write(b'z')\nsys.stdout.flush()", closed_pipe
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_notice_that_nobody_reads_raises_nothing(closed_pipe: int) -> None:
    ran = run("os.dup2(1, 2)\noutput.write_error(b'notice')", closed_pipe)
    assert ran.returncode == 0


def test_what_can_be_written_is_written() -> None:
    ran = run("print('out')\nsys.stdout.writelines(['a', 'b'])\nprint('err', file=sys.stderr)", subprocess.PIPE)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "out\nab", "err\n")


def test_a_process_without_standard_output_has_none_to_protect(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    output.protect()
    assert sys.stdout is None


class Disk(io.StringIO):
    """A stream on a disk that is full for a while."""

    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_a_disk_with_room_again_gets_what_comes_then_and_a_word_on_what_is_missing() -> None:
    disk = Disk()
    stream = output.LastingStream(disk)
    for full, text in ((False, "a"), (True, "b"), (True, "c"), (False, "d"), (False, "e")):
        disk.full = full
        assert stream.write(text) == 1
    assert disk.getvalue() == f"a{output.GAP}de"


def test_everything_else_is_asked_of_the_stream() -> None:
    assert output.LastingStream(io.StringIO("text")).getvalue() == "text"
