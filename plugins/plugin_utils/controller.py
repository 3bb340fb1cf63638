# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller behind a task: who it is, whether it was asked to stop, and its lock.

Ansible ends at once on Ctrl-C: no ``rescue`` or ``always`` section runs, and what was raised keeps billing. So the
first Ctrl-C (or SIGTERM) becomes a failure of the task that waits, or else of the next one; a second one ends Ansible
as usual. Workers are sessions of their own: a terminal's Ctrl-C reaches the main process only.

A terminal that goes away ends nothing: its SIGHUP is ignored, and what cannot be written any more is dropped.
"""

from __future__ import annotations

import json
import mmap
import multiprocessing
import os
import re
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from ansible import constants

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Interrupted
from ansible_collections.climate.ingest.plugins.module_utils.core.holder import Holder, of_process
from ansible_collections.climate.ingest.plugins.module_utils.record import lock
from ansible_collections.climate.ingest.plugins.plugin_utils import output, window

SIGNALS = (signal.SIGINT, signal.SIGTERM)
TASK_QUEUE_MANAGER = "ansible.executor.task_queue_manager"  # whose handlers they are
SECRET = re.compile(r"(?i)secret|token|pass|key")
SECRET_ARGUMENT = re.compile(r"(?i)(?<!--private-)((?:secret|token|pass|key)\w*[\"']?\s*[=:]\s*).*", re.DOTALL)
LONGEST_NAP = 0.25  # seconds until a stop is noticed
HEARTBEAT = 60.0  # seconds between two looks at the lock while waiting
NOTICE = b"\nStopping in an orderly way.\nPress Ctrl-C again to stop at once and leave everything as it is.\n"
HUNG_UP = b"\nThe terminal is gone; the playbook goes on without it. To stop it in an orderly way: kill %d\n"
STOP = mmap.mmap(-1, 1)  # a flag that the tasks share, as they are forked later; a full disk does not hinder it


def holder() -> Holder:
    """Describe the main process of this controller."""
    parent = multiprocessing.parent_process()
    return of_process(parent.pid if parent and parent.pid else os.getpid())


def command_line() -> str:
    """Give the command that runs this playbook again where it was typed, without values that may be secret."""
    return shlex.join([_program(sys.argv[0]), *(_without_secrets(word) for word in sys.argv[1:])])


def _program(path: str) -> str:
    """Write the program so that a shell in this folder finds the same one."""
    found = shutil.which(Path(path).name)
    if found and Path(found).absolute() == Path(path).absolute():
        return Path(path).name
    absolute = Path(path).absolute()
    return str(absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute)


def _without_secrets(word: str) -> str:
    """Leave out the values of extra variables that may be secret; what follows them stays, where its end is certain."""
    start = word.find("{")
    if start >= 0:
        with suppress(ValueError):
            return word[:start] + json.dumps(_masked(json.loads(word[start:])))
    return SECRET_ARGUMENT.sub(r"\1...", word)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "..." if SECRET.search(str(key)) else _masked(each) for key, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value


def file_of(name: str) -> Path:
    """Give a file of this controller's; Ansible removes its folder at the end."""
    return Path(constants.DEFAULT_LOCAL_TMP) / f"climate.ingest-{name}"


def check() -> None:
    """Stop where the controller was asked to stop, or has ended.

    Raises:
        Interrupted: it is so.
    """
    if STOP[0]:
        raise Interrupted("Interrupted (Ctrl-C or SIGTERM).", interrupted=True)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:
        raise Interrupted("The controller has ended.")


def sleeper(context: Context, environment: str | None) -> Callable[[float], None]:
    """Give a sleeper that notices a stop (``context.checkpoint``), and keeps the lock of the environment alive.

    The calls that renew the lock have the patience of all others. While they wait, they do not renew it again.
    """
    last = time.monotonic()

    def nap(seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            context.checkpoint()
            time.sleep(min(left, LONGEST_NAP))

    def sleep(seconds: float) -> None:
        nonlocal last
        nap(seconds)
        if environment and time.monotonic() - last >= HEARTBEAT and lock.is_taken(context, environment):
            last = time.monotonic()
            lock.ensure_held(replace(context, sleep=nap), environment, needed=False)

    return sleep


def _listen() -> None:
    """Put the first signal off and outlast the terminal, in a playbook's main process only."""
    if multiprocessing.parent_process() or threading.current_thread() is not threading.main_thread():
        return
    usual = {number: signal.getsignal(number) for number in SIGNALS}
    ansibles = {number: each for number, each in usual.items() if getattr(each, "__module__", "") == TASK_QUEUE_MANAGER}
    for number, handler in ansibles.items():
        signal.signal(number, _put_off(handler))
    if ansibles:
        output.protect()
        signal.signal(signal.SIGWINCH, window.measure)
        if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
            # not SIG_IGN, which the programs that tasks start would inherit
            signal.signal(signal.SIGHUP, lambda number, frame: output.write_error(HUNG_UP % os.getpid()))


def _put_off(usual: Any) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, usual)
        STOP[0] = 1
        output.write_error(NOTICE)

    return stop


_listen()
