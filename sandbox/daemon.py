"""The sandbox as a background process: started once however many ask, gone for certain when it is said to be.

Whoever holds the lock on ``<state-dir>/sandbox.pid`` is the sandbox, or about to be. The lock ends with the process,
however it ends, so nothing here goes by a pid that may be stale.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from sandbox import credentials, private, processes
from sandbox.credentials import Access
from sandbox.runtime import IMAGES

_START_TIMEOUT = 600.0  # seconds: the first start makes the data
_STOP_TIMEOUT = 60.0
_REQUEST_TIMEOUT = 120.0
# before what the background process says to the person who started it
REASON = "sandbox: "


@dataclass(frozen=True)
class StartOptions:
    """What ``up`` can be asked for.

    Attributes:
        port: of the API on 127.0.0.1; 0 picks a free one.
        profile: of the delays.
        factors: what to multiply a named delay with.
        images: absolute path of the images file.
        launch_configurations, retired_classes, standing, spot_capacity, tiles, web_service: see ``Settings``.
        job_seconds: see ``Settings``.
        postgres, scripts: absolute folders, see ``Sandbox``.
    """

    port: int = 0
    profile: str = "quick"
    factors: Mapping[str, float] = field(default_factory=dict)
    images: str = str(IMAGES)
    launch_configurations: bool = True
    retired_classes: bool = False
    standing: bool = False
    tiles: bool = False
    web_service: bool = False
    spot_capacity: int | None = None
    job_seconds: float = 0.0
    postgres: str | None = None
    scripts: str | None = None

    def as_json(self) -> str:
        """Give what ``from_json`` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> StartOptions:
        """Read what ``as_json`` gave."""
        return cls(**json.loads(text))


class SandboxDown(Exception):
    """No sandbox answers; the message says how to start one."""

    def __init__(self, state_dir: Path) -> None:
        super().__init__(f"the sandbox of {state_dir} is not up; start it with: python -m sandbox up")


class StartFailed(Exception):
    """The sandbox did not come up; the message has the end of its log."""


class RequestFailed(Exception):
    """The sandbox did not do what it was asked for; the message is its own."""


class Daemon:
    """The background process of one state folder.

    Args:
        state_dir: absolute folder of ``sandbox.pid``, ``sandbox.log``, ``endpoint`` and ``scratch``.
    """

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._pid_file = state_dir / "sandbox.pid"
        self._log_file = state_dir / "sandbox.log"

    def up(self, options: StartOptions) -> bool:
        """Start it unless it is up, and wait until it answers.

        Args:
            options: how it is to be.

        Returns:
            whether it was this call that started it.

        Raises:
            NotPrivate: the state folder is another user's.
            StartFailed: it ended, or does not answer.
        """
        private.folder(self._state_dir)
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            with self._lock() as lock:
                if lock is not None:
                    self._sweep()
                    self._spawn(options, lock, deadline)
                    return True
            if self._is_older():
                raise StartFailed("a sandbox of an older version, which had no credentials, is up; `down` first")
            # somebody else is it, or starts it: the lock is free again should that fail
            if self._answers() or time.monotonic() > deadline:
                return False
            time.sleep(0.1)

    def down(self) -> bool:
        """End it, and wait until it and everything it started is gone.

        Returns:
            whether there was one to end.

        Raises:
            NotPrivate: the state folder is another user's.
            TimeoutError: it does not end.
        """
        if not self._state_dir.is_dir():
            return False
        private.folder(self._state_dir)
        deadline, was_up = time.monotonic() + _STOP_TIMEOUT, False
        while True:
            with self._lock() as lock:
                if lock is not None:
                    self._sweep()
                    self._pid_file.unlink(missing_ok=True)
                    return was_up
            if not was_up:
                was_up = self._signal()
            if time.monotonic() > deadline:
                raise TimeoutError(f"the sandbox does not end; see {self._log_file}")
            time.sleep(0.05)

    def reset(self) -> Any:
        """Let it go back to the state after ``up``, and give its status.

        Raises:
            SandboxDown, NotPrivate: see ``request``.
            StartFailed: it cannot; it is down.
        """
        try:
            return self.request("reset", "POST", timeout=_START_TIMEOUT)
        except RequestFailed as error:
            self.down()
            raise StartFailed(f"the sandbox is down, as it cannot be as it was after `up`: {error}") from error

    def request(
        self,
        path: str,
        method: str = "GET",
        members: Mapping[str, Any] | None = None,
        timeout: float = _REQUEST_TIMEOUT,
    ) -> Any:
        """Ask the sandbox's control address.

        Args:
            path: below ``/_sandbox/``, e.g. ``calls?changes=1``.
            method: of HTTP.
            members: of the request's body, JSON.
            timeout: seconds.

        Raises:
            SandboxDown: nobody answers.
            RequestFailed: it refuses, or cannot.
            NotPrivate: it is another user's.
        """
        body = None if members is None else json.dumps(members).encode()
        try:
            access = Access.read(self._state_dir)
            url = f"{access.endpoint_url}/_sandbox/{path}"
            request = urllib.request.Request(url, body, method=method, headers=access.headers)
            # no proxy of the environment may get between
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise self._failure(error) from error
        except (FileNotFoundError, urllib.error.URLError, ConnectionError) as error:
            raise SandboxDown(self._state_dir) from error
        except PermissionError as error:
            raise private.NotPrivate(f"the sandbox of {self._state_dir} is another user's") from error

    def _failure(self, error: urllib.error.HTTPError) -> Exception:
        """Tell a refusal of the sandbox from the answer of whoever has its port now."""
        with contextlib.suppress(ValueError, TypeError, KeyError):
            if error.code in (400, 500):
                return RequestFailed(json.load(error)["error"])
        return SandboxDown(self._state_dir)

    def access(self) -> Access:
        """Give what the owner's programs need to call the sandbox.

        Raises:
            SandboxDown: nobody answers.
            NotPrivate: it is another user's.
        """
        self.request("settings")
        return Access.read(self._state_dir)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[IO[str] | None]:
        """Give the pid file, locked; None when another process has it."""
        with open(self._pid_file, "a+", opener=private.opener) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            # another process may have removed the file between opening and locking it
            there = self._pid_file.exists() and os.path.samestat(self._pid_file.stat(), os.fstat(file.fileno()))
            yield file if there else None

    def _spawn(self, options: StartOptions, lock: IO[str], deadline: float) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        root = str(Path(__file__).resolve().parent.parent)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))
        with open(self._log_file, "ab", opener=private.opener) as log:
            begins = log.tell()
            process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.background", str(self._state_dir), options.as_json()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                pass_fds=[lock.fileno()],  # and with it the lock
            )
        lock.truncate(0)
        lock.write(f"{process.pid}\n")
        lock.flush()
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                self._sweep()
                raise StartFailed(f"the sandbox did not come up: {self._why(begins)}")
            time.sleep(0.05)

    def _why(self, begins: int) -> str:
        """Give the reason that the background process gave, or the end of what it logged."""
        with self._log_file.open("rb") as log:
            log.seek(begins)
            logged = log.read().decode(errors="replace").strip()
        _, given, reason = f"\n{logged}".rpartition(f"\n{REASON}")
        return reason if given else "\n".join(["", *logged.splitlines()[-10:]])

    def _answers(self) -> bool:
        with contextlib.suppress(SandboxDown, RequestFailed):
            self.request("settings")
            return True
        return False

    def _is_older(self) -> bool:
        # credentials are written before the endpoint, and removed after it
        written = credentials.exist(self._state_dir)
        return not written and (self._state_dir / "endpoint").exists() and not credentials.exist(self._state_dir)

    def _signal(self) -> bool:
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int(self._pid_file.read_text()), signal.SIGTERM)
            return True
        return False

    def _sweep(self) -> None:
        """Remove what a sandbox that was killed left behind: containers, PostgreSQL, its scratch folder."""
        left = self._state_dir / "scratch"
        if left.exists():
            endpoint_url, scratch_dir = left.read_text().splitlines()
            processes.end(endpoint_url, Path(scratch_dir), grace=0)
            shutil.rmtree(scratch_dir, ignore_errors=True)
            left.unlink()
        (self._state_dir / "endpoint").unlink(missing_ok=True)
        credentials.remove(self._state_dir)
