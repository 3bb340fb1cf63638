# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Standard output and error that may go away while a playbook runs.

ansible-core takes an OSError of a write for the end of its work: the thread that receives results ends, and the
playbook waits for ever, with the fleet up and the lock held (``results_thread_main`` in ansible/plugins/strategy). But
a run takes days: its reader ends (``| head``), its terminal's connection is lost, the disk under its log is full.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EAGAIN}
GAP = "\n[Output is missing here: it could not be written.]\n"


class LastingStream:
    """A text stream whose writes never raise OSError.

    A reader or a terminal does not come back: what is written from then on goes to the null device. A disk may have
    room again: what it does not take is dropped, with a line that says so as soon as it takes something.

    Args:
        stream: the one that is written to; everything else is asked of it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gap = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, if that is possible."""
        with self._lasting():
            if self._gap:
                self._stream.write(GAP)
            self._stream.write(text)
            self._gap = False
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts, if that is possible."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is buffered, if that is possible."""
        with self._lasting():
            self._stream.flush()

    def finish(self) -> None:
        """Give up what still cannot be written: Python would try again, and end with 120 whatever became of the run."""
        try:
            self._stream.flush()
        except OSError:
            self._to_null_device()

    @contextmanager
    def _lasting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in PASSING:
                self._gap = True
            else:
                self._to_null_device()

    def _to_null_device(self) -> None:
        """Lead the file descriptor elsewhere: what is buffered, and what others write to it, need no care then."""
        with suppress(OSError):
            descriptor = self._stream.fileno()
            null = os.open(os.devnull, os.O_WRONLY)
            if null != descriptor:
                os.dup2(null, descriptor, inheritable=False)
                os.close(null)


def protect() -> None:
    """Replace this process's standard output and error by streams that last."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None:
            lasting = LastingStream(stream)
            setattr(sys, name, lasting)
            atexit.register(lasting.finish)


def write_error(text: bytes) -> None:
    """Write to standard error from a signal handler: Display may be in the middle of a line."""
    with suppress(OSError):  # there may be nobody to read it
        os.write(2, text)
