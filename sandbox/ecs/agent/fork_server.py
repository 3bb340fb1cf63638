"""A program that has imported a Django project's libraries once, and forks into each of its containers.

``INTERPRETER fork_server.py SOCKET MODULE...``; the interpreter is the image's, so nothing of the sandbox is imported.
A request is a JSON object with ``argv`` (a script and its arguments), ``directory`` and ``environment``, and comes with
the descriptor that takes the container's output. The answers are ``{"started": PID}`` and, whenever one has ended,
``{"ended": PID, "code": EXIT_CODE}`` (negative: the signal), after one ``{}`` when the libraries are there.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from typing import Any

_LARGEST = 1 << 20  # bytes of a request


def serve(channel: socket.socket) -> list[str]:
    """Fork as often as is asked for; in a fork, give the script it is to run, and its arguments.

    Raises:
        ConnectionError: the sandbox has ended, or was killed.
    """
    ended, wakeup = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(wakeup, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakeup)
    _send(channel, {})
    while True:
        ready, _, _ = select.select([channel.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, _LARGEST)
            _reap(channel)
        if channel.fileno() in ready:
            request, descriptors, _, _ = socket.recv_fds(channel, _LARGEST, 1)
            if not request:
                raise ConnectionResetError
            begun, begin = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.setsid()
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for descriptor in (ended, wakeup, channel.detach(), begun, begin):
                    os.close(descriptor)
                return _become(json.loads(request), descriptors[0])
            os.close(descriptors[0])
            os.close(begin)
            os.read(begun, 1)  # until it leads its process group
            os.close(begun)
            _send(channel, {"started": pid})


def _send(channel: socket.socket, answer: dict[str, Any]) -> None:
    channel.send(json.dumps(answer).encode())


def _reap(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _send(channel, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _become(request: dict[str, Any], output: int) -> list[str]:
    """Be as if the interpreter had just been started on the script."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    argv: list[str] = request["argv"]
    sys.argv[:] = argv
    sys.path.insert(0, os.path.dirname(os.path.abspath(argv[0])))
    return argv


if __name__ == "__main__":
    del sys.path[0]  # the modules beside this one are none of the application's
    for name in sys.argv[2:]:
        importlib.import_module(name)
    gc.freeze()
    try:
        script, *_ = serve(socket.socket(fileno=int(sys.argv[1])))
    except ConnectionError:
        sys.exit()
    runpy.run_path(script, run_name="__main__")
